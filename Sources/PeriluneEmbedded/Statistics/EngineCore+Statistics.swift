/// What is counted of commands.
extension EngineCore {
    /// Carries a command out and counts that.
    func runCounted(_ command: Command, _ arguments: Arguments, _ statistics: CallStatistics) -> CommandReply {
        let begin = statistics.begin(command)
        let reply = carryOut(command, arguments)
        // One that has waited was counted when it began to.
        if arguments.readyKey != nil { return reply }
        let error = errorLine(of: reply)
        if let error, !scriptErrorIsCounted { statistics.noteError(error) }
        scriptErrorIsCounted = false
        guard command.flags.contains(.hasSubcommands) else {
            statistics.note(command, from: begin, failed: error != nil)
            return reply
        }
        // A subcommand that there is not is no command, and one with a wrong number of arguments is not carried out.
        if let error, error == ServerCommands.unknown || error.hasPrefix("ERR unknown subcommand") { return reply }
        let name = Self.name(of: command, arguments)
        if let error,
            error == ServerCommands.wrongNumber
                || error.hasPrefix("ERR wrong number of arguments for '\(command.name)|")
        {
            statistics.noteRejection(name)
        } else {
            statistics.note(name, from: begin ?? CallStatistics.now, failed: error != nil)
        }
        return reply
    }

    /// A command is answered with an error before it is carried out.
    func noteRejection(of command: Command?, _ arguments: Arguments, _ line: String) {
        guard let statistics else { return }
        statistics.noteError(line)
        guard let command else { return }
        if command.flags.contains(.hasSubcommands), arguments.count > 1 {
            statistics.noteRejection(Self.name(of: command, arguments))
        } else {
            statistics.noteRejection(command.number)
        }
    }

    /// The name of a subcommand, as far as it can be one: it stands in a line of `INFO`.
    private static func name(of command: Command, _ arguments: Arguments) -> String {
        let letters = arguments[1].buffer.prefix(64).prefix { UnicodeScalar($0).properties.isAlphabetic || $0 == 0x2D }
        return "\(command.name)|\(String(decoding: letters, as: UTF8.self).lowercased())"
    }

    private func errorLine(of reply: CommandReply) -> String? {
        switch reply {
        case .error(let line): line
        case .encoded(let bytes) where bytes.first == UInt8(ascii: "-"):
            String(decoding: bytes.dropFirst().prefix(64), as: UTF8.self)
        default: nil
        }
    }
}
