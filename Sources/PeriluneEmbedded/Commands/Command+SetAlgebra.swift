extension Command {
    /// The commands that combine sets.
    static let setAlgebra: [Command] = [
        Command("sdiff", -2) { keyspace, arguments in
            reply(try difference(of: arguments, 1..<arguments.count, in: &keyspace))
        },
        Command("sdiffstore", -3, [.write, .mayGrow]) { keyspace, arguments in
            store(try difference(of: arguments, 2..<arguments.count, in: &keyspace), arguments, in: &keyspace)
        },
        Command("sinter", -2) { keyspace, arguments in
            reply(try intersection(of: arguments, 1..<arguments.count, in: &keyspace))
        },
        Command("sintercard", -3) { keyspace, arguments in
            let (keys, limit) = try intersectionCount(arguments)
            return .integer(try intersection(of: arguments, keys, atMost: limit, in: &keyspace).count)
        },
        Command("sinterstore", -3, [.write, .mayGrow]) { keyspace, arguments in
            store(try intersection(of: arguments, 2..<arguments.count, in: &keyspace), arguments, in: &keyspace)
        },
        Command("sunion", -2) { keyspace, arguments in
            reply(try union(of: arguments, 1..<arguments.count, in: &keyspace))
        },
        Command("sunionstore", -3, [.write, .mayGrow]) { keyspace, arguments in
            store(try union(of: arguments, 2..<arguments.count, in: &keyspace), arguments, in: &keyspace)
        },
    ]

    private static func reply(_ set: SetValue) -> CommandReply {
        .typed(.set, set.members.map { .value($0) })
    }

    private static func store(
        _ set: SetValue, _ arguments: Arguments, in keyspace: inout Keyspace
    ) -> CommandReply {
        keyspace.store(set, under: arguments[1])
        return .integer(set.count)
    }

    /// The sets under some of the arguments; `nil` for no key.
    private static func sets(
        _ arguments: Arguments, _ keys: Range<Int>, in keyspace: inout Keyspace
    ) throws(CommandError) -> [SetValue?] {
        var sets: [SetValue?] = []
        for index in keys { sets.append(try keyspace.collection(SetValue.self, for: arguments[index])) }
        return sets
    }

    private static func union(
        of arguments: Arguments, _ keys: Range<Int>, in keyspace: inout Keyspace
    ) throws(CommandError) -> SetValue {
        let result = SetValue()
        for set in try sets(arguments, keys, in: &keyspace) {
            set?.visit { member in
                result.insert(member)
                return true
            }
        }
        return result
    }

    /// O(size of the first × number of sets).
    private static func difference(
        of arguments: Arguments, _ keys: Range<Int>, in keyspace: inout Keyspace
    ) throws(CommandError) -> SetValue {
        let sets = try sets(arguments, keys, in: &keyspace)
        let result = SetValue()
        guard let first = sets.first ?? nil else { return result }
        let others = sets.dropFirst().compactMap { $0 }
        first.visit { member in
            if !others.contains(where: { $0.contains(member) }) { result.insert(member) }
            return true
        }
        return result
    }

    /// O(size of the smallest × number of sets).
    private static func intersection(
        of arguments: Arguments, _ keys: Range<Int>, atMost limit: Int = .max, in keyspace: inout Keyspace
    ) throws(CommandError) -> SetValue {
        let all = try sets(arguments, keys, in: &keyspace)
        let sets = all.compactMap { $0 }
        let result = SetValue()
        guard sets.count == all.count, let smallest = sets.min(by: { $0.count < $1.count }) else { return result }
        let others = sets.filter { $0 !== smallest }
        smallest.visit { member in
            if others.allSatisfy({ $0.contains(member) }) { result.insert(member) }
            return result.count < limit
        }
        return result
    }

    /// `SINTERCARD numkeys key [key ...] [LIMIT limit]`: where the keys stand, and the limit.
    private static func intersectionCount(_ arguments: Arguments) throws(CommandError) -> (keys: Range<Int>, limit: Int)
    {
        guard let keyCount = arguments[1].integer, keyCount > 0 else {
            throw CommandError("ERR numkeys should be greater than 0")
        }
        guard keyCount <= arguments.count - 2 else {
            throw CommandError("ERR Number of keys can't be greater than number of args")
        }
        var limit = 0
        var index = 2 + keyCount
        while index < arguments.count {
            guard arguments[index].isWord("limit"), index + 1 < arguments.count else { throw .syntax }
            limit = try arguments.count(index + 1, orElse: CommandError("ERR LIMIT can't be negative"))
            index += 2
        }
        return (2..<(2 + keyCount), limit == 0 ? .max : limit)
    }
}
