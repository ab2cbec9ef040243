// Hashes: fields and values at a key.

extension ScriptEngine {
    /// Writes a field of a hash.
    ///
    /// - Returns: Whether the field is new.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    @discardableResult
    public func hset(_ key: RedisKey, _ field: String, _ value: some RedisArgumentConvertible) async throws(EngineError)
        -> Bool
    {
        try await run(.hset(key, field, value))
    }

    /// Writes fields of a hash.
    ///
    /// ```swift
    /// try await redis.hset("user:7", ["name": "Ann", "visits": 1])
    /// ```
    ///
    /// - Parameters:
    ///   - key: The hash.
    ///   - fields: At least one.
    /// - Returns: How many are new.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of fields).
    @discardableResult
    public func hset(_ key: RedisKey, _ fields: [String: RedisArgument]) async throws(EngineError) -> Int {
        try await run(.hset(key, fields))
    }

    /// Writes a field of a hash unless it is there.
    ///
    /// - Returns: Whether it was written.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    @discardableResult
    public func hsetnx(_ key: RedisKey, _ field: String, _ value: some RedisArgumentConvertible)
        async throws(EngineError) -> Bool
    {
        try await run(.hsetnx(key, field, value))
    }

    /// Reads a field of a hash.
    ///
    /// - Returns: The value; `nil` when there is no such field or key.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func hget<V: RedisValue>(_ key: RedisKey, _ field: String, as type: V.Type = String.self)
        async throws(EngineError) -> V?
    {
        try await run(.hget(key, field, as: type))
    }

    /// Reads fields of a hash.
    ///
    /// - Parameters:
    ///   - key: The hash.
    ///   - fields: At least one.
    ///   - type: What to read them as: text, integers, numbers or bytes.
    /// - Returns: A value for each field in order; `nil` for those that are not there.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of fields).
    public func hmget<V: RedisValue>(_ key: RedisKey, _ fields: [String], as type: V.Type = String.self)
        async throws(EngineError) -> [V?]
    {
        try await run(.hmget(key, fields, as: type))
    }

    /// Reads a whole hash.
    ///
    /// - Returns: The values by their fields; empty when there is no such key.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of fields).
    public func hgetall<V: RedisValue>(_ key: RedisKey, as type: V.Type = String.self) async throws(EngineError)
        -> [String: V]
    {
        try await run(.hgetall(key, as: type))
    }

    /// Removes fields of a hash; with the last one the key goes.
    ///
    /// - Parameters:
    ///   - key: The hash.
    ///   - fields: At least one.
    /// - Returns: How many were there.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of fields).
    @discardableResult
    public func hdel(_ key: RedisKey, _ fields: [String]) async throws(EngineError) -> Int {
        try await run(.hdel(key, fields))
    }

    /// Whether a hash has a field.
    ///
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func hexists(_ key: RedisKey, _ field: String) async throws(EngineError) -> Bool {
        try await run(.hexists(key, field))
    }

    /// The number of fields of a hash; 0 when there is no such key.
    ///
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func hlen(_ key: RedisKey) async throws(EngineError) -> Int {
        try await run(.hlen(key))
    }

    /// The fields of a hash, in no particular order.
    ///
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of fields).
    public func hkeys(_ key: RedisKey) async throws(EngineError) -> [String] {
        try await run(.hkeys(key))
    }

    /// The values of a hash, in no particular order.
    ///
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of fields).
    public func hvals<V: RedisValue>(_ key: RedisKey, as type: V.Type = String.self) async throws(EngineError) -> [V] {
        try await run(.hvals(key, as: type))
    }

    /// Adds to the integer in a field, which is 0 when it is missing.
    ///
    /// - Returns: The sum. One that does not fit 64 bits is an error and changes nothing.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    @discardableResult
    public func hincrby(_ key: RedisKey, _ field: String, by amount: Int = 1) async throws(EngineError) -> Int {
        try await run(.hincrby(key, field, by: amount))
    }

    /// Adds to the number in a field, which is 0 when it is missing.
    ///
    /// - Returns: The sum.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    @discardableResult
    public func hincrbyfloat(_ key: RedisKey, _ field: String, by amount: Double) async throws(EngineError) -> Double {
        try await run(.hincrbyfloat(key, field, by: amount))
    }
}
