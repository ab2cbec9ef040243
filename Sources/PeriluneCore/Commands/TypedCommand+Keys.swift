// Keys of any type. As values: see ``TypedCommand``.

extension TypedCommand {
    /// The command of ``ScriptEngine/del(_:)``.
    public static func del(_ key: RedisKey) -> Self where Value == Bool {
        Self(RedisCommand("DEL", [key.argument]), .flag)
    }

    /// The command of ``ScriptEngine/del(_:)``.
    public static func del(_ keys: [RedisKey]) -> Self where Value == Int {
        Self(RedisCommand("DEL", keys.map(\.argument)), .integer)
    }

    /// The command of ``ScriptEngine/unlink(_:)``.
    public static func unlink(_ keys: [RedisKey]) -> Self where Value == Int {
        Self(RedisCommand("UNLINK", keys.map(\.argument)), .integer)
    }

    /// The command of ``ScriptEngine/exists(_:)``.
    public static func exists(_ key: RedisKey) -> Self where Value == Bool {
        Self(RedisCommand("EXISTS", [key.argument], isRepeatable: true), .flag)
    }

    /// The command of ``ScriptEngine/exists(_:)``.
    public static func exists(_ keys: [RedisKey]) -> Self where Value == Int {
        Self(RedisCommand("EXISTS", keys.map(\.argument), isRepeatable: true), .integer)
    }

    /// The command of ``ScriptEngine/type(_:)``.
    public static func type(_ key: RedisKey) -> Self where Value == RedisType? {
        Self(RedisCommand("TYPE", [key.argument], isRepeatable: true), .type)
    }

    /// The command of ``ScriptEngine/rename(_:to:)``.
    public static func rename(_ key: RedisKey, to newKey: RedisKey) -> Self where Value == Void {
        Self(RedisCommand("RENAME", [key.argument, newKey.argument]), .ok)
    }

    /// The command of ``ScriptEngine/renamenx(_:to:)``.
    public static func renamenx(_ key: RedisKey, to newKey: RedisKey) -> Self where Value == Bool {
        Self(RedisCommand("RENAMENX", [key.argument, newKey.argument]), .flag)
    }

    /// The command of ``ScriptEngine/copy(_:to:replacing:)``.
    public static func copy(_ key: RedisKey, to destination: RedisKey, replacing: Bool = false) -> Self
    where Value == Bool {
        Self(RedisCommand("COPY", [key.argument, destination.argument] + (replacing ? ["REPLACE"] : [])), .flag)
    }
}
