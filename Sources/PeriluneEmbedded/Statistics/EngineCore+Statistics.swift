import PeriluneCore

/// What is counted of commands.
extension EngineCore {
    /// Carries a command out and counts that.
    func runCounted(_ command: Command, _ arguments: Arguments, _ statistics: CallStatistics) -> CommandReply {
        let begin = statistics.begin(command)
        scriptErrorIsCounted = false
        let reply = carryOut(command, arguments)
        // One that has waited was counted when it began to.
        if arguments.readyKey != nil { return reply }
        let error = errorLine(of: reply)
        if let error, !scriptErrorIsCounted { statistics.noteError(error) }
        guard command.flags.contains(.hasSubcommands) else {
            statistics.note(command, from: begin, failed: error != nil)
            return reply
        }
        // A subcommand that there is not is no command, and one with a wrong number of arguments is not carried out.
        guard let name = CallStatistics.name(command.name, arguments[1].buffer) else { return reply }
        if let error,
            error == ServerCommands.wrongNumber
                || error.hasPrefix("ERR wrong number of arguments for '\(command.name)|")
        {
            statistics.noteRejection(name)
        } else {
            statistics.note(name, from: begin ?? MonotonicTime.now, failed: error != nil)
        }
        return reply
    }

    /// A command is answered with an error before it is carried out.
    func noteRejection(of command: Command?, _ arguments: Arguments, _ line: String) {
        guard let statistics else { return }
        statistics.noteError(line)
        guard let command else { return }
        guard command.flags.contains(.hasSubcommands), arguments.count > 1 else {
            return statistics.noteRejection(command.number)
        }
        if let name = CallStatistics.name(command.name, arguments[1].buffer) { statistics.noteRejection(name) }
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
