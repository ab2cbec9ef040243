import PeriluneCore
import PeriluneIO

/// How calls are made in a cluster.
extension RedisEngine {
    func perform(
        _ request: Request, in cluster: ClusterTopology, slot: Int?, begin: UInt64, deadline: UInt64
    ) async -> RedisConnection.Reply {
        if let slot { return await perform(request, to: .slot(slot), begin: begin, deadline: deadline) }
        if case .several(let commands) = request.body, !request.isTransaction {
            return await performParts(commands, in: cluster, begin: begin, deadline: deadline)
        }
        let route: ClusterRoute
        do throws(EngineError) {
            route = try ClusterRoute(of: request)
        } catch {
            return .failure(error)
        }
        switch route {
        case .slot(let slot): return await perform(request, to: .slot(slot), begin: begin, deadline: deadline)
        case .anyPrimary: return await perform(request, to: .anyPrimary, begin: begin, deadline: deadline)
        case .everyPrimary(let merge):
            return await performEverywhere(request, merge, in: cluster, begin: begin, deadline: deadline)
        case .scan: return await performScan(request, in: cluster, begin: begin, deadline: deadline)
        }
    }

    /// Reads a piece of the keys of the node that the cursor names.
    ///
    /// All keys are found that are there from the beginning to the end, as long as no slot moves and no node fails over
    /// meanwhile.
    private func performScan(
        _ request: Request, in cluster: ClusterTopology, begin: UInt64, deadline: UInt64
    ) async -> RedisConnection.Reply {
        let nodes: [Int]
        switch await cluster.slotOfEachPrimary(deadline: deadline) {
        case .success(let slots): nodes = slots
        case .failure(let error): return .failure(error)
        }
        guard case .command(let command) = request.body, let argument = command.arguments.first,
            let cursor = ClusterCursor(String(decoding: argument.bytes, as: UTF8.self)),
            let slot = cursor.slot ?? nodes.first
        else {
            // The server says what is wrong with it.
            return await perform(request, to: .anyPrimary, begin: begin, deadline: deadline)
        }
        let own = RedisCommand(
            command.name, [.string(cursor.cursor)] + command.arguments.dropFirst(), isRepeatable: command.isRepeatable)
        let reply = await perform(Request(own), to: .slot(slot), begin: begin, deadline: deadline)
        guard case .success(.array(let parts)) = reply, parts.count == 2, let next = parts[0].string else {
            return reply
        }
        return .success(.array([.bulk(ClusterCursor.text(after: next, at: slot, of: nodes)), parts[1]]))
    }

    /// Makes a call on every node that serves slots.
    private func performEverywhere(
        _ request: Request, _ merge: ReplyMerge, in cluster: ClusterTopology, begin: UInt64, deadline: UInt64
    ) async -> RedisConnection.Reply {
        let slots: [Int]
        switch await cluster.slotOfEachPrimary(deadline: deadline) {
        case .success(let found): slots = found
        case .failure(let error): return .failure(error)
        }
        // By slot and not by node: when a node fails, its slots' next one gets the call.
        let replies = await concurrently(slots) { slot in
            await self.perform(request, to: .slot(slot), begin: begin, deadline: deadline)
        }
        return Self.together(replies).flatMap { replies in
            let merged = merge(replies)
            guard case .error(let error) = merged else { return .success(merged) }
            // One node's refusal says nothing about the others.
            let hasRun = replies.contains { reply in
                if case .error(let error) = reply { !error.isRefusal } else { true }
            }
            return hasRun ? .failure(EngineError(error, mayHaveRun: true)) : .success(merged)
        }
    }

    /// Runs commands in one round trip to each node that they belong to.
    private func performParts(
        _ commands: [RedisCommand], in cluster: ClusterTopology, begin: UInt64, deadline: UInt64
    ) async -> RedisConnection.Reply {
        var slots: [Int?] = []
        do throws(EngineError) {
            for command in commands { slots.append(try ClusterRoute.slot(ofPart: command)) }
        } catch {
            return .failure(error)
        }
        // Who serves the slots must be known before they are put together by that.
        if case .failure(let error) = await cluster.connection(to: .anyPrimary, deadline: deadline) {
            return .failure(error)
        }
        let parts = cluster.parts(of: slots)
        let replies = await concurrently(parts) { part in
            await self.perform(part, of: commands, begin: begin, deadline: deadline)
        }
        return Self.together(replies).map { replies in
            var all = Array(repeating: RedisReply.null, count: commands.count)
            for (part, replies) in zip(parts, replies) {
                for (place, reply) in zip(part.places, replies.array ?? []) { all[place] = reply }
            }
            return .array(all)
        }
    }

    /// Runs the commands of a pipeline that belong to one node, and sends on those whose slots have moved away.
    private func perform(
        _ part: ClusterTopology.Part, of commands: [RedisCommand], begin: UInt64, deadline: UInt64
    ) async -> RedisConnection.Reply {
        let own = part.places.map { commands[$0] }
        let request = Request(several: own)
        let target = part.slots.lazy.compactMap(\.self).first.map { Topology.Target.slot($0) } ?? .anyPrimary
        let reply = await perform(request, to: target, begin: begin, deadline: deadline)
        guard case .success(.array(var replies)) = reply, replies.count == own.count else { return reply }
        for (place, slot) in part.slots.enumerated() {
            guard let slot, case .error(let error) = replies[place], [.moved, .ask].contains(error.kind),
                // A script may answer with an error of its own that looks like it, and then it has run.
                Redirection.slot(in: error.line) == slot
            else { continue }
            // One after the other: commands on the same key keep their order.
            let again = await perform(
                Request(own[place]), to: .slot(slot), begin: MonotonicTime.now, deadline: deadline)
            switch again {
            case .success(let reply): replies[place] = reply
            // The other commands have run.
            case .failure(let error): return .failure(EngineError(error.code, error.message, mayHaveRun: true))
            }
        }
        return .success(.array(replies))
    }

    private func concurrently<Element: Sendable>(
        _ elements: [Element], _ body: @escaping @Sendable (Element) async -> RedisConnection.Reply
    ) async -> [RedisConnection.Reply] {
        await withTaskGroup(of: (Int, RedisConnection.Reply).self) { group in
            for (place, element) in elements.enumerated() { group.addTask { (place, await body(element)) } }
            var replies = [RedisConnection.Reply?](repeating: nil, count: elements.count)
            for await (place, reply) in group { replies[place] = reply }
            return replies.compactMap(\.self)
        }
    }

    /// The replies of several nodes, or the failure of one of them: what the others were asked for may have run.
    private static func together(_ replies: [RedisConnection.Reply]) -> Result<[RedisReply], EngineError> {
        var all: [RedisReply] = []
        for reply in replies {
            switch reply {
            case .success(let reply): all.append(reply)
            case .failure(let error):
                let hasOthers = replies.contains { if case .failure(let error) = $0 { error.mayHaveRun } else { true } }
                return .failure(EngineError(error.code, error.message, mayHaveRun: error.mayHaveRun || hasOthers))
            }
        }
        return .success(all)
    }
}
