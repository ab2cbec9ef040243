import PeriluneCore

/// What tests have to know of commands.
enum StepCommand {
    /// Commands that wait: the clock of a test stands still, so that they would for good.
    private static let waiting: Set<String> = [
        "BLMOVE", "BLMPOP", "BLPOP", "BRPOP", "BRPOPLPUSH", "BZMPOP", "BZPOPMAX", "BZPOPMIN", "MONITOR", "PSUBSCRIBE",
        "SSUBSCRIBE", "SUBSCRIBE", "WAIT", "WAITAOF",
    ]

    /// Commands that reach beyond the data that a test is about: other databases, or the server itself.
    private static let farReaching: Set<String> = [
        "ACL", "BGREWRITEAOF", "BGSAVE", "CLUSTER", "CONFIG", "DEBUG", "FAILOVER", "FLUSHALL", "MIGRATE", "MODULE",
        "MOVE", "PSYNC", "REPLICAOF", "RESTORE-ASKING", "SAVE", "SELECT", "SHUTDOWN", "SLAVEOF", "SWAPDB", "SYNC",
    ]

    /// Commands about the connection, which on a server is not the script's.
    private static let connection: Set<String> = [
        "ASKING", "AUTH", "CLIENT", "DISCARD", "EXEC", "HELLO", "MULTI", "QUIT", "READONLY", "READWRITE", "RESET",
        "UNWATCH",
        "WATCH",
    ]

    /// Commands whose replies are in an order that servers do not promise.
    private static let unordered: Set<String> = [
        "HGETALL", "HKEYS", "HSCAN", "HVALS", "KEYS", "PUBSUB", "SCAN", "SDIFF", "SINTER", "SMEMBERS", "SSCAN",
        "SUNION",
        "ZSCAN",
    ]

    /// Whether a command's reply is in an order that servers do not promise.
    static func isUnordered(_ name: String) -> Bool { unordered.contains(name.uppercased()) }

    /// Whether a command that a script has called reaches beyond the data of its test.
    static func isFarReaching(_ name: String) -> Bool { farReaching.contains(name.uppercased()) }

    /// What is against a command in a step; `nil` when nothing is.
    static func objection(to words: [[UInt8]]) -> String? {
        let words = words.map { String(decoding: $0, as: UTF8.self).uppercased() }
        guard let name = words.first else { return nil }
        let blocks = name.hasPrefix("XREAD") && words.contains("BLOCK")
        if waiting.contains(name) || blocks { return "\(name) waits, and the clock of a test stands still" }
        if connection.contains(name) { return "\(name) is about a connection, and not about data" }
        if farReaching.contains(name) || name == "COPY" && words.contains("DB") {
            return "\(name) reaches beyond the database of a test"
        }
        return nil
    }
}
