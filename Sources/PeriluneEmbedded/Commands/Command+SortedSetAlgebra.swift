extension Command {
    /// The commands that combine sorted sets, and sets, whose members count as scored 1.
    static let sortedSetAlgebra: [Command] = [
        Command("zdiff", -3) { keyspace, arguments in
            try combine(arguments, .difference, command: "zdiff", in: &keyspace)
        },
        Command("zdiffstore", -4, [.write, .mayGrow]) { keyspace, arguments in
            try combineAndStore(arguments, .difference, command: "zdiffstore", in: &keyspace)
        },
        Command("zinter", -3) { keyspace, arguments in
            try combine(arguments, .intersection, command: "zinter", in: &keyspace)
        },
        Command("zintercard", -3) { keyspace, arguments in
            let combination = try SortedSetCombination(
                arguments, from: 1, .intersection, command: "zintercard", form: .counts, in: &keyspace)
            return .integer(combination.result().count)
        },
        Command("zinterstore", -4, [.write, .mayGrow]) { keyspace, arguments in
            try combineAndStore(arguments, .intersection, command: "zinterstore", in: &keyspace)
        },
        Command("zunion", -3) { keyspace, arguments in
            try combine(arguments, .union, command: "zunion", in: &keyspace)
        },
        Command("zunionstore", -4, [.write, .mayGrow]) { keyspace, arguments in
            try combineAndStore(arguments, .union, command: "zunionstore", in: &keyspace)
        },
    ]

    private static func combine(
        _ arguments: Arguments, _ operation: SortedSetCombination.Operation, command: String,
        in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        let combination = try SortedSetCombination(
            arguments, from: 1, operation, command: command, form: .answers, in: &keyspace)
        let result = combination.result()
        let members = result.members(in: 0..<result.count)
        return combination.withScores ? .typed(.pairs, flat(members)) : .array(members.map { .bulk($0.member) })
    }

    private static func combineAndStore(
        _ arguments: Arguments, _ operation: SortedSetCombination.Operation, command: String,
        in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        let result = try SortedSetCombination(
            arguments, from: 2, operation, command: command, form: .stores, in: &keyspace
        ).result()
        result.seal()
        keyspace.store(result, under: arguments[1])
        return .integer(result.count)
    }
}
