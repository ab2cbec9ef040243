import PeriluneEmbedded
import PeriluneIO

/// What is counted of the commands that a port answers itself. The engine counts its own.
extension PortState {
    /// A command was answered.
    ///
    /// - Parameter reply: All of its replies.
    func note(_ command: PortCommand, _ request: RESPRequest, from begin: UInt64, reply: UnsafeRawBufferPointer) {
        withEngine { $0.note(command, request, from: begin, reply: reply) }
    }

    /// A command was refused.
    func noteRejection(of request: RESPRequest, _ command: PortCommand?, _ line: String) {
        withEngine { $0.noteRejection(of: request, command, line) }
    }
}

extension ExclusiveEngine {
    func note(_ command: PortCommand, _ request: RESPRequest, from begin: UInt64, reply: UnsafeRawBufferPointer) {
        guard let statistics else { return }
        var line: String?
        if reply.first == UInt8(ascii: "-") { line = String(decoding: reply.dropFirst().prefix(128), as: UTF8.self) }
        if let line { statistics.noteError(line) }
        let name = command.countedName(request)
        if let line, line.hasPrefix("ERR unknown subcommand") { return }
        // `EXEC` that was given up, and a subcommand with a wrong number of arguments, are not carried out.
        if let line,
            line.hasPrefix("ERR wrong number of arguments") || line.hasPrefix("EXECABORT") && line.contains("OOM")
        {
            return statistics.noteRejection(name)
        }
        statistics.note(name, from: begin, failed: line != nil)
    }

    func noteRejection(of request: RESPRequest, _ command: PortCommand?, _ line: String) {
        guard let command else {
            return noteRejection(count: request.count, argument: { request[$0] }, line)
        }
        statistics?.noteError(line)
        statistics?.noteRejection(command.countedName(request))
    }
}

extension PortCommand {
    /// The name under which a server counts it: that of the subcommand, where there are some.
    fileprivate func countedName(_ request: RESPRequest) -> String {
        guard [.client, .config, .command].contains(self), request.count > 1 else { return rawValue }
        return "\(rawValue)|\(String(decoding: request[1].prefix(64), as: UTF8.self).lowercased())"
    }
}
