// Sets: members, each of them once.

extension ScriptEngine {
    /// Adds members to a set.
    ///
    /// - Parameters:
    ///   - key: The set.
    ///   - members: At least one.
    /// - Returns: How many are new.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of members).
    @discardableResult
    public func sadd(_ key: RedisKey, _ members: [some RedisArgumentConvertible]) async throws(EngineError) -> Int {
        try await run(.sadd(key, members))
    }

    /// Removes members from a set; with the last one the key goes.
    ///
    /// - Parameters:
    ///   - key: The set.
    ///   - members: At least one.
    /// - Returns: How many were there.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of members).
    @discardableResult
    public func srem(_ key: RedisKey, _ members: [some RedisArgumentConvertible]) async throws(EngineError) -> Int {
        try await run(.srem(key, members))
    }

    /// Whether a set has a member.
    ///
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func sismember(_ key: RedisKey, _ member: some RedisArgumentConvertible) async throws(EngineError) -> Bool {
        try await run(.sismember(key, member))
    }

    /// Which of some members a set has, in order.
    ///
    /// - Parameters:
    ///   - key: The set.
    ///   - members: At least one.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of members).
    public func smismember(_ key: RedisKey, _ members: [some RedisArgumentConvertible]) async throws(EngineError)
        -> [Bool]
    {
        try await run(.smismember(key, members))
    }

    /// The number of members of a set; 0 when there is no such key.
    ///
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func scard(_ key: RedisKey) async throws(EngineError) -> Int {
        try await run(.scard(key))
    }

    /// All members of a set, in no particular order.
    ///
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of members).
    public func smembers<V: RedisValue>(_ key: RedisKey, as type: V.Type = String.self) async throws(EngineError) -> [V]
    {
        try await run(.smembers(key, as: type))
    }

    /// Takes random members from a set.
    ///
    /// - Returns: At most `count` members.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of members taken).
    public func spop<V: RedisValue>(_ key: RedisKey, count: Int = 1, as type: V.Type = String.self)
        async throws(EngineError) -> [V]
    {
        try await run(.spop(key, count: count, as: type))
    }

    /// Random members of a set.
    ///
    /// - Returns: At most `count` different members; for a negative count exactly as many, and some perhaps more than once.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(count).
    public func srandmember<V: RedisValue>(_ key: RedisKey, count: Int = 1, as type: V.Type = String.self)
        async throws(EngineError) -> [V]
    {
        try await run(.srandmember(key, count: count, as: type))
    }

    /// Moves a member from a set to another.
    ///
    /// - Returns: Whether it was there.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    @discardableResult
    public func smove(_ key: RedisKey, _ member: some RedisArgumentConvertible, to destination: RedisKey)
        async throws(EngineError) -> Bool
    {
        try await run(.smove(key, member, to: destination))
    }

    /// The members that all of some sets have.
    ///
    /// - Parameters:
    ///   - keys: At least one. In a cluster all in one hash slot.
    ///   - type: What to read them as: text, integers, numbers or bytes.
    /// - Returns: The members, in no particular order.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(size of the smallest set, times the number of sets).
    public func sinter<V: RedisValue>(_ keys: [RedisKey], as type: V.Type = String.self) async throws(EngineError)
        -> [V]
    {
        try await run(.sinter(keys, as: type))
    }

    /// The members that any of some sets has.
    ///
    /// - Parameters:
    ///   - keys: At least one. In a cluster all in one hash slot.
    ///   - type: What to read them as: text, integers, numbers or bytes.
    /// - Returns: The members, in no particular order.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(members of all sets).
    public func sunion<V: RedisValue>(_ keys: [RedisKey], as type: V.Type = String.self) async throws(EngineError)
        -> [V]
    {
        try await run(.sunion(keys, as: type))
    }

    /// The members of the first set that none of the others has.
    ///
    /// - Parameters:
    ///   - keys: At least one. In a cluster all in one hash slot.
    ///   - type: What to read them as: text, integers, numbers or bytes.
    /// - Returns: The members, in no particular order.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(members of all sets).
    public func sdiff<V: RedisValue>(_ keys: [RedisKey], as type: V.Type = String.self) async throws(EngineError) -> [V]
    {
        try await run(.sdiff(keys, as: type))
    }

    /// Keeps the members that all of some sets have.
    ///
    /// - Parameters:
    ///   - keys: At least one. In a cluster all in one hash slot, with the destination.
    ///   - destination: Where to; overwritten, without an expiry.
    /// - Returns: How many they are.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(size of the smallest set, times the number of sets).
    @discardableResult
    public func sinterstore(_ keys: [RedisKey], to destination: RedisKey) async throws(EngineError) -> Int {
        try await run(.sinterstore(keys, to: destination))
    }

    /// Keeps the members that any of some sets has.
    ///
    /// - Parameters:
    ///   - keys: At least one. In a cluster all in one hash slot, with the destination.
    ///   - destination: Where to; overwritten, without an expiry.
    /// - Returns: How many they are.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(members of all sets).
    @discardableResult
    public func sunionstore(_ keys: [RedisKey], to destination: RedisKey) async throws(EngineError) -> Int {
        try await run(.sunionstore(keys, to: destination))
    }

    /// Keeps the members of the first set that none of the others has.
    ///
    /// - Parameters:
    ///   - keys: At least one. In a cluster all in one hash slot, with the destination.
    ///   - destination: Where to; overwritten, without an expiry.
    /// - Returns: How many they are.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(members of all sets).
    @discardableResult
    public func sdiffstore(_ keys: [RedisKey], to destination: RedisKey) async throws(EngineError) -> Int {
        try await run(.sdiffstore(keys, to: destination))
    }
}
