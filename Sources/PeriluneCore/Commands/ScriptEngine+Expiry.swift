#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

// Expiry: when keys end by themselves.

extension ScriptEngine {
    /// Lets a key expire after a time, rounded up to whole milliseconds. A time that is not positive removes the key at once.
    ///
    /// - Returns: Whether the expiry was set: `false` when there is no such key or the condition did not hold. Conditions need Redis 7.0.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    @discardableResult
    public func expire(_ key: RedisKey, after time: Duration, if condition: ExpireCondition = .always)
        async throws(EngineError) -> Bool
    {
        try await run(.expire(key, after: time, if: condition))
    }

    /// Lets a key expire at a date by the engine's clock, rounded up to whole milliseconds. A date in the past removes the key at once.
    ///
    /// - Returns: Whether the expiry was set: `false` when there is no such key or the condition did not hold. Conditions need Redis 7.0.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    @discardableResult
    public func expire(_ key: RedisKey, at date: Date, if condition: ExpireCondition = .always)
        async throws(EngineError) -> Bool
    {
        try await run(.expire(key, at: date, if: condition))
    }

    /// Removes the expiry of a key.
    ///
    /// - Returns: Whether it had one.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    @discardableResult
    public func persist(_ key: RedisKey) async throws(EngineError) -> Bool {
        try await run(.persist(key))
    }

    /// When a key expires.
    ///
    /// - Returns: How long it still lives, that it does not expire, or that there is no such key.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func ttl(_ key: RedisKey) async throws(EngineError) -> TimeToLive {
        try await run(.ttl(key))
    }
}
