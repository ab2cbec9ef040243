extension Command {
    /// The commands that look for keys, and that give them other names.
    static let keyspace: [Command] = [
        Command("keys", 2) { keyspace, arguments in
            let glob = Glob(pattern: arguments[1])
            return .array(keyspace.keys { glob.matchesAll || glob.matches($0) }.map { .bulk($0) })
        },
        Command("object", -2, .hasSubcommands) { keyspace, arguments in
            try run(objectCommands, of: "OBJECT", &keyspace, arguments)
        },
        Command("randomkey", 1) { keyspace, _ in
            keyspace.randomEntry().map { .bulk($0.key) } ?? .null
        },
        Command("rename", 3, .write) { keyspace, arguments in
            _ = try rename(arguments, onlyIfAbsent: false, in: &keyspace)
            return .ok
        },
        Command("renamenx", 3, .write) { keyspace, arguments in
            .integer(try rename(arguments, onlyIfAbsent: true, in: &keyspace) ? 1 : 0)
        },
        Command("scan", -2, [], scanKeys),
    ]

    /// Gives a key another name, with its value and expiry, and answers whether that was done.
    private static func rename(
        _ arguments: Arguments, onlyIfAbsent: Bool, in keyspace: inout Keyspace
    ) throws(CommandError) -> Bool {
        guard let source = keyspace.entry(for: arguments[1]) else { throw .noSuchKey }
        let destination = keyspace.entry(for: arguments[2])
        if destination === source { return !onlyIfAbsent }
        if onlyIfAbsent, destination != nil { return false }
        let value = source.header.value
        keyspace.remove(source)
        keyspace.set(arguments[2], to: value, like: source)
        return true
    }

    /// `SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]`
    private static func scanKeys(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        let cursor = try ScanOptions.cursor(arguments[1])
        let options = try ScanOptions(arguments, from: 2, takesType: true)
        var keys: [CommandReply] = []
        let next = keyspace.scan(from: cursor, meeting: options.count) { entry in
            if let type = options.type, !type.isWord(entry.header.value.typeName) { return }
            let key = entry.key
            if options.matches(key) { keys.append(.bulk(key)) }
        }
        return ScanOptions.reply(cursor: next, keys)
    }
}
