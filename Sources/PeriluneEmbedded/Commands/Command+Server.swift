import PeriluneCore

extension Command {
    /// The commands that concern no key.
    static let server: [Command] = [
        Command("dbsize", 1) { keyspace, _ in .integer(keyspace.count) },
        Command("echo", 2) { _, arguments in .bulk(arguments[1]) },
        Command("ping", -1) { _, arguments in
            switch arguments.count {
            case 1: .status("PONG")
            case 2: .bulk(arguments[1])
            default: .error("ERR wrong number of arguments for 'ping' command")
            }
        },
        Command("time", 1) { keyspace, _ in
            // The live clock, as on redis-server 7.0: only expiry stands still within a script.
            let (seconds, microseconds) = keyspace.clock.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
            return .array([.value(.integer(Int(seconds))), .value(.integer(Int(microseconds)))])
        },
    ]
}
