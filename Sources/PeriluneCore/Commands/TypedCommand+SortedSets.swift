// Sorted sets: members ordered by a score. As values: see ``TypedCommand``.

extension TypedCommand {
    /// The command of ``ScriptEngine/zadd(_:_:score:if:counting:)``.
    public static func zadd(
        _ key: RedisKey, _ member: some RedisArgumentConvertible, score: Double,
        if condition: SortedSetCondition = .always, counting: SortedSetCount = .added
    ) -> Self where Value == Bool {
        Self(
            RedisCommand(
                "ZADD",
                [key.argument] + condition.arguments + counting.arguments + [score.redisArgument, member.redisArgument]),
            .flag)
    }

    /// The command of ``ScriptEngine/zadd(_:_:if:counting:)``.
    public static func zadd(
        _ key: RedisKey, _ scores: [String: Double], if condition: SortedSetCondition = .always,
        counting: SortedSetCount = .added
    ) -> Self where Value == Int {
        Self(
            RedisCommand(
                "ZADD", [key.argument] + condition.arguments + counting.arguments + RedisArgument.list(scores)),
            .integer)
    }

    /// The command of ``ScriptEngine/zincrby(_:_:by:)``.
    public static func zincrby(_ key: RedisKey, _ member: some RedisArgumentConvertible, by amount: Double = 1) -> Self
    where Value == Double {
        Self(RedisCommand("ZINCRBY", [key.argument, amount.redisArgument, member.redisArgument]), .value())
    }

    /// The command of ``ScriptEngine/zincrby(_:_:by:if:)``.
    public static func zincrby(
        _ key: RedisKey, _ member: some RedisArgumentConvertible, by amount: Double, if condition: SortedSetCondition
    ) -> Self where Value == Double? {
        Self(
            RedisCommand(
                "ZADD", [key.argument] + condition.arguments + ["INCR", amount.redisArgument, member.redisArgument]),
            .optional())
    }

    /// The command of ``ScriptEngine/zrem(_:_:)``.
    public static func zrem(_ key: RedisKey, _ members: [some RedisArgumentConvertible]) -> Self where Value == Int {
        Self(RedisCommand("ZREM", [key.argument] + members.map(\.redisArgument)), .integer)
    }

    /// The command of ``ScriptEngine/zscore(_:_:)``.
    public static func zscore(_ key: RedisKey, _ member: some RedisArgumentConvertible) -> Self where Value == Double? {
        Self(RedisCommand("ZSCORE", [key.argument, member.redisArgument], isRepeatable: true), .optional())
    }

    /// The command of ``ScriptEngine/zmscore(_:_:)``.
    public static func zmscore(_ key: RedisKey, _ members: [some RedisArgumentConvertible]) -> Self
    where Value == [Double?] {
        Self(RedisCommand("ZMSCORE", [key.argument] + members.map(\.redisArgument), isRepeatable: true), .optionals())
    }

    /// The command of ``ScriptEngine/zrank(_:_:reversed:)``.
    public static func zrank(_ key: RedisKey, _ member: some RedisArgumentConvertible, reversed: Bool = false) -> Self
    where Value == Int? {
        Self(
            RedisCommand(reversed ? "ZREVRANK" : "ZRANK", [key.argument, member.redisArgument], isRepeatable: true),
            .optionalInteger)
    }

    /// The command of ``ScriptEngine/zcard(_:)``.
    public static func zcard(_ key: RedisKey) -> Self where Value == Int {
        Self(RedisCommand("ZCARD", [key.argument], isRepeatable: true), .integer)
    }

    /// The command of ``ScriptEngine/zcount(_:from:to:)``.
    public static func zcount(_ key: RedisKey, from lower: ScoreBound = .lowest, to upper: ScoreBound = .highest)
        -> Self where Value == Int
    {
        Self(RedisCommand("ZCOUNT", [key.argument, lower.argument, upper.argument], isRepeatable: true), .integer)
    }

    /// The command of ``ScriptEngine/zrange(_:_:reversed:limit:as:)``.
    public static func zrange<V: RedisValue>(
        _ key: RedisKey, _ range: SortedSetRange = .ranks(), reversed: Bool = false, limit: RangeLimit? = nil,
        as type: V.Type = String.self
    ) -> TypedCommand<[V]> {
        TypedCommand<[V]>(
            RedisCommand(
                "ZRANGE", [key.argument] + range.arguments(reversed: reversed, limit: limit), isRepeatable: true),
            .values())
    }

    /// The command of ``ScriptEngine/zrangeWithScores(_:_:reversed:limit:as:)``.
    public static func zrangeWithScores<V: RedisValue>(
        _ key: RedisKey, _ range: SortedSetRange = .ranks(), reversed: Bool = false, limit: RangeLimit? = nil,
        as type: V.Type = String.self
    ) -> TypedCommand<[ScoredMember<V>]> {
        TypedCommand<[ScoredMember<V>]>(
            RedisCommand(
                "ZRANGE", [key.argument] + range.arguments(reversed: reversed, limit: limit) + ["WITHSCORES"],
                isRepeatable: true), .scored())
    }

    /// The command of ``ScriptEngine/zremrange(_:_:)``.
    public static func zremrange(_ key: RedisKey, _ range: SortedSetRange) -> Self where Value == Int {
        Self(RedisCommand(range.removal.name, [key.argument] + range.removal.arguments), .integer)
    }

    /// The command of ``ScriptEngine/zpopmin(_:count:as:)``.
    public static func zpopmin<V: RedisValue>(_ key: RedisKey, count: Int = 1, as type: V.Type = String.self)
        -> TypedCommand<[ScoredMember<V>]>
    {
        TypedCommand<[ScoredMember<V>]>(RedisCommand("ZPOPMIN", [key.argument, .integer(count)]), .scored())
    }

    /// The command of ``ScriptEngine/zpopmax(_:count:as:)``.
    public static func zpopmax<V: RedisValue>(_ key: RedisKey, count: Int = 1, as type: V.Type = String.self)
        -> TypedCommand<[ScoredMember<V>]>
    {
        TypedCommand<[ScoredMember<V>]>(RedisCommand("ZPOPMAX", [key.argument, .integer(count)]), .scored())
    }
}
