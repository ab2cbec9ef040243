extension Command {
    /// The commands on string values.
    static let strings: [Command] = [
        Command("append", 3, [.write, .mayGrow]) { keyspace, arguments in
            guard let entry = try keyspace.stringEntry(for: arguments[1]) else {
                keyspace.set(arguments[1], to: StoredString(arguments[2]))
                return .integer(arguments[2].count)
            }
            let addition = arguments[2].buffer
            guard entry.string.count + addition.count <= longestString else { throw tooLong }
            return .integer(keyspace.modifyString(of: entry) { $0.append(contentsOf: addition) })
        },
        Command("decr", 2, [.write, .mayGrow]) { keyspace, arguments in
            try increment(arguments[1], by: -1, in: &keyspace)
        },
        Command("decrby", 3, [.write, .mayGrow]) { keyspace, arguments in
            let amount = try arguments.integer(2)
            guard amount != .min else { return .error("ERR decrement would overflow") }
            return try increment(arguments[1], by: -amount, in: &keyspace)
        },
        Command("get", 2) { keyspace, arguments in try value(of: arguments[1], in: &keyspace) },
        Command("getdel", 2, .write) { keyspace, arguments in
            guard let entry = try keyspace.stringEntry(for: arguments[1]) else { return .null }
            let value = entry.string
            keyspace.remove(entry)
            return .value(value)
        },
        Command("getex", -2, .write, getAndExpire),
        Command("getrange", 4, [], range),
        Command("getset", 3, [.write, .mayGrow]) { keyspace, arguments in
            let old = try value(of: arguments[1], in: &keyspace)
            keyspace.set(arguments[1], to: StoredString(arguments[2]))
            return old
        },
        Command("incr", 2, [.write, .mayGrow]) { keyspace, arguments in
            try increment(arguments[1], by: 1, in: &keyspace)
        },
        Command("incrby", 3, [.write, .mayGrow]) { keyspace, arguments in
            let amount = try arguments.integer(2)
            return try increment(arguments[1], by: amount, in: &keyspace)
        },
        Command("incrbyfloat", 3, [.write, .mayGrow]) { keyspace, arguments in
            let old = try keyspace.string(for: arguments[1])
            let value = StoredString.bytes(try sum(old ?? .integer(0), arguments[2], ifNoNumber: .notAFloat))
            keyspace.set(arguments[1], to: .string(value), keepingExpiry: true)
            return .value(value)
        },
        Command("lcs", -3, [], findCommonSubsequence),
        Command("mget", -2) { keyspace, arguments in
            // Keys of other types are answered like absent ones.
            .array(
                (1..<arguments.count).map { index in
                    keyspace.entry(for: arguments[index])?.value ?? .null
                })
        },
        Command("mset", -3, [.write, .mayGrow]) { keyspace, arguments in
            guard arguments.count % 2 == 1 else { throw CommandError.argumentCount(of: "mset") }
            setAll(arguments, in: &keyspace)
            return .ok
        },
        Command("msetnx", -3, [.write, .mayGrow]) { keyspace, arguments in
            guard arguments.count % 2 == 1 else { throw CommandError.argumentCount(of: "msetnx") }
            for index in stride(from: 1, to: arguments.count, by: 2)
            where keyspace.entry(for: arguments[index]) != nil { return .integer(0) }
            setAll(arguments, in: &keyspace)
            return .integer(1)
        },
        Command("psetex", 4, [.write, .mayGrow]) { keyspace, arguments in
            try setExpiring(arguments, unit: 1, command: "psetex", in: &keyspace)
        },
        Command("set", -3, [.write, .mayGrow], setWithOptions),
        Command("setex", 4, [.write, .mayGrow]) { keyspace, arguments in
            try setExpiring(arguments, unit: 1_000, command: "setex", in: &keyspace)
        },
        Command("setnx", 3, [.write, .mayGrow]) { keyspace, arguments in
            guard keyspace.entry(for: arguments[1]) == nil else { return .integer(0) }
            keyspace.set(arguments[1], to: StoredString(arguments[2]))
            return .integer(1)
        },
        Command("setrange", 4, [.write, .mayGrow], setRange),
        Command("strlen", 2) { keyspace, arguments in
            .integer(try keyspace.string(for: arguments[1])?.count ?? 0)
        },
        Command("substr", 4, [], range),
    ]

    /// The longest string, in bytes: Redis' `proto-max-bulk-len`.
    static let longestString = 512 * 1024 * 1024
    private static let tooLong = CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)")

    private static func value(of key: ByteSlice, in keyspace: inout Keyspace) throws(CommandError) -> CommandReply {
        guard let string = try keyspace.string(for: key) else { return .null }
        return .value(string)
    }

    private static func increment(
        _ key: ByteSlice, by amount: Int, in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        guard let entry = try keyspace.stringEntry(for: key) else {
            keyspace.set(key, to: StoredString.integer(amount))
            return .integer(amount)
        }
        guard let old = entry.string.integer else { throw .notAnInteger }
        let (sum, overflow) = old.addingReportingOverflow(amount)
        guard !overflow else { return .error("ERR increment or decrement would overflow") }
        keyspace.replaceValue(of: entry, with: .string(.integer(sum)))
        return .integer(sum)
    }

    private static func setAll(_ arguments: Arguments, in keyspace: inout Keyspace) {
        for index in stride(from: 1, to: arguments.count, by: 2) {
            keyspace.set(arguments[index], to: StoredString(arguments[index + 1]))
        }
    }

    private static func setExpiring(
        _ arguments: Arguments, unit: Int64, command: String, in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        let amount = try arguments.integer(2)
        guard let expiry = Expiry.deadline(Int64(amount), unit: unit, isAbsolute: false, now: keyspace.now) else {
            return .invalidExpiry(of: command)
        }
        keyspace.expire(keyspace.set(arguments[1], to: StoredString(arguments[3])), at: expiry)
        return .ok
    }

    /// `SET key value [NX|XX] [GET] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL]`
    private static func setWithOptions(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        var onlyIfAbsent = false
        var onlyIfPresent = false
        var answersOld = false
        var keepsExpiry = false
        var expiry: (kind: Expiry.Option, index: Int)?
        var index = 3
        while index < arguments.count {
            let option = arguments[index]
            if option.isWord("nx"), !onlyIfPresent {
                onlyIfAbsent = true
            } else if option.isWord("xx"), !onlyIfAbsent {
                onlyIfPresent = true
            } else if option.isWord("get") {
                answersOld = true
            } else if option.isWord("keepttl"), expiry == nil {
                keepsExpiry = true
            } else if let kind = Expiry.Option(option), expiry == nil, !keepsExpiry, index + 1 < arguments.count {
                index += 1
                expiry = (kind, index)
            } else {
                throw .syntax
            }
            index += 1
        }
        // The amount is judged once the options are.
        var deadline: Int64?
        if let expiry {
            deadline = expiry.kind.deadline(Int64(try arguments.integer(expiry.index)), now: keyspace.now)
            if deadline == nil { return .invalidExpiry(of: "set") }
        }
        let old = onlyIfAbsent || onlyIfPresent || answersOld ? keyspace.entry(for: arguments[1]) : nil
        if answersOld, let old, old.value == nil { throw .wrongType }
        let oldValue = old?.value ?? .null
        if onlyIfAbsent && old != nil || onlyIfPresent && old == nil { return answersOld ? oldValue : .null }
        let entry = keyspace.set(arguments[1], to: .string(StoredString(arguments[2])), keepingExpiry: keepsExpiry)
        if let deadline { keyspace.expire(entry, at: deadline) }
        return answersOld ? oldValue : .ok
    }

    /// `GETEX key [EX s|PX ms|EXAT s|PXAT ms|PERSIST]`
    private static func getAndExpire(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        let persists = arguments.count == 3 && arguments[2].isWord("persist")
        let kind = arguments.count == 4 ? Expiry.Option(arguments[2]) : nil
        guard persists || kind != nil || arguments.count == 2 else { throw .syntax }
        // A wrong time for a key that is not there goes unnoticed, as on the server.
        guard let entry = try keyspace.stringEntry(for: arguments[1]) else { return .null }
        let value = entry.string
        if let kind {
            let amount = try arguments.integer(3)
            guard let deadline = kind.deadline(Int64(amount), now: keyspace.now) else {
                return .invalidExpiry(of: "getex")
            }
            keyspace.expire(entry, at: deadline)
        } else if persists {
            keyspace.expire(entry, at: Entry.never)
        }
        return .value(value)
    }

    private static func range(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        let first = try arguments.integer(2)
        let last = try arguments.integer(3)
        guard let string = try keyspace.string(for: arguments[1]) else { return .bulk([]) }
        if first < 0 && last < 0 && first > last { return .bulk([]) }
        return string.withSlice { .bulk($0[stringRange(from: first, to: last, of: $0.count)]) }
    }

    /// The positions in a string between two indices, both included, that count from the end when they are negative.
    /// Unlike in a list, an index in front of the first position stands for it at either end.
    static func stringRange(from first: Int, to last: Int, of count: Int) -> Range<Int> {
        let lower = max(first < 0 ? first + count : first, 0)
        let upper = min(max(last < 0 ? last + count : last, 0), count - 1)
        return lower <= upper ? lower..<(upper + 1) : 0..<0
    }

    private static func setRange(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        let offset = try arguments.integer(2)
        guard offset >= 0 else { return .error("ERR offset is out of range") }
        let addition = arguments[3]
        let present = try keyspace.stringEntry(for: arguments[1])
        guard addition.count > 0 else { return .integer(present?.string.count ?? 0) }
        let (end, overflow) = offset.addingReportingOverflow(addition.count)
        guard !overflow, end <= longestString else { throw tooLong }
        let entry = try keyspace.stringEntryToFill(for: arguments[1])
        return .integer(
            keyspace.modifyString(of: entry) { bytes in
                bytes.extend(to: end)
                bytes.replaceSubrange(offset..<end, with: addition.buffer)
            })
    }
}
