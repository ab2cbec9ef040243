/// Commands whose first argument says what they do: `XGROUP CREATE`. Each is a command of its own, whose number of
/// arguments includes both words.
extension Command {
    /// Carries out the subcommand that the arguments name.
    static func run(
        _ subcommands: [Command], of command: String, _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws -> CommandReply {
        guard let subcommand = subcommands.first(where: { $0.isNamed(arguments[1]) }) else {
            throw arguments.isFromScript
                ? CommandError("ERR Unknown Redis command called from script")
                : CommandError("ERR unknown subcommand '\(arguments[1].text.prefix(128))'. Try \(command) HELP.")
        }
        guard subcommand.accepts(argumentCount: arguments.count) else {
            throw arguments.isFromScript
                ? CommandError("ERR Wrong number of args calling Redis command from script")
                : .argumentCount(of: "\(command.lowercased())|\(subcommand.name)")
        }
        return try subcommand.handler(&keyspace, arguments)
    }

    private func isNamed(_ word: ByteSlice) -> Bool {
        word.count == name.utf8.count && zip(word.buffer, name.utf8).allSatisfy { $0 | 0x20 == $1 }
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
