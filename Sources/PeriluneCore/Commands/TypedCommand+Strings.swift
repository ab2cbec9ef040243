// Strings: one value at a key. As values: see ``TypedCommand``.

extension TypedCommand {
    /// The command of ``ScriptEngine/set(_:_:if:expiring:)``.
    public static func set(
        _ key: RedisKey, _ value: some RedisArgumentConvertible, if condition: SetCondition = .always,
        expiring expiry: Expiry = .never
    ) -> Self where Value == Bool {
        Self(
            RedisCommand(
                "SET", [key.argument, value.redisArgument] + condition.arguments + expiry.setArguments,
                isRepeatable: condition == .always), .okOrNull)
    }

    /// The command of ``ScriptEngine/getset(_:_:if:expiring:as:)``.
    public static func getset<V: RedisValue>(
        _ key: RedisKey, _ value: some RedisArgumentConvertible, if condition: SetCondition = .always,
        expiring expiry: Expiry = .never, as type: V.Type = String.self
    ) -> TypedCommand<V?> {
        TypedCommand<V?>(
            RedisCommand(
                "SET", [key.argument, value.redisArgument] + condition.arguments + expiry.setArguments + ["GET"]),
            .optional())
    }

    /// The command of ``ScriptEngine/get(_:as:)``.
    public static func get<V: RedisValue>(_ key: RedisKey, as type: V.Type = String.self) -> TypedCommand<V?> {
        TypedCommand<V?>(RedisCommand("GET", [key.argument], isRepeatable: true), .optional())
    }

    /// The command of ``ScriptEngine/getdel(_:as:)``.
    public static func getdel<V: RedisValue>(_ key: RedisKey, as type: V.Type = String.self) -> TypedCommand<V?> {
        TypedCommand<V?>(RedisCommand("GETDEL", [key.argument]), .optional())
    }

    /// The command of ``ScriptEngine/getex(_:expiring:as:)``.
    public static func getex<V: RedisValue>(_ key: RedisKey, expiring expiry: Expiry, as type: V.Type = String.self)
        -> TypedCommand<V?>
    {
        // When the time has passed, the first run has deleted what the second would read.
        let isRepeatable =
            switch expiry {
            case .never, .unchanged: true
            case .after, .at: false
            }
        return TypedCommand<V?>(
            RedisCommand("GETEX", [key.argument] + expiry.getArguments, isRepeatable: isRepeatable), .optional())
    }

    /// The command of ``ScriptEngine/mget(_:as:)``.
    public static func mget<V: RedisValue>(_ keys: [RedisKey], as type: V.Type = String.self) -> TypedCommand<[V?]> {
        TypedCommand<[V?]>(RedisCommand("MGET", keys.map(\.argument), isRepeatable: true), .optionals())
    }

    /// The command of ``ScriptEngine/mset(_:)``.
    public static func mset(_ values: [RedisKey: RedisArgument]) -> Self where Value == Void {
        Self(RedisCommand("MSET", RedisArgument.list(values), isRepeatable: true), .ok)
    }

    /// The command of ``ScriptEngine/msetnx(_:)``.
    public static func msetnx(_ values: [RedisKey: RedisArgument]) -> Self where Value == Bool {
        Self(RedisCommand("MSETNX", RedisArgument.list(values)), .flag)
    }

    /// The command of ``ScriptEngine/incr(_:by:)``.
    public static func incr(_ key: RedisKey, by amount: Int = 1) -> Self where Value == Int {
        Self(RedisCommand("INCRBY", [key.argument, .integer(amount)]), .integer)
    }

    /// The command of ``ScriptEngine/incrbyfloat(_:by:)``.
    public static func incrbyfloat(_ key: RedisKey, by amount: Double) -> Self where Value == Double {
        Self(RedisCommand("INCRBYFLOAT", [key.argument, amount.redisArgument]), .value())
    }

    /// The command of ``ScriptEngine/append(_:_:)``.
    public static func append(_ key: RedisKey, _ value: some RedisArgumentConvertible) -> Self where Value == Int {
        Self(RedisCommand("APPEND", [key.argument, value.redisArgument]), .integer)
    }

    /// The command of ``ScriptEngine/strlen(_:)``.
    public static func strlen(_ key: RedisKey) -> Self where Value == Int {
        Self(RedisCommand("STRLEN", [key.argument], isRepeatable: true), .integer)
    }

    /// The command of ``ScriptEngine/getrange(_:from:to:)``.
    public static func getrange(_ key: RedisKey, from start: Int, to end: Int) -> Self where Value == [UInt8] {
        Self(RedisCommand("GETRANGE", [key.argument, .integer(start), .integer(end)], isRepeatable: true), .value())
    }

    /// The command of ``ScriptEngine/setrange(_:at:_:)``.
    public static func setrange(_ key: RedisKey, at offset: Int, _ value: some RedisArgumentConvertible) -> Self
    where Value == Int {
        Self(
            RedisCommand("SETRANGE", [key.argument, .integer(offset), value.redisArgument], isRepeatable: true),
            .integer)
    }
}
