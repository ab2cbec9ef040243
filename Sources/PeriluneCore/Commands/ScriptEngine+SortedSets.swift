// Sorted sets: members ordered by a score.

extension ScriptEngine {
    /// Writes the score of a member of a sorted set.
    ///
    /// - Returns: Whether the member is new; with `counting: .changed` also whether its score is another now.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(log n).
    @discardableResult
    public func zadd(
        _ key: RedisKey, _ member: some RedisArgumentConvertible, score: Double,
        if condition: SortedSetCondition = .always, counting: SortedSetCount = .added
    ) async throws(EngineError) -> Bool {
        try await run(.zadd(key, member, score: score, if: condition, counting: counting))
    }

    /// Writes the scores of members of a sorted set.
    ///
    /// ```swift
    /// try await redis.zadd("board", ["ann": 12, "bob": 9], if: .ifGreater)
    /// ```
    ///
    /// - Parameters:
    ///   - key: The sorted set.
    ///   - scores: At least one. No score may be NaN.
    ///   - condition: Which of them to write.
    ///   - counting: What the result counts.
    /// - Returns: How many were added, or changed with `counting: .changed`.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(log n) for each member.
    @discardableResult
    public func zadd(
        _ key: RedisKey, _ scores: [String: Double], if condition: SortedSetCondition = .always,
        counting: SortedSetCount = .added
    ) async throws(EngineError) -> Int {
        try await run(.zadd(key, scores, if: condition, counting: counting))
    }

    /// Adds to the score of a member, which is 0 when it is missing.
    ///
    /// - Returns: The sum.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(log n).
    @discardableResult
    public func zincrby(_ key: RedisKey, _ member: some RedisArgumentConvertible, by amount: Double = 1)
        async throws(EngineError) -> Double
    {
        try await run(.zincrby(key, member, by: amount))
    }

    /// Adds to the score of a member if a condition holds.
    ///
    /// - Returns: The sum; `nil` when the condition did not hold.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(log n).
    @discardableResult
    public func zincrby(
        _ key: RedisKey, _ member: some RedisArgumentConvertible, by amount: Double, if condition: SortedSetCondition
    ) async throws(EngineError) -> Double? {
        try await run(.zincrby(key, member, by: amount, if: condition))
    }

    /// Removes members from a sorted set; with the last one the key goes.
    ///
    /// - Parameters:
    ///   - key: The sorted set.
    ///   - members: At least one.
    /// - Returns: How many were there.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(log n) for each member.
    @discardableResult
    public func zrem(_ key: RedisKey, _ members: [some RedisArgumentConvertible]) async throws(EngineError) -> Int {
        try await run(.zrem(key, members))
    }

    /// The score of a member.
    ///
    /// - Returns: The score; `nil` when there is no such member.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func zscore(_ key: RedisKey, _ member: some RedisArgumentConvertible) async throws(EngineError) -> Double? {
        try await run(.zscore(key, member))
    }

    /// The scores of members, in order; `nil` for those that are not there.
    ///
    /// - Parameters:
    ///   - key: The sorted set.
    ///   - members: At least one.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of members).
    public func zmscore(_ key: RedisKey, _ members: [some RedisArgumentConvertible]) async throws(EngineError)
        -> [Double?]
    {
        try await run(.zmscore(key, members))
    }

    /// How many members stand before one.
    ///
    /// - Returns: The rank: 0 for the lowest score, when `reversed` for the highest; `nil` when there is no such member.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(log n).
    public func zrank(_ key: RedisKey, _ member: some RedisArgumentConvertible, reversed: Bool = false)
        async throws(EngineError) -> Int?
    {
        try await run(.zrank(key, member, reversed: reversed))
    }

    /// The number of members of a sorted set; 0 when there is no such key.
    ///
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func zcard(_ key: RedisKey) async throws(EngineError) -> Int {
        try await run(.zcard(key))
    }

    /// The number of members with scores in a range.
    ///
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(log n).
    public func zcount(_ key: RedisKey, from lower: ScoreBound = .lowest, to upper: ScoreBound = .highest)
        async throws(EngineError) -> Int
    {
        try await run(.zcount(key, from: lower, to: upper))
    }

    /// Members of a sorted set in order.
    ///
    /// ```swift
    /// let best = try await redis.zrange("board", .ranks(from: 0, to: 9), reversed: true)
    /// let late = try await redis.zrange("due", .scores(to: .excluding(now)), limit: RangeLimit(count: 100))
    /// ```
    ///
    /// - Parameters:
    ///   - key: The sorted set.
    ///   - range: Which members: by rank, by score or by their bytes.
    ///   - reversed: Whether the highest come first. Ranks then count from there.
    ///   - limit: How many of them. Not for ranges by rank, where an engine refuses it.
    ///   - type: What to read them as: text, integers, numbers or bytes.
    /// - Returns: The members.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(log n, and members given).
    public func zrange<V: RedisValue>(
        _ key: RedisKey, _ range: SortedSetRange = .ranks(), reversed: Bool = false, limit: RangeLimit? = nil,
        as type: V.Type = String.self
    ) async throws(EngineError) -> [V] {
        try await run(.zrange(key, range, reversed: reversed, limit: limit, as: type))
    }

    /// Members of a sorted set in order, with their scores. An engine refuses a range by members.
    ///
    /// - Parameters:
    ///   - key: The sorted set.
    ///   - range: Which members: by rank, by score or by their bytes.
    ///   - reversed: Whether the highest come first. Ranks then count from there.
    ///   - limit: How many of them. Not for ranges by rank, where an engine refuses it.
    ///   - type: What to read them as: text, integers, numbers or bytes.
    /// - Returns: The members and scores.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(log n, and members given).
    public func zrangeWithScores<V: RedisValue>(
        _ key: RedisKey, _ range: SortedSetRange = .ranks(), reversed: Bool = false, limit: RangeLimit? = nil,
        as type: V.Type = String.self
    ) async throws(EngineError) -> [ScoredMember<V>] {
        try await run(.zrangeWithScores(key, range, reversed: reversed, limit: limit, as: type))
    }

    /// Removes a range from a sorted set.
    ///
    /// - Returns: How many members were removed.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(log n, and members removed).
    @discardableResult
    public func zremrange(_ key: RedisKey, _ range: SortedSetRange) async throws(EngineError) -> Int {
        try await run(.zremrange(key, range))
    }

    /// Takes the members with the lowest scores.
    ///
    /// - Returns: At most `count`, the lowest in front.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(log n) for each member.
    public func zpopmin<V: RedisValue>(_ key: RedisKey, count: Int = 1, as type: V.Type = String.self)
        async throws(EngineError) -> [ScoredMember<V>]
    {
        try await run(.zpopmin(key, count: count, as: type))
    }

    /// Takes the members with the highest scores.
    ///
    /// - Returns: At most `count`, the highest in front.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(log n) for each member.
    public func zpopmax<V: RedisValue>(_ key: RedisKey, count: Int = 1, as type: V.Type = String.self)
        async throws(EngineError) -> [ScoredMember<V>]
    {
        try await run(.zpopmax(key, count: count, as: type))
    }
}
