import Logging
import PeriluneCore

extension SessionStore {
    /// Takes away what is left of sessions that have ended by themselves, and tells of them in ``events(after:limit:)``.
    ///
    /// Ended sessions are refused whether this is called or not. It keeps the statistics, the events and the indexes of
    /// users who do nothing up to date. Of several processes that call it at the same time one does the work.
    ///
    /// - Parameter lease: How long others leave the work to this process.
    /// - Returns: How many sessions had ended.
    /// - Throws: ``SessionError``, after as many shards as possible were looked at.
    /// - Complexity: One round trip for each shard and for each 200 sessions in it whose time may have come; all shards
    ///   at once. A session is looked at about once in its idle timeout, however often it is used. In a shard without
    ///   sessions nothing is written.
    @discardableResult
    public func sweep(leasing lease: Duration = .seconds(5)) async throws(SessionError) -> Int {
        let results = await withTaskGroup(of: Result<Int, SessionError>.self) { group in
            for shard in shards {
                group.addTask {
                    do throws(SessionError) { return .success(try await sweep(shard, lease)) } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var ended = 0
        for result in results { ended += try result.get() }
        return ended
    }

    /// Sweeps again and again until the task is cancelled. What goes wrong is tried again; the log has a line when that
    /// begins and one when it is over.
    ///
    /// - Parameter period: The time between: how late the statistics and events may be. From a millisecond to a day.
    public func runSweeper(every period: Duration = .seconds(1)) async {
        let period = min(max(period, .milliseconds(1)), .seconds(86_400))
        var isFailing = false
        while !Task.isCancelled {
            do {
                try await sweep(leasing: period + period)
                if isFailing { logger.notice("Sessions that have ended are looked at again.") }
                isFailing = false
            } catch {
                guard !Task.isCancelled else { return }
                if !isFailing {
                    logger.warning("Sessions that have ended are not looked at.", metadata: ["error": "\(error)"])
                }
                isFailing = true
            }
            do { try await Task.sleep(for: period) } catch { return }
        }
    }

    private func sweep(_ shard: SessionShard, _ lease: Duration) async throws(SessionError) -> Int {
        let most = 200
        var ended = 0
        while true {
            let reply = try await ask { () throws(EngineError) in
                try await Scripts.Session.Sweep.call(
                    on: engine, sessions: shard.sessions, users: shard.users, wheel: shard.wheel,
                    counters: shard.counters, events: shard.events, lease: shard.lease, owner: Array(sweeper.utf8),
                    period: min(max(lease.millisecondsRoundedUp, 1), (1 << 48) - 1), most: most,
                    kept: configuration.keptEvents)
            }
            let (looked, count) = try Self.pair(reply)
            ended += count
            if looked < most { return ended }
        }
    }
}
