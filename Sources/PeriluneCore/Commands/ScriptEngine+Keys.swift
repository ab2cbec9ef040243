// Keys of any type.

extension ScriptEngine {
    /// Removes a key.
    ///
    /// - Returns: Whether it was there.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(size of the value).
    @discardableResult
    public func del(_ key: RedisKey) async throws(EngineError) -> Bool {
        try await run(.del(key))
    }

    /// Removes keys.
    ///
    /// - Parameter keys: At least one. In a cluster all in one hash slot.
    /// - Returns: How many were there.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(size of the values).
    @discardableResult
    public func del(_ keys: [RedisKey]) async throws(EngineError) -> Int {
        try await run(.del(keys))
    }

    /// Removes keys; a server frees the memory of large values on another thread.
    ///
    /// - Parameter keys: At least one. In a cluster all in one hash slot.
    /// - Returns: How many were there.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of keys).
    @discardableResult
    public func unlink(_ keys: [RedisKey]) async throws(EngineError) -> Int {
        try await run(.unlink(keys))
    }

    /// Whether there is such a key.
    ///
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func exists(_ key: RedisKey) async throws(EngineError) -> Bool {
        try await run(.exists(key))
    }

    /// How many of some keys are there. A key that is given twice counts twice.
    ///
    /// - Parameter keys: At least one. In a cluster all in one hash slot.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of keys).
    public func exists(_ keys: [RedisKey]) async throws(EngineError) -> Int {
        try await run(.exists(keys))
    }

    /// What a key holds.
    ///
    /// - Returns: The type; `nil` when there is no such key.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func type(_ key: RedisKey) async throws(EngineError) -> RedisType? {
        try await run(.type(key))
    }

    /// Renames a key; the expiry goes with it. A key of the new name is overwritten. A key that is not there is an error.
    ///
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func rename(_ key: RedisKey, to newKey: RedisKey) async throws(EngineError) {
        try await run(.rename(key, to: newKey))
    }

    /// Renames a key unless there is one of the new name. A key that is not there is an error.
    ///
    /// - Returns: Whether it was renamed.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    @discardableResult
    public func renamenx(_ key: RedisKey, to newKey: RedisKey) async throws(EngineError) -> Bool {
        try await run(.renamenx(key, to: newKey))
    }

    /// Copies a key with its expiry.
    ///
    /// - Returns: Whether it was copied: `false` when there is no such key, or one at the destination that is not to be replaced.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(size of the value).
    @discardableResult
    public func copy(_ key: RedisKey, to destination: RedisKey, replacing: Bool = false) async throws(EngineError)
        -> Bool
    {
        try await run(.copy(key, to: destination, replacing: replacing))
    }
}
