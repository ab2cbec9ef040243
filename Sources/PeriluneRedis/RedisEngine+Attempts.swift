import PeriluneCore
import PeriluneIO
import Synchronization

extension RedisEngine {
    /// Makes a call, and tells whoever wants to know.
    func perform(_ request: Request) async -> RedisConnection.Reply {
        guard let observer else { return await performUnobserved(request) }
        return await observer.observe(request) { await performUnobserved(request) }
    }

    /// Makes a call: one attempt, and others when ``NextAttempt`` says so and there is time.
    private func performUnobserved(_ request: Request) async -> RedisConnection.Reply {
        if let refusal = request.refusal { return .failure(refusal) }
        let begin = MonotonicTime.now
        let deadline = MonotonicTime.adding(commandTimeout, to: begin)
        let (reply, call) = await attempt(request, begin: begin, deadline: deadline)
        if case .success(let reply) = reply {
            if case .error = reply {} else { return .success(reply) }
        }
        var mayHaveRun = false
        let last = await performAgain(request, deadline: deadline, after: reply, of: call, mayHaveRun: &mayHaveRun)
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

    @inline(__always)
    private func attempt(
        _ request: Request, begin: UInt64, deadline: UInt64, reload: (script: LuaScript, unknownTo: UInt64)? = nil
    ) async -> (reply: RedisConnection.Reply, call: UInt64) {
        switch await topology.connection(for: request) {
        case .success(let connection):
            await connection.perform(request, begin: begin, deadline: deadline, reload: reload)
        case .failure(let error): (.failure(error), 0)
        }
    }

    /// Goes on with a call whose first attempt was not answered as hoped.
    ///
    /// - Parameter mayHaveRun: Set when an attempt before the last one may have run.
    private func performAgain(
        _ request: Request, deadline: UInt64, after first: RedisConnection.Reply, of firstCall: UInt64,
        mayHaveRun: inout Bool
    ) async -> RedisConnection.Reply {
        var (reply, call) = (first, firstCall)
        var waits = 0
        var loads = 0
        while true {
            var reload: (script: LuaScript, unknownTo: UInt64)?
            switch NextAttempt(after: reply, to: request) {
            case .none, .elsewhere: return reply
            case .atOnce: mayHaveRun = true
            case .loadingScript:
                guard case .script(let script, _, _) = request.body, loads < Self.mostLoads else { return reply }
                if loads > 0, let refusal = await refusalToLoad(script, deadline: deadline) { return refusal }
                loads += 1
                reload = (script, call)
            case .later:
                waits += 1
                let wait = configuration.backoff.nanoseconds(afterFailures: waits)
                // Beyond the deadline there would be no answer but the one that there is.
                guard MonotonicTime.adding(wait, to: MonotonicTime.now) < deadline else { return reply }
                do {
                    try await Task.sleep(nanoseconds: wait)
                } catch {
                    return .failure(.cancelled(mayHaveRun: false))
                }
            }
            let begin = MonotonicTime.now
            guard begin < deadline else { return reply }
            retries.wrappingAdd(1, ordering: .relaxed)
            observer?.metrics?.retried()
            (reply, call) = await attempt(request, begin: begin, deadline: deadline, reload: reload)
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
    private func refusalToLoad(_ script: LuaScript, deadline: UInt64) async -> RedisConnection.Reply? {
        let load = Request(RedisCommand("SCRIPT", ["LOAD", .string(script.source)], isRepeatable: true))
        let (reply, _) = await attempt(load, begin: MonotonicTime.now, deadline: deadline)
        guard NextAttempt(after: reply, to: load) == .none else { return nil }
        switch reply {
        case .success(.error): return reply
        case .success: return nil
        // It is the load that may have run, not the script.
        case .failure(let error): return .failure(EngineError(error.code, error.message))
        }
    }
}
