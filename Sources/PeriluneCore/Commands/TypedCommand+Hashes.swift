// Hashes: fields and values at a key. As values: see ``TypedCommand``.

extension TypedCommand {
    /// The command of ``ScriptEngine/hset(_:_:_:)``.
    public static func hset(_ key: RedisKey, _ field: String, _ value: some RedisArgumentConvertible) -> Self
    where Value == Bool {
        Self(RedisCommand("HSET", [key.argument, .string(field), value.redisArgument]), .flag)
    }

    /// The command of ``ScriptEngine/hset(_:_:)``.
    public static func hset(_ key: RedisKey, _ fields: [String: RedisArgument]) -> Self where Value == Int {
        Self(RedisCommand("HSET", [key.argument] + RedisArgument.list(fields)), .integer)
    }

    /// The command of ``ScriptEngine/hsetnx(_:_:_:)``.
    public static func hsetnx(_ key: RedisKey, _ field: String, _ value: some RedisArgumentConvertible) -> Self
    where Value == Bool {
        Self(RedisCommand("HSETNX", [key.argument, .string(field), value.redisArgument]), .flag)
    }

    /// The command of ``ScriptEngine/hget(_:_:as:)``.
    public static func hget<V: RedisValue>(_ key: RedisKey, _ field: String, as type: V.Type = String.self)
        -> TypedCommand<V?>
    {
        TypedCommand<V?>(RedisCommand("HGET", [key.argument, .string(field)], isRepeatable: true), .optional())
    }

    /// The command of ``ScriptEngine/hmget(_:_:as:)``.
    public static func hmget<V: RedisValue>(_ key: RedisKey, _ fields: [String], as type: V.Type = String.self)
        -> TypedCommand<[V?]>
    {
        TypedCommand<[V?]>(
            RedisCommand("HMGET", [key.argument] + fields.map { .string($0) }, isRepeatable: true), .optionals())
    }

    /// The command of ``ScriptEngine/hgetall(_:as:)``.
    public static func hgetall<V: RedisValue>(_ key: RedisKey, as type: V.Type = String.self) -> TypedCommand<
        [String: V]
    > {
        TypedCommand<[String: V]>(RedisCommand("HGETALL", [key.argument], isRepeatable: true), .fields())
    }

    /// The command of ``ScriptEngine/hdel(_:_:)``.
    public static func hdel(_ key: RedisKey, _ fields: [String]) -> Self where Value == Int {
        Self(RedisCommand("HDEL", [key.argument] + fields.map { .string($0) }), .integer)
    }

    /// The command of ``ScriptEngine/hexists(_:_:)``.
    public static func hexists(_ key: RedisKey, _ field: String) -> Self where Value == Bool {
        Self(RedisCommand("HEXISTS", [key.argument, .string(field)], isRepeatable: true), .flag)
    }

    /// The command of ``ScriptEngine/hlen(_:)``.
    public static func hlen(_ key: RedisKey) -> Self where Value == Int {
        Self(RedisCommand("HLEN", [key.argument], isRepeatable: true), .integer)
    }

    /// The command of ``ScriptEngine/hkeys(_:)``.
    public static func hkeys(_ key: RedisKey) -> Self where Value == [String] {
        Self(RedisCommand("HKEYS", [key.argument], isRepeatable: true), .values())
    }

    /// The command of ``ScriptEngine/hvals(_:as:)``.
    public static func hvals<V: RedisValue>(_ key: RedisKey, as type: V.Type = String.self) -> TypedCommand<[V]> {
        TypedCommand<[V]>(RedisCommand("HVALS", [key.argument], isRepeatable: true), .values())
    }

    /// The command of ``ScriptEngine/hincrby(_:_:by:)``.
    public static func hincrby(_ key: RedisKey, _ field: String, by amount: Int = 1) -> Self where Value == Int {
        Self(RedisCommand("HINCRBY", [key.argument, .string(field), .integer(amount)]), .integer)
    }

    /// The command of ``ScriptEngine/hincrbyfloat(_:_:by:)``.
    public static func hincrbyfloat(_ key: RedisKey, _ field: String, by amount: Double) -> Self where Value == Double {
        Self(RedisCommand("HINCRBYFLOAT", [key.argument, .string(field), amount.redisArgument]), .value())
    }
}
