import PeriluneCore
import PeriluneIO
import Synchronization

extension RedisEngine {
    /// What came of sending a request once.
    struct Attempt {
        let reply: RedisConnection.Reply
        /// The number by which the connection knows the call.
        let call: UInt64
        /// The connection; `nil` when there was none.
        let connection: RedisConnection?
    }

    /// Makes a call, and tells whoever wants to know.
    ///
    /// - Parameter slot: The hash slot it belongs to in a cluster; `nil` for that of its keys.
    func perform(_ request: Request, inSlot slot: Int? = nil) async -> RedisConnection.Reply {
        guard let observer else { return await performUnobserved(request, inSlot: slot) }
        return await observer.observe(request) { await performUnobserved(request, inSlot: slot) }
    }

    /// Makes a call: one attempt, and others when ``NextAttempt`` says so and there is time.
    private func performUnobserved(_ request: Request, inSlot slot: Int?) async -> RedisConnection.Reply {
        if let refusal = request.refusal { return .failure(refusal) }
        let begin = MonotonicTime.now
        let deadline = MonotonicTime.adding(commandTimeout, to: begin)
        switch topology {
        case .standalone(let connection):
            let (reply, call) = await connection.perform(request, begin: begin, deadline: deadline)
            if case .success(let reply) = reply, request.refusal(in: reply) == nil { return .success(reply) }
            let attempt = Attempt(reply: reply, call: call, connection: connection)
            return await performAgain(request, to: .primary, deadline: deadline, after: attempt)
        case .sentinel:
            return await perform(request, to: .primary, begin: begin, deadline: deadline)
        case .cluster(let cluster):
            return await perform(request, in: cluster, slot: slot, begin: begin, deadline: deadline)
        }
    }

    /// Makes a call that goes to one of several servers.
    func perform(
        _ request: Request, to target: Topology.Target, begin: UInt64, deadline: UInt64
    ) async -> RedisConnection.Reply {
        let attempt = await attempt(request, to: target, begin: begin, deadline: deadline)
        if case .success(let reply) = attempt.reply, request.refusal(in: reply) == nil {
            if case .several = request.body { topology.learn(from: attempt.reply) }
            return attempt.reply
        }
        return await performAgain(request, to: target, deadline: deadline, after: attempt)
    }

    private func attempt(
        _ request: Request, to target: Topology.Target, begin: UInt64, deadline: UInt64,
        reload: (script: LuaScript, unknownTo: UInt64)? = nil
    ) async -> Attempt {
        switch await topology.connection(to: target, deadline: deadline) {
        case .success(let connection):
            let (reply, call) = await connection.perform(request, begin: begin, deadline: deadline, reload: reload)
            return Attempt(reply: reply, call: call, connection: connection)
        case .failure(let error):
            return Attempt(reply: .failure(error), call: 0, connection: nil)
        }
    }

    /// Goes on with a call whose first attempt was not answered as hoped.
    private func performAgain(
        _ request: Request, to target: Topology.Target, deadline: UInt64, after first: Attempt
    ) async -> RedisConnection.Reply {
        var mayHaveRun = false
        let last = await performAgain(request, to: target, deadline: deadline, after: first, mayHaveRun: &mayHaveRun)
        return mayHaveRun ? Self.replyMayHaveRun(last) : last
    }

    /// The reply to the last attempt of a call of which an earlier one may have run.
    private static func replyMayHaveRun(_ reply: RedisConnection.Reply) -> RedisConnection.Reply {
        switch reply {
        case .success(.error(let error)): .failure(EngineError(error, mayHaveRun: true))
        case .success: reply
        case .failure(let error): .failure(EngineError(error.code, error.message, mayHaveRun: true))
        }
    }

    /// Makes attempts until one is the last.
    ///
    /// - Parameter mayHaveRun: Set when an attempt before the last one may have run.
    private func performAgain(
        _ request: Request, to firstTarget: Topology.Target, deadline: UInt64, after first: Attempt,
        mayHaveRun: inout Bool
    ) async -> RedisConnection.Reply {
        var attempt = first
        var search = Search(request, target: firstTarget)
        var waits = 0
        var loads = 0
        while true {
            var reload: (script: LuaScript, unknownTo: UInt64)?
            topology.learn(from: attempt.reply)
            switch NextAttempt(after: attempt.reply, to: request) {
            case .none: return attempt.reply
            case .atOnce: mayHaveRun = true
            case .loadingScript:
                guard case .script(let script, _, _) = request.body, loads < Self.mostLoads else {
                    return attempt.reply
                }
                search.stay(after: attempt)
                if loads > 0, let refusal = await refusalToLoad(script, at: search.target, deadline: deadline) {
                    return refusal
                }
                loads += 1
                reload = (script, attempt.call)
            case .later:
                waits += 1
                if let end = await pause(waits, before: deadline) { return end ?? attempt.reply }
            case .elsewhere:
                switch await search.next(after: attempt, in: topology, deadline: deadline) {
                case .found: break
                case .nowhere: return attempt.reply
                case .notYet:
                    waits += 1
                    if let end = await pause(waits, before: deadline) { return end ?? attempt.reply }
                }
            }
            let begin = MonotonicTime.now
            guard begin < deadline else {
                // That a script is not known is between the server and this client.
                guard reload == nil else {
                    return .failure(EngineError(.timedOut, "there was no time to load the script", mayHaveRun: false))
                }
                return attempt.reply
            }
            retries.wrappingAdd(1, ordering: .relaxed)
            observer?.metrics?.retried()
            attempt = await self.attempt(
                search.request, to: search.target, begin: begin, deadline: deadline, reload: reload)
        }
    }

    /// Waits before another attempt.
    ///
    /// - Returns: `nil` when it is time for it; otherwise the end of the call, where `nil` stands for the reply that
    ///   there is.
    func pause(_ number: Int, before deadline: UInt64) async -> RedisConnection.Reply?? {
        let wait = configuration.backoff.nanoseconds(afterFailures: number)
        // Beyond the deadline there would be no answer but the one that there is.
        guard MonotonicTime.adding(wait, to: MonotonicTime.now) < deadline else { return .some(nil) }
        do {
            try await Task.sleep(nanoseconds: wait)
            return nil
        } catch {
            return .failure(.cancelled(mayHaveRun: false))
        }
    }

    /// Others may flush the server's scripts all the time, between the load and the call, too. A server where this
    /// happens so often in a row is not one to be waited for.
    private static let mostLoads = 16

    /// Loads a script alone.
    ///
    /// A script that was loaded and is still not known was perhaps refused, and the caller should hear why.
    ///
    /// - Returns: `nil` when there is hope: it was loaded, or the server could not take it just then.
    private func refusalToLoad(
        _ script: LuaScript, at target: Topology.Target, deadline: UInt64
    ) async -> RedisConnection.Reply? {
        let load = Request(RedisCommand("SCRIPT", ["LOAD", .string(script.source)], isRepeatable: true))
        let reply = await attempt(load, to: target, begin: MonotonicTime.now, deadline: deadline).reply
        guard NextAttempt(after: reply, to: load) == .none else { return nil }
        switch reply {
        case .success(.error): return reply
        case .success: return nil
        // It is the load that may have run, not the script.
        case .failure(let error): return .failure(EngineError(error.code, error.message))
        }
    }
}
