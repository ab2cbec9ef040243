extension Command {
    /// The commands that take an element, and wait for one when there is none.
    static let blockingPops: [Command] = [
        Command("blmove", 6, [.write, .mayGrow, .noScript]) { keyspace, arguments in
            guard let from = ListValue.End(arguments[3]), let to = ListValue.End(arguments[4]) else {
                throw CommandError.syntax
            }
            let milliseconds = try timeout(arguments[5])
            return try moveOrWait(arguments, from: from, to: to, milliseconds, in: &keyspace)
        },
        Command("blmpop", -5, .write) { keyspace, arguments in
            let request = try MultiplePop(arguments, from: 2, ends: ListValue.End.init)
            let milliseconds = try timeout(arguments[1])
            return try popFromFirstList(request, arguments, in: &keyspace)
                ?? wait(for: "list", arguments, request.keys, milliseconds)
        },
        Command("blpop", -3, [.write, .noScript]) { keyspace, arguments in
            try popElement(arguments, from: .left, in: &keyspace)
        },
        Command("brpop", -3, [.write, .noScript]) { keyspace, arguments in
            try popElement(arguments, from: .right, in: &keyspace)
        },
        Command("brpoplpush", 4, [.write, .mayGrow, .noScript]) { keyspace, arguments in
            let milliseconds = try timeout(arguments[3])
            return try moveOrWait(arguments, from: .right, to: .left, milliseconds, in: &keyspace)
        },
        Command("bzmpop", -5, .write) { keyspace, arguments in
            let request = try MultiplePop(arguments, from: 2, ends: Extreme.init)
            let milliseconds = try timeout(arguments[1])
            return try popFromFirstSortedSet(request, arguments, in: &keyspace)
                ?? wait(for: "zset", arguments, request.keys, milliseconds)
        },
        Command("bzpopmax", -3, [.write, .noScript]) { keyspace, arguments in
            try popMember(arguments, from: .highest, in: &keyspace)
        },
        Command("bzpopmin", -3, [.write, .noScript]) { keyspace, arguments in
            try popMember(arguments, from: .lowest, in: &keyspace)
        },
    ]

    /// A time-out in seconds as milliseconds, rounded up.
    private static func timeout(_ argument: ByteSlice) throws(CommandError) -> Int {
        guard let milliseconds = Decimal.milliseconds(of: argument) else {
            throw CommandError("ERR timeout is not a float or out of range")
        }
        guard milliseconds >= 0 else { throw CommandError("ERR timeout is negative") }
        return milliseconds
    }

    private static func wait(
        for type: StaticString, _ arguments: Arguments, _ keys: Range<Int>, _ milliseconds: Int,
        isDeniedWithNull: Bool = false
    ) -> CommandReply {
        .blocked(
            BlockedCommand(
                keys: keys.map { arguments[$0].array }, milliseconds: milliseconds,
                retry: (0..<arguments.count).map { arguments[$0].array }, type: type,
                isDeniedWithNull: isDeniedWithNull))
    }

    /// `BLPOP key [key ...] timeout`
    private static func popElement(
        _ arguments: Arguments, from end: ListValue.End, in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        let milliseconds = try timeout(arguments[arguments.count - 1])
        let keys = 1..<(arguments.count - 1)
        for index in keys where arguments.isTried(index) {
            guard let list = try keyspace.collection(ListValue.self, for: arguments[index]),
                let element = list.pop(from: end)
            else { continue }
            keyspace.removeIfEmpty(list, under: arguments[index])
            return .array([.bulk(arguments[index]), .value(element)])
        }
        return wait(for: "list", arguments, keys, milliseconds)
    }

    /// `BZPOPMIN key [key ...] timeout`
    private static func popMember(
        _ arguments: Arguments, from end: Extreme, in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        let milliseconds = try timeout(arguments[arguments.count - 1])
        let keys = 1..<(arguments.count - 1)
        for index in keys where arguments.isTried(index) {
            guard let set = try keyspace.collection(SortedSetValue.self, for: arguments[index]) else { continue }
            let popped = pop(1, of: set, from: end)
            keyspace.removeIfEmpty(set, under: arguments[index])
            return .array([.bulk(arguments[index])] + flat(popped))
        }
        return wait(for: "zset", arguments, keys, milliseconds)
    }

    private static func moveOrWait(
        _ arguments: Arguments, from: ListValue.End, to: ListValue.End, _ milliseconds: Int,
        in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        guard try keyspace.collection(ListValue.self, for: arguments[1]) == nil else {
            return try move(arguments, from: from, to: to, in: &keyspace)
        }
        return wait(for: "list", arguments, 1..<2, milliseconds, isDeniedWithNull: true)
    }
}
