public import PeriluneCore
import PeriluneIO

extension RedisEngine {
    /// Asks the server for a sign of life.
    ///
    /// - Returns: The time from here to the server and back, waiting for a connection included.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip.
    public func health() async throws(EngineError) -> Duration {
        let start = MonotonicTime.now
        _ = try await send(RedisCommand("PING", isRepeatable: true))
        return .nanoseconds(Int64(clamping: MonotonicTime.now - start))
    }
}
