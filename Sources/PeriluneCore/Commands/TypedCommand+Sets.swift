// Sets: members, each of them once. As values: see ``TypedCommand``.

extension TypedCommand {
    /// The command of ``ScriptEngine/sadd(_:_:)``.
    public static func sadd(_ key: RedisKey, _ members: [some RedisArgumentConvertible]) -> Self where Value == Int {
        Self(RedisCommand("SADD", [key.argument] + members.map(\.redisArgument)), .integer)
    }

    /// The command of ``ScriptEngine/srem(_:_:)``.
    public static func srem(_ key: RedisKey, _ members: [some RedisArgumentConvertible]) -> Self where Value == Int {
        Self(RedisCommand("SREM", [key.argument] + members.map(\.redisArgument)), .integer)
    }

    /// The command of ``ScriptEngine/sismember(_:_:)``.
    public static func sismember(_ key: RedisKey, _ member: some RedisArgumentConvertible) -> Self where Value == Bool {
        Self(RedisCommand("SISMEMBER", [key.argument, member.redisArgument], isRepeatable: true), .flag)
    }

    /// The command of ``ScriptEngine/smismember(_:_:)``.
    public static func smismember(_ key: RedisKey, _ members: [some RedisArgumentConvertible]) -> Self
    where Value == [Bool] {
        Self(RedisCommand("SMISMEMBER", [key.argument] + members.map(\.redisArgument), isRepeatable: true), .flags)
    }

    /// The command of ``ScriptEngine/scard(_:)``.
    public static func scard(_ key: RedisKey) -> Self where Value == Int {
        Self(RedisCommand("SCARD", [key.argument], isRepeatable: true), .integer)
    }

    /// The command of ``ScriptEngine/smembers(_:as:)``.
    public static func smembers<V: RedisValue>(_ key: RedisKey, as type: V.Type = String.self) -> TypedCommand<[V]> {
        TypedCommand<[V]>(RedisCommand("SMEMBERS", [key.argument], isRepeatable: true), .values())
    }

    /// The command of ``ScriptEngine/spop(_:count:as:)``.
    public static func spop<V: RedisValue>(_ key: RedisKey, count: Int = 1, as type: V.Type = String.self)
        -> TypedCommand<[V]>
    {
        TypedCommand<[V]>(RedisCommand("SPOP", [key.argument, .integer(count)]), .values())
    }

    /// The command of ``ScriptEngine/srandmember(_:count:as:)``.
    public static func srandmember<V: RedisValue>(_ key: RedisKey, count: Int = 1, as type: V.Type = String.self)
        -> TypedCommand<[V]>
    {
        TypedCommand<[V]>(RedisCommand("SRANDMEMBER", [key.argument, .integer(count)], isRepeatable: true), .values())
    }

    /// The command of ``ScriptEngine/smove(_:_:to:)``.
    public static func smove(_ key: RedisKey, _ member: some RedisArgumentConvertible, to destination: RedisKey) -> Self
    where Value == Bool {
        Self(RedisCommand("SMOVE", [key.argument, destination.argument, member.redisArgument]), .flag)
    }

    /// The command of ``ScriptEngine/sinter(_:as:)``.
    public static func sinter<V: RedisValue>(_ keys: [RedisKey], as type: V.Type = String.self) -> TypedCommand<[V]> {
        TypedCommand<[V]>(RedisCommand("SINTER", keys.map(\.argument), isRepeatable: true), .values())
    }

    /// The command of ``ScriptEngine/sunion(_:as:)``.
    public static func sunion<V: RedisValue>(_ keys: [RedisKey], as type: V.Type = String.self) -> TypedCommand<[V]> {
        TypedCommand<[V]>(RedisCommand("SUNION", keys.map(\.argument), isRepeatable: true), .values())
    }

    /// The command of ``ScriptEngine/sdiff(_:as:)``.
    public static func sdiff<V: RedisValue>(_ keys: [RedisKey], as type: V.Type = String.self) -> TypedCommand<[V]> {
        TypedCommand<[V]>(RedisCommand("SDIFF", keys.map(\.argument), isRepeatable: true), .values())
    }

    /// The command of ``ScriptEngine/sinterstore(_:to:)``.
    public static func sinterstore(_ keys: [RedisKey], to destination: RedisKey) -> Self where Value == Int {
        Self(RedisCommand("SINTERSTORE", [destination.argument] + keys.map(\.argument)), .integer)
    }

    /// The command of ``ScriptEngine/sunionstore(_:to:)``.
    public static func sunionstore(_ keys: [RedisKey], to destination: RedisKey) -> Self where Value == Int {
        Self(RedisCommand("SUNIONSTORE", [destination.argument] + keys.map(\.argument)), .integer)
    }

    /// The command of ``ScriptEngine/sdiffstore(_:to:)``.
    public static func sdiffstore(_ keys: [RedisKey], to destination: RedisKey) -> Self where Value == Int {
        Self(RedisCommand("SDIFFSTORE", [destination.argument] + keys.map(\.argument)), .integer)
    }
}
