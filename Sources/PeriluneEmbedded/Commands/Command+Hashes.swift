extension Command {
    /// The commands on hashes.
    static let hashes: [Command] = [
        Command("hdel", -3, .write) { keyspace, arguments in
            guard let hash = try keyspace.collection(HashValue.self, for: arguments[1]) else { return .integer(0) }
            var removed = 0
            for index in 2..<arguments.count where hash.remove(arguments[index]) { removed += 1 }
            keyspace.removeIfEmpty(hash, under: arguments[1])
            return .integer(removed)
        },
        Command("hexists", 3) { keyspace, arguments in
            let hash = try keyspace.collection(HashValue.self, for: arguments[1])
            return .integer(hash?.contains(arguments[2]) == true ? 1 : 0)
        },
        Command("hget", 3) { keyspace, arguments in
            let hash = try keyspace.collection(HashValue.self, for: arguments[1])
            return hash?[arguments[2]].map { .value($0) } ?? .null
        },
        Command("hgetall", 2) { keyspace, arguments in
            try elements(arguments[1], in: &keyspace, fields: true, values: true)
        },
        Command("hincrby", 4, [.write, .mayGrow], incrementField),
        Command("hincrbyfloat", 4, [.write, .mayGrow], incrementFieldByFloat),
        Command("hkeys", 2) { keyspace, arguments in
            try elements(arguments[1], in: &keyspace, fields: true, values: false)
        },
        Command("hlen", 2) { keyspace, arguments in
            .integer(try keyspace.collection(HashValue.self, for: arguments[1])?.count ?? 0)
        },
        Command("hmget", -3) { keyspace, arguments in
            let hash = try keyspace.collection(HashValue.self, for: arguments[1])
            return .array((2..<arguments.count).map { hash?[arguments[$0]].map { .value($0) } ?? .null })
        },
        Command("hmset", -4, [.write, .mayGrow]) { keyspace, arguments in
            _ = try setFields(arguments, command: "hmset", in: &keyspace)
            return .ok
        },
        Command("hrandfield", -2, [], randomFields),
        Command("hscan", -3, [], scanFields),
        Command("hset", -4, [.write, .mayGrow]) { keyspace, arguments in
            .integer(try setFields(arguments, command: "hset", in: &keyspace))
        },
        Command("hsetnx", 4, [.write, .mayGrow]) { keyspace, arguments in
            let hash = try keyspace.collectionToFill(HashValue.self, for: arguments[1])
            guard !hash.contains(arguments[2]) else { return .integer(0) }
            hash.set(arguments[2], to: StoredString(arguments[3]))
            return .integer(1)
        },
        Command("hstrlen", 3) { keyspace, arguments in
            let hash = try keyspace.collection(HashValue.self, for: arguments[1])
            return .integer(hash?[arguments[2]]?.count ?? 0)
        },
        Command("hvals", 2) { keyspace, arguments in
            try elements(arguments[1], in: &keyspace, fields: false, values: true)
        },
    ]

    /// Sets fields to values, and answers how many fields are new.
    private static func setFields(
        _ arguments: Arguments, command: String, in keyspace: inout Keyspace
    ) throws(CommandError) -> Int {
        guard arguments.count % 2 == 0 else { throw .argumentCount(of: command) }
        let hash = try keyspace.collectionToFill(HashValue.self, for: arguments[1])
        var added = 0
        for index in stride(from: 2, to: arguments.count, by: 2)
        where hash.set(arguments[index], to: StoredString(arguments[index + 1])) { added += 1 }
        return added
    }

    private static func elements(
        _ key: ByteSlice, in keyspace: inout Keyspace, fields: Bool, values: Bool
    ) throws(CommandError) -> CommandReply {
        guard let hash = try keyspace.collection(HashValue.self, for: key) else {
            return fields && values ? .typed(.map, []) : .emptyArray
        }
        var replies: [CommandReply] = []
        replies.reserveCapacity(fields && values ? hash.count * 2 : hash.count)
        for element in hash.all {
            if fields { replies.append(.bulk(element.key)) }
            if values { replies.append(.value(element.value)) }
        }
        return fields && values ? .typed(.map, replies) : .array(replies)
    }

    private static func incrementField(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        let amount = try arguments.integer(3)
        let hash = try keyspace.collectionToFill(HashValue.self, for: arguments[1])
        var old = 0
        if let value = hash[arguments[2]] {
            guard let integer = value.integer else { throw CommandError("ERR hash value is not an integer") }
            old = integer
        }
        let (sum, overflow) = old.addingReportingOverflow(amount)
        guard !overflow else { throw CommandError("ERR increment or decrement would overflow") }
        hash.set(arguments[2], to: .integer(sum))
        return .integer(sum)
    }

    private static func incrementFieldByFloat(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        // The amount is judged before the key is looked up, and is wrong in a way of its own when it is infinite.
        _ = try sum(
            .integer(0), arguments[3], ifNoNumber: .notAFloat,
            ifOutOfRange: CommandError("ERR value is NaN or Infinity"))
        let hash = try keyspace.collection(HashValue.self, for: arguments[1])
        let old = hash?[arguments[2]] ?? .integer(0)
        let value = StoredString(
            try sum(old, arguments[3], ifNoNumber: CommandError("ERR hash value is not a float")))
        try keyspace.collectionToFill(HashValue.self, for: arguments[1]).set(arguments[2], to: value)
        return .value(value)
    }

    /// `HRANDFIELD key [count [WITHVALUES]]`
    private static func randomFields(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        guard arguments.count > 2 else {
            guard let hash = try keyspace.collection(HashValue.self, for: arguments[1]) else { return .null }
            return hash.randomElement().map { .bulk($0.key) } ?? .null
        }
        let count = try SampleCount(arguments, at: 2, option: "withvalues")
        let withValues = arguments.count == 4
        guard let hash = try keyspace.collection(HashValue.self, for: arguments[1]) else { return .emptyArray }
        let elements =
            switch count {
            case .different(let number): hash.randomElements(number)
            case .repeated(let number): (0..<number).compactMap { _ in hash.randomElement() }
            }
        guard withValues else { return .array(elements.map { .bulk($0.key) }) }
        return .typed(.pairs, elements.flatMap { [.bulk($0.key), .value($0.value)] })
    }

    private static func scanFields(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        let cursor = try ScanOptions.cursor(arguments[2])
        guard let hash = try keyspace.collection(HashValue.self, for: arguments[1]) else {
            return ScanOptions.reply(cursor: 0, [])
        }
        let options = try ScanOptions(arguments, from: 3, takesType: false)
        var replies: [CommandReply] = []
        let next = hash.scan(from: cursor, meeting: options.count) { element in
            guard options.matches(element.key) else { return }
            replies.append(.bulk(element.key))
            replies.append(.value(element.value))
        }
        return ScanOptions.reply(cursor: next, replies)
    }
}

extension Command {
    /// What a stored number and an argument make together.
    static func sum(
        _ old: StoredString, _ amount: ByteSlice, ifNoNumber error: CommandError,
        ifOutOfRange rangeError: CommandError = .notANumberOrInfinite
    ) throws(CommandError) -> [UInt8] {
        switch old.withSlice({ Decimal.sum($0, amount) }) {
        case .bytes(let bytes): return bytes
        case .outOfRange: throw rangeError
        case .firstIsNoNumber: throw error
        case .secondIsNoNumber: throw .notAFloat
        }
    }
}
