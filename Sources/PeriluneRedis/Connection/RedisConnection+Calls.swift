import PeriluneCore
import PeriluneIO
import Synchronization

/// What callers' threads do.
extension RedisConnection {
    /// Sends a request and waits for its reply. Never throws, so that the reply travels without a box.
    ///
    /// - Parameters:
    ///   - request: What to send.
    ///   - begin: When the caller was called, in monotonic time.
    ///   - deadline: The monotonic time by which the caller is resumed in any case.
    ///   - reload: A script to be loaded right before the command, unless one came behind the given call already.
    /// - Returns: The reply, and the number of the call's slot, by which later calls know it.
    func perform(
        _ request: Request, begin: UInt64, deadline: UInt64, reload: (script: LuaScript, unknownTo: UInt64)? = nil
    ) async -> (reply: Reply, call: UInt64) {
        let call = Machine.Call(begin: begin, deadline: deadline)
        // Written and read under the lock. Zero as long as there is no slot.
        let slot = Atomic<UInt64>(0)
        let reply = await withTaskCancellationHandler {
            await withUnsafeContinuation { caller in
                if let failure = enqueue(caller, request, call, reload: reload, slot) {
                    caller.resume(returning: .failure(failure))
                }
            }
        } onCancel: {
            cancel(slot)
        }
        let number = slot.load(ordering: .relaxed)
        guard case .success(let collected) = reply else { return (reply, number) }
        return (.success(request.reply(of: collected)), number)
    }

    /// - Returns: Why the command was not accepted; `nil` when the caller will be resumed.
    private func enqueue(
        _ caller: Caller, _ request: Request, _ call: Machine.Call,
        reload: (script: LuaScript, unknownTo: UInt64)?, _ slot: borrowing Atomic<UInt64>
    ) -> EngineError? {
        let (failure, loop) = shared.withLock { shared -> (EngineError?, EventLoop?) in
            // A task that is cancelled before this has no slot that could be taken away, but it knows.
            if Task.isCancelled { return (.cancelled(mayHaveRun: false), nil) }
            if shared.loop == nil {
                switch startLoop() {
                case .success(let loop): shared.loop = loop
                case .failure(let error): return (error, nil)
                }
            }
            do throws(EngineError) {
                let id = try shared.accept(
                    caller, request, call, reload: reload, suspends: configuration.overload == .suspend)
                slot.store(id, ordering: .relaxed)
            } catch {
                shared.machine.statistics.refusals += 1
                return (error, nil)
            }
            return (nil, shared.dispatch(deadline: call.deadline))
        }
        if let loop { loop.notify(self) }
        return failure
    }

    /// The calling task was cancelled.
    private func cancel(_ slot: borrowing Atomic<UInt64>) {
        let cancelled = shared.withLock { shared -> (Caller, Bool, EventLoop?)? in
            guard let (caller, mayHaveRun) = shared.machine.cancel(slot.load(ordering: .relaxed)) else { return nil }
            // It may have been the last one that a shutdown waits for.
            return (caller, mayHaveRun, shared.machine.isDrained ? shared.loop : nil)
        }
        guard let (caller, mayHaveRun, loop) = cancelled else { return }
        caller.resume(returning: .failure(.cancelled(mayHaveRun: mayHaveRun)))
        loop?.notify(self)
    }
}

extension RedisConnection.Shared {
    /// Encodes a command, or lets it wait for room.
    ///
    /// - Returns: Its slot.
    /// - Throws: Why it is not accepted.
    mutating func accept(
        _ caller: RedisConnection.Caller, _ request: Request, _ call: RedisConnection.Machine.Call,
        reload: (script: LuaScript, unknownTo: UInt64)?, suspends: Bool
    ) throws(EngineError) -> UInt64 {
        if let refusal = machine.refusal(now: call.begin) { throw refusal }
        if machine.shouldDropAbandoned { pending.remove(machine.dropAbandoned()) }
        let hasRoom = machine.hasRoom
        guard hasRoom || suspends else { throw machine.lackOfRoom }
        if hasRoom, let reload { load(reload.script, unknownTo: reload.unknownTo, call) }
        let before = pending.count
        request.append(to: pending)
        let byteCount = pending.count - before
        let refusal = machine.refusal(byteCount: byteCount)
        if hasRoom, refusal == nil {
            return machine.append(.waiting(caller), call, byteCount: byteCount, replies: request.replyCount)
        }
        pending.truncate(to: before)
        // One that is too large by itself need not wait.
        if let refusal, refusal.code != .overloaded || !suspends { throw refusal }
        return machine.queue(caller, request, call)
    }

    /// Encodes the commands that waited for room, as many as there is room for now.
    mutating func encodeQueued() {
        guard machine.queuedCount > 0 else { return }
        if machine.abandonedUnsent > 0 { pending.remove(machine.dropAbandoned()) }
        while let request = machine.nextQueued {
            let before = pending.count
            request.append(to: pending)
            let byteCount = pending.count - before
            guard machine.refusal(byteCount: byteCount) == nil else { return pending.truncate(to: before) }
            machine.encodeNextQueued(byteCount: byteCount)
        }
    }

    /// Appends a SCRIPT LOAD whose reply nobody needs: should it fail, the EVALSHA after it says that the script is
    /// still unknown.
    private mutating func load(_ script: LuaScript, unknownTo earlier: UInt64, _ call: RedisConnection.Machine.Call) {
        // Behind a load that was sent after the earlier call, the script is known.
        guard loads[script.sha, default: 0] < earlier else { return }
        let before = pending.count
        RESPEncoder.append(RedisCommand("SCRIPT", ["LOAD", .string(script.source)]), to: pending)
        let byteCount = pending.count - before
        guard machine.refusal(byteCount: byteCount) == nil else { return pending.truncate(to: before) }
        loads[script.sha] = machine.append(.nobody, call, byteCount: byteCount)
    }

    /// Gets what was just appended on its way.
    ///
    /// When little is under way the caller sends by itself, which saves a change of threads; otherwise the loop sends
    /// it together with what others append meanwhile. (Measured with 16 tasks, 8 gives a quarter more calls a second
    /// than 1 or never; with 64 and 256 tasks it makes no difference.) A caller on the loop's own thread leaves it to
    /// the loop, which sends when all tasks of this turn have made their calls.
    ///
    /// - Returns: The loop, when it must be told.
    mutating func dispatch(deadline: UInt64) -> EventLoop? {
        var mustNotify = deadline < timerDeadline
        switch machine.nextMove {
        case .nothing: break
        case .connect: mustNotify = true
        case .flush:
            if machine.slots.count <= 8, sending.isEmpty, let socket, let loop, !loop.isCurrent {
                handOver()
                if case .bytes(let count) = socket.send(sending.bytes) { sending.consume(count) }
                // The rest, or an error, is the loop's business.
                if !sending.isEmpty { mustNotify = true }
            } else {
                mustNotify = true
            }
        }
        guard mustNotify, !isNotified else { return nil }
        isNotified = true
        return loop
    }
}
