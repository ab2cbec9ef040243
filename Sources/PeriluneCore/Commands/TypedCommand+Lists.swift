// Lists: elements in the order in which they were put at the ends. As values: see ``TypedCommand``.

extension TypedCommand {
    /// The command of ``ScriptEngine/lpush(_:_:)``.
    public static func lpush(_ key: RedisKey, _ elements: [some RedisArgumentConvertible]) -> Self where Value == Int {
        Self(RedisCommand("LPUSH", [key.argument] + elements.map(\.redisArgument)), .integer)
    }

    /// The command of ``ScriptEngine/rpush(_:_:)``.
    public static func rpush(_ key: RedisKey, _ elements: [some RedisArgumentConvertible]) -> Self where Value == Int {
        Self(RedisCommand("RPUSH", [key.argument] + elements.map(\.redisArgument)), .integer)
    }

    /// The command of ``ScriptEngine/lpop(_:as:)``.
    public static func lpop<V: RedisValue>(_ key: RedisKey, as type: V.Type = String.self) -> TypedCommand<V?> {
        TypedCommand<V?>(RedisCommand("LPOP", [key.argument]), .optional())
    }

    /// The command of ``ScriptEngine/rpop(_:as:)``.
    public static func rpop<V: RedisValue>(_ key: RedisKey, as type: V.Type = String.self) -> TypedCommand<V?> {
        TypedCommand<V?>(RedisCommand("RPOP", [key.argument]), .optional())
    }

    /// The command of ``ScriptEngine/lpop(_:count:as:)``.
    public static func lpop<V: RedisValue>(_ key: RedisKey, count: Int, as type: V.Type = String.self) -> TypedCommand<
        [V]
    > {
        TypedCommand<[V]>(RedisCommand("LPOP", [key.argument, .integer(count)]), .valuesOrNull())
    }

    /// The command of ``ScriptEngine/rpop(_:count:as:)``.
    public static func rpop<V: RedisValue>(_ key: RedisKey, count: Int, as type: V.Type = String.self) -> TypedCommand<
        [V]
    > {
        TypedCommand<[V]>(RedisCommand("RPOP", [key.argument, .integer(count)]), .valuesOrNull())
    }

    /// The command of ``ScriptEngine/llen(_:)``.
    public static func llen(_ key: RedisKey) -> Self where Value == Int {
        Self(RedisCommand("LLEN", [key.argument], isRepeatable: true), .integer)
    }

    /// The command of ``ScriptEngine/lrange(_:from:to:as:)``.
    public static func lrange<V: RedisValue>(
        _ key: RedisKey, from start: Int = 0, to end: Int = -1, as type: V.Type = String.self
    ) -> TypedCommand<[V]> {
        TypedCommand<[V]>(
            RedisCommand("LRANGE", [key.argument, .integer(start), .integer(end)], isRepeatable: true), .values())
    }

    /// The command of ``ScriptEngine/lindex(_:_:as:)``.
    public static func lindex<V: RedisValue>(_ key: RedisKey, _ index: Int, as type: V.Type = String.self)
        -> TypedCommand<V?>
    {
        TypedCommand<V?>(RedisCommand("LINDEX", [key.argument, .integer(index)], isRepeatable: true), .optional())
    }

    /// The command of ``ScriptEngine/lset(_:_:_:)``.
    public static func lset(_ key: RedisKey, _ index: Int, _ element: some RedisArgumentConvertible) -> Self
    where Value == Void {
        Self(RedisCommand("LSET", [key.argument, .integer(index), element.redisArgument]), .ok)
    }

    /// The command of ``ScriptEngine/linsert(_:_:_:_:)``.
    public static func linsert(
        _ key: RedisKey, _ element: some RedisArgumentConvertible, _ place: ListPlace,
        _ pivot: some RedisArgumentConvertible
    ) -> Self where Value == Int? {
        Self(
            RedisCommand(
                "LINSERT", [key.argument, .string(place.rawValue), pivot.redisArgument, element.redisArgument]),
            .insertion)
    }

    /// The command of ``ScriptEngine/lrem(_:_:count:)``.
    public static func lrem(_ key: RedisKey, _ element: some RedisArgumentConvertible, count: Int = 0) -> Self
    where Value == Int {
        Self(RedisCommand("LREM", [key.argument, .integer(count), element.redisArgument]), .integer)
    }

    /// The command of ``ScriptEngine/ltrim(_:from:to:)``.
    public static func ltrim(_ key: RedisKey, from start: Int, to end: Int) -> Self where Value == Void {
        Self(RedisCommand("LTRIM", [key.argument, .integer(start), .integer(end)]), .ok)
    }

    /// The command of ``ScriptEngine/lmove(_:_:to:_:as:)``.
    public static func lmove<V: RedisValue>(
        _ key: RedisKey, _ from: ListEnd, to destination: RedisKey, _ end: ListEnd, as type: V.Type = String.self
    ) -> TypedCommand<V?> {
        TypedCommand<V?>(
            RedisCommand("LMOVE", [key.argument, destination.argument, .string(from.rawValue), .string(end.rawValue)]),
            .optional())
    }

    /// The command of ``ScriptEngine/lpos(_:_:)``.
    public static func lpos(_ key: RedisKey, _ element: some RedisArgumentConvertible) -> Self where Value == Int? {
        Self(RedisCommand("LPOS", [key.argument, element.redisArgument], isRepeatable: true), .optionalInteger)
    }
}
