extension Command {
    /// The commands on single sets.
    static let sets: [Command] = [
        Command("sadd", -3, [.write, .mayGrow]) { keyspace, arguments in
            let set = try keyspace.collectionToFill(SetValue.self, for: arguments[1])
            var added = 0
            for index in 2..<arguments.count where set.insert(arguments[index]) { added += 1 }
            return .integer(added)
        },
        Command("scard", 2) { keyspace, arguments in
            .integer(try keyspace.collection(SetValue.self, for: arguments[1])?.count ?? 0)
        },
        Command("sismember", 3) { keyspace, arguments in
            let set = try keyspace.collection(SetValue.self, for: arguments[1])
            return .integer(set?.contains(arguments[2]) == true ? 1 : 0)
        },
        Command("smembers", 2) { keyspace, arguments in
            let set = try keyspace.collection(SetValue.self, for: arguments[1])
            return .typed(.set, set?.members.map { .value($0) } ?? [])
        },
        Command("smismember", -3) { keyspace, arguments in
            let set = try keyspace.collection(SetValue.self, for: arguments[1])
            return .array((2..<arguments.count).map { .integer(set?.contains(arguments[$0]) == true ? 1 : 0) })
        },
        Command("smove", 4, .write, moveMember),
        Command("spop", -2, .write, popMembers),
        Command("srandmember", -2, [], randomMembers),
        Command("srem", -3, .write) { keyspace, arguments in
            guard let set = try keyspace.collection(SetValue.self, for: arguments[1]) else { return .integer(0) }
            var removed = 0
            for index in 2..<arguments.count where set.remove(arguments[index]) { removed += 1 }
            keyspace.removeIfEmpty(set, under: arguments[1])
            return .integer(removed)
        },
        Command("sscan", -3, [], scanMembers),
    ]

    /// `SMOVE source destination member`
    private static func moveMember(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        guard let source = try keyspace.collection(SetValue.self, for: arguments[1]) else { return .integer(0) }
        let destination = try keyspace.collection(SetValue.self, for: arguments[2])
        if destination === source { return .integer(source.contains(arguments[3]) ? 1 : 0) }
        guard source.remove(arguments[3]) else { return .integer(0) }
        keyspace.removeIfEmpty(source, under: arguments[1])
        try keyspace.collectionToFill(SetValue.self, for: arguments[2]).insert(arguments[3])
        return .integer(1)
    }

    /// `SPOP key [count]`
    private static func popMembers(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        guard arguments.count <= 3 else { throw .syntax }
        let count = arguments.count == 3 ? try arguments.count(2) : nil
        guard let set = try keyspace.collection(SetValue.self, for: arguments[1]) else {
            return count == nil ? .null : .typed(.set, [])
        }
        let popped = set.randomMembers(count ?? 1)
        if popped.count == set.count {
            keyspace.remove(arguments[1])
        } else {
            for member in popped { set.remove(member) }
        }
        return count == nil ? popped.first.map { .value($0) } ?? .null : .typed(.set, popped.map { .value($0) })
    }

    /// `SRANDMEMBER key [count]`
    private static func randomMembers(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        guard arguments.count <= 3 else { throw .syntax }
        guard arguments.count == 3 else {
            let set = try keyspace.collection(SetValue.self, for: arguments[1])
            return set?.randomMember().map { .value($0) } ?? .null
        }
        let count = try SampleCount(arguments, at: 2, option: nil)
        guard let set = try keyspace.collection(SetValue.self, for: arguments[1]) else { return .emptyArray }
        return switch count {
        case .different(let number): .array(set.randomMembers(number).map { .value($0) })
        case .repeated(let number):
            .array((0..<number).compactMap { _ in set.randomMember().map { .value($0) } })
        }
    }

    private static func scanMembers(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        let cursor = try ScanOptions.cursor(arguments[2])
        guard let set = try keyspace.collection(SetValue.self, for: arguments[1]) else {
            return ScanOptions.reply(cursor: 0, [])
        }
        let options = try ScanOptions(arguments, from: 3, takesType: false)
        var replies: [CommandReply] = []
        let next = set.scan(from: cursor, meeting: options.count) { member in
            if options.matches(member) { replies.append(.bulk(member)) }
        }
        return ScanOptions.reply(cursor: next, replies)
    }
}
