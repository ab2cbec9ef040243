// Strings: one value at a key.

extension ScriptEngine {
    /// Writes a value to a key, whatever the key held.
    ///
    /// ```swift
    /// try await redis.set("key", "value", expiring: .seconds(60))
    /// let isFirst = try await redis.set("lock", token, if: .ifMissing, expiring: .seconds(10))
    /// ```
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - value: Text, a number or bytes.
    ///   - condition: When to write. One that is not met changes nothing, the expiry neither.
    ///   - expiry: What becomes of the key's expiry.
    /// - Returns: Whether it was written: `false` when the condition did not hold.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    @discardableResult
    public func set(
        _ key: RedisKey, _ value: some RedisArgumentConvertible, if condition: SetCondition = .always,
        expiring expiry: Expiry = .never
    ) async throws(EngineError) -> Bool {
        try await run(.set(key, value, if: condition, expiring: expiry))
    }

    /// Writes a value to a key and gives the value that it held before. With a condition it needs Redis 7.0.
    ///
    /// - Parameters:
    ///   - key: The key. It must hold a string or nothing.
    ///   - value: Text, a number or bytes.
    ///   - condition: When to write.
    ///   - expiry: What becomes of the key's expiry.
    ///   - type: What to read it as: text, an integer, a number or bytes.
    /// - Returns: The value before; `nil` when there was none. When the condition did not hold, that value is still there.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func getset<V: RedisValue>(
        _ key: RedisKey, _ value: some RedisArgumentConvertible, if condition: SetCondition = .always,
        expiring expiry: Expiry = .never, as type: V.Type = String.self
    ) async throws(EngineError) -> V? {
        try await run(.getset(key, value, if: condition, expiring: expiry, as: type))
    }

    /// Reads the value of a key.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - type: What to read it as: text, an integer, a number or bytes.
    /// - Returns: The value; `nil` when there is no such key.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func get<V: RedisValue>(_ key: RedisKey, as type: V.Type = String.self) async throws(EngineError) -> V? {
        try await run(.get(key, as: type))
    }

    /// Reads the value of a key and removes the key.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - type: What to read it as: text, an integer, a number or bytes.
    /// - Returns: The value; `nil` when there was no such key.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func getdel<V: RedisValue>(_ key: RedisKey, as type: V.Type = String.self) async throws(EngineError) -> V? {
        try await run(.getdel(key, as: type))
    }

    /// Reads the value of a key and sets its expiry.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - expiry: What becomes of the key's expiry.
    ///   - type: What to read it as: text, an integer, a number or bytes.
    /// - Returns: The value; `nil` when there is no such key.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func getex<V: RedisValue>(_ key: RedisKey, expiring expiry: Expiry, as type: V.Type = String.self)
        async throws(EngineError) -> V?
    {
        try await run(.getex(key, expiring: expiry, as: type))
    }

    /// Reads the values of several keys at one moment.
    ///
    /// - Parameters:
    ///   - keys: At least one. In a cluster all in one hash slot.
    ///   - type: What to read them as: text, integers, numbers or bytes.
    /// - Returns: A value for each key in order; `nil` for those that are not there or hold no string.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of keys).
    public func mget<V: RedisValue>(_ keys: [RedisKey], as type: V.Type = String.self) async throws(EngineError) -> [V?]
    {
        try await run(.mget(keys, as: type))
    }

    /// Writes values to several keys as one step. The keys do not expire.
    ///
    /// - Parameter values: At least one. In a cluster all keys in one hash slot.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of keys).
    public func mset(_ values: [RedisKey: RedisArgument]) async throws(EngineError) {
        try await run(.mset(values))
    }

    /// Writes values to several keys as one step, unless one of the keys is there.
    ///
    /// - Parameter values: At least one. In a cluster all keys in one hash slot.
    /// - Returns: Whether they were written: all or none.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of keys).
    @discardableResult
    public func msetnx(_ values: [RedisKey: RedisArgument]) async throws(EngineError) -> Bool {
        try await run(.msetnx(values))
    }

    /// Adds to the integer at a key, which is 0 when the key is missing. Keeps the expiry.
    ///
    /// - Returns: The sum. One that does not fit 64 bits is an error and changes nothing.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    @discardableResult
    public func incr(_ key: RedisKey, by amount: Int = 1) async throws(EngineError) -> Int {
        try await run(.incr(key, by: amount))
    }

    /// Adds to the number at a key, which is 0 when the key is missing. Keeps the expiry.
    ///
    /// - Returns: The sum.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    @discardableResult
    public func incrbyfloat(_ key: RedisKey, by amount: Double) async throws(EngineError) -> Double {
        try await run(.incrbyfloat(key, by: amount))
    }

    /// Appends to the string at a key.
    ///
    /// - Returns: Its length now, in bytes.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(length of the value).
    @discardableResult
    public func append(_ key: RedisKey, _ value: some RedisArgumentConvertible) async throws(EngineError) -> Int {
        try await run(.append(key, value))
    }

    /// The length of the string at a key.
    ///
    /// - Returns: Its length in bytes; 0 when there is no such key.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func strlen(_ key: RedisKey) async throws(EngineError) -> Int {
        try await run(.strlen(key))
    }

    /// A part of the string at a key.
    ///
    /// - Returns: The bytes from `start` to `end`, both included; negative positions count from the end, -1 being the last byte.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(length of the part).
    public func getrange(_ key: RedisKey, from start: Int, to end: Int) async throws(EngineError) -> [UInt8] {
        try await run(.getrange(key, from: start, to: end))
    }

    /// Overwrites a part of the string at a key, which is made longer with NUL bytes if need be.
    ///
    /// - Returns: Its length now, in bytes.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(length of the value).
    @discardableResult
    public func setrange(_ key: RedisKey, at offset: Int, _ value: some RedisArgumentConvertible)
        async throws(EngineError) -> Int
    {
        try await run(.setrange(key, at: offset, value))
    }
}
