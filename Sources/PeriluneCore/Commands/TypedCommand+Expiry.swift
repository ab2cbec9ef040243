#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

// Expiry: when keys end by themselves. As values: see ``TypedCommand``.

extension TypedCommand {
    /// The command of ``ScriptEngine/expire(_:after:if:)``.
    public static func expire(_ key: RedisKey, after time: Duration, if condition: ExpireCondition = .always) -> Self
    where Value == Bool {
        Self(
            RedisCommand(
                "PEXPIRE", [key.argument, .integer(time.millisecondsRoundedUp)] + condition.arguments,
                isRepeatable: condition == .always && time > .zero), .flag)
    }

    /// The command of ``ScriptEngine/expire(_:at:if:)``.
    public static func expire(_ key: RedisKey, at date: Date, if condition: ExpireCondition = .always) -> Self
    where Value == Bool {
        Self(
            RedisCommand("PEXPIREAT", [key.argument, .integer(date.millisecondsRoundedUp)] + condition.arguments), .flag
        )
    }

    /// The command of ``ScriptEngine/persist(_:)``.
    public static func persist(_ key: RedisKey) -> Self where Value == Bool {
        Self(RedisCommand("PERSIST", [key.argument]), .flag)
    }

    /// The command of ``ScriptEngine/ttl(_:)``.
    public static func ttl(_ key: RedisKey) -> Self where Value == TimeToLive {
        Self(RedisCommand("PTTL", [key.argument], isRepeatable: true), .timeToLive)
    }
}
