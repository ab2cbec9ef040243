/// What a command does that its first argument names: the `CREATE` of `XGROUP CREATE`.
struct Subcommand: Sendable {
    /// The name in lower case.
    let name: StaticString
    /// The number of arguments with both words, or the negative of the least number.
    let arity: Int
    /// Carries the subcommand out. Throws a ``CommandError``.
    let handler: @Sendable (inout Keyspace, Arguments) throws -> CommandReply

    init(
        _ name: StaticString, _ arity: Int,
        _ handler: @escaping @Sendable (inout Keyspace, Arguments) throws -> CommandReply
    ) {
        self.name = name
        self.arity = arity
        self.handler = handler
    }

    /// Lines that describe the subcommands of a command.
    static func help(_ lines: [StaticString]) -> Subcommand {
        Subcommand("help", 2) { _, _ in .array(lines.map { .status($0) }) }
    }
}

extension Command {
    /// Carries out the subcommand that the arguments name.
    static func run(
        _ subcommands: [Subcommand], of command: String, _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws -> CommandReply {
        guard let subcommand = subcommands.first(where: { arguments[1].isWord($0.name) }) else {
            throw arguments.isFromScript
                ? CommandError(ServerCommands.unknown)
                : CommandError("ERR unknown subcommand '\(arguments[1].text.prefix(128))'. Try \(command) HELP.")
        }
        guard arity(subcommand.arity, accepts: arguments.count) else {
            throw arguments.isFromScript
                ? CommandError(ServerCommands.wrongNumber)
                : .argumentCount(of: "\(command.lowercased())|\(subcommand.name)")
        }
        return try subcommand.handler(&keyspace, arguments)
    }
}

extension CommandError {
    /// What is wrong with a subcommand's options.
    static func subcommandSyntax(of command: String, _ arguments: Arguments) -> CommandError {
        CommandError(
            "ERR unknown subcommand or wrong number of arguments for '\(arguments[1].text.prefix(128))'. "
                + "Try \(command) HELP.")
    }
}
