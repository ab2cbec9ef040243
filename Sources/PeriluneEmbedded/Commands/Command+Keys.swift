extension Command {
    /// The commands on keys of any type.
    static let keys: [Command] = [
        Command("del", -2, .write, delete),
        Command("exists", -2) { keyspace, arguments in countPresent(arguments, in: &keyspace) },
        Command("expire", -3, .write) { keyspace, arguments in
            expire(arguments, unit: 1_000, isAbsolute: false, command: "expire", in: &keyspace)
        },
        Command("expireat", -3, .write) { keyspace, arguments in
            expire(arguments, unit: 1_000, isAbsolute: true, command: "expireat", in: &keyspace)
        },
        Command("expiretime", 2) { keyspace, arguments in
            expiry(of: arguments[1], in: &keyspace) { deadline, _ in seconds(deadline) }
        },
        Command("persist", 2, .write) { keyspace, arguments in
            guard let entry = keyspace.entry(for: arguments[1]), entry.header.expiry != Entry.never else {
                return .integer(0)
            }
            keyspace.expire(entry, at: Entry.never)
            return .integer(1)
        },
        Command("pexpire", -3, .write) { keyspace, arguments in
            expire(arguments, unit: 1, isAbsolute: false, command: "pexpire", in: &keyspace)
        },
        Command("pexpireat", -3, .write) { keyspace, arguments in
            expire(arguments, unit: 1, isAbsolute: true, command: "pexpireat", in: &keyspace)
        },
        Command("pexpiretime", 2) { keyspace, arguments in
            expiry(of: arguments[1], in: &keyspace) { deadline, _ in deadline }
        },
        Command("pttl", 2) { keyspace, arguments in
            expiry(of: arguments[1], in: &keyspace) { deadline, now in time(from: now, to: deadline) }
        },
        Command("touch", -2) { keyspace, arguments in countPresent(arguments, in: &keyspace) },
        Command("ttl", 2) { keyspace, arguments in
            expiry(of: arguments[1], in: &keyspace) { deadline, now in seconds(time(from: now, to: deadline)) }
        },
        Command("type", 2) { keyspace, arguments in
            .status(keyspace.entry(for: arguments[1])?.header.value.typeName ?? "none")
        },
        Command("unlink", -2, .write, delete),
    ]

    private static func delete(_ keyspace: inout Keyspace, _ arguments: Arguments) -> CommandReply {
        var removed = 0
        for index in 1..<arguments.count {
            guard let entry = keyspace.entry(for: arguments[index]) else { continue }
            keyspace.remove(entry)
            removed += 1
        }
        return .integer(removed)
    }

    private static func countPresent(_ arguments: Arguments, in keyspace: inout Keyspace) -> CommandReply {
        var present = 0
        for index in 1..<arguments.count where keyspace.entry(for: arguments[index]) != nil { present += 1 }
        return .integer(present)
    }

    /// The time until an expiry, which lies ahead, in milliseconds. The furthest there is stands for any further one.
    private static func time(from now: Int64, to deadline: Int64) -> Int64 {
        let (time, overflow) = deadline.subtractingReportingOverflow(now)
        return overflow ? .max : time
    }

    /// Milliseconds as seconds, rounded to the nearest.
    private static func seconds(_ milliseconds: Int64) -> Int64 {
        milliseconds / 1_000 + (milliseconds % 1_000 >= 500 ? 1 : 0)
    }

    /// -2 for no key, -1 for no expiry, otherwise what the function makes of expiry and time, in milliseconds.
    private static func expiry(
        of key: ByteSlice, in keyspace: inout Keyspace, _ convert: (Int64, Int64) -> Int64
    ) -> CommandReply {
        guard let entry = keyspace.entry(for: key) else { return .integer(-2) }
        guard entry.header.expiry != Entry.never else { return .integer(-1) }
        return .integer(Int(convert(entry.header.expiry, keyspace.now)))
    }

    /// `EXPIRE key seconds [NX|XX|GT|LT]` and its kin.
    private static func expire(
        _ arguments: Arguments, unit: Int64, isAbsolute: Bool, command: String, in keyspace: inout Keyspace
    ) -> CommandReply {
        var (absent, present, greater, less) = (false, false, false, false)
        for index in 3..<max(arguments.count, 3) {
            let option = arguments[index]
            if option.isWord("nx") {
                absent = true
            } else if option.isWord("xx") {
                present = true
            } else if option.isWord("gt") {
                greater = true
            } else if option.isWord("lt") {
                less = true
            } else {
                return .error("ERR Unsupported option \(option.text)")
            }
        }
        if absent && (present || greater || less) {
            return .error("ERR NX and XX, GT or LT options at the same time are not compatible")
        }
        if greater && less { return .error("ERR GT and LT options at the same time are not compatible") }
        guard let amount = arguments[2].integer else { return .notAnInteger }
        guard let deadline = Expiry.anyDeadline(Int64(amount), unit: unit, isAbsolute: isAbsolute, now: keyspace.now)
        else { return .invalidExpiry(of: command) }
        guard let entry = keyspace.entry(for: arguments[1]) else { return .integer(0) }
        let current = entry.header.expiry  // a key without expiry counts as one that lives for ever
        if absent && current != Entry.never || present && current == Entry.never { return .integer(0) }
        if greater && deadline <= current || less && deadline >= current { return .integer(0) }
        keyspace.expire(entry, at: deadline)
        return .integer(1)
    }
}
