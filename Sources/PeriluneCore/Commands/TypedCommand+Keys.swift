// Keys of any type. As values: see ``TypedCommand``.

extension TypedCommand {
    /// The command of ``ScriptEngine/del(_:)``.
    public static func del(_ key: RedisKey) -> TypedCommand<Bool> where Value == Bool {
        TypedCommand<Bool>(RedisCommand("DEL", [key.argument]), .flag)
    }

    /// The command of ``ScriptEngine/del(_:)``.
    public static func del(_ keys: [RedisKey]) -> TypedCommand<Int> where Value == Int {
        TypedCommand<Int>(RedisCommand("DEL", keys.map(\.argument)), .integer)
    }

    /// The command of ``ScriptEngine/unlink(_:)``.
    public static func unlink(_ keys: [RedisKey]) -> TypedCommand<Int> where Value == Int {
        TypedCommand<Int>(RedisCommand("UNLINK", keys.map(\.argument)), .integer)
    }

    /// The command of ``ScriptEngine/exists(_:)``.
    public static func exists(_ key: RedisKey) -> TypedCommand<Bool> where Value == Bool {
        TypedCommand<Bool>(RedisCommand("EXISTS", [key.argument], isRepeatable: true), .flag)
    }

    /// The command of ``ScriptEngine/exists(_:)``.
    public static func exists(_ keys: [RedisKey]) -> TypedCommand<Int> where Value == Int {
        TypedCommand<Int>(RedisCommand("EXISTS", keys.map(\.argument), isRepeatable: true), .integer)
    }

    /// The command of ``ScriptEngine/type(_:)``.
    public static func type(_ key: RedisKey) -> TypedCommand<RedisType?> where Value == RedisType? {
        TypedCommand<RedisType?>(RedisCommand("TYPE", [key.argument], isRepeatable: true), .type)
    }

    /// The command of ``ScriptEngine/rename(_:to:)``.
    public static func rename(_ key: RedisKey, to newKey: RedisKey) -> TypedCommand<Void> where Value == Void {
        TypedCommand<Void>(RedisCommand("RENAME", [key.argument, newKey.argument]), .ok)
    }

    /// The command of ``ScriptEngine/renamenx(_:to:)``.
    public static func renamenx(_ key: RedisKey, to newKey: RedisKey) -> TypedCommand<Bool> where Value == Bool {
        TypedCommand<Bool>(RedisCommand("RENAMENX", [key.argument, newKey.argument]), .flag)
    }

    /// The command of ``ScriptEngine/copy(_:to:replacing:)``.
    public static func copy(_ key: RedisKey, to destination: RedisKey, replacing: Bool = false) -> TypedCommand<Bool>
    where Value == Bool {
        TypedCommand<Bool>(
            RedisCommand("COPY", [key.argument, destination.argument] + (replacing ? ["REPLACE"] : [])), .flag)
    }
}
