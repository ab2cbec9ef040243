import PeriluneEmbedded
import PeriluneIO

/// What is counted of the commands that a port answers itself, on its own thread. The engine counts its own.
extension PortState {
    /// A command was answered.
    ///
    /// - Parameter reply: All of its replies.
    func note(_ command: PortCommand, _ request: RESPRequest, from begin: UInt64, reply: UnsafeRawBufferPointer) {
        var line: String?
        if reply.first == UInt8(ascii: "-") { line = String(decoding: reply.dropFirst().prefix(128), as: UTF8.self) }
        if let line { statistics.noteError(line) }
        guard let name = command.countedName(request) else { return }
        // `EXEC` that was given up, and a subcommand with a wrong number of arguments, are not carried out.
        if let line,
            line.hasPrefix("ERR wrong number of arguments") || line.hasPrefix("EXECABORT") && line.contains("OOM")
        {
            return statistics.noteRejection(name)
        }
        statistics.note(name, from: begin, failed: line != nil)
    }

    /// A command was refused.
    func noteRejection(of request: RESPRequest, _ command: PortCommand?, _ line: String) {
        guard let command else {
            return withEngine { $0.noteRejection(count: request.count, argument: { request[$0] }, line) }
        }
        statistics.noteError(line)
        if let name = command.countedName(request) { statistics.noteRejection(name) }
    }
}

extension PortCommand {
    /// The name under which a server counts it: that of the subcommand, where there are some; `nil` when there is none
    /// such.
    fileprivate func countedName(_ request: RESPRequest) -> String? {
        guard [.client, .config, .command].contains(self), request.count > 1 else { return rawValue }
        return CallStatistics.name(rawValue, request[1])
    }
}
