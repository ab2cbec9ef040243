/// Why a command was not carried out, in the server's words.
struct CommandError: Error, Sendable {
    /// The error's line, without the `-` in front.
    let line: String

    init(_ line: String) {
        self.line = line
    }

    static let wrongType = CommandError("WRONGTYPE Operation against a key holding the wrong kind of value")
    static let notAnInteger = CommandError("ERR value is not an integer or out of range")
    static let notAFloat = CommandError("ERR value is not a valid float")
    static let outOfRange = CommandError("ERR value is out of range")
    static let notPositive = CommandError("ERR value is out of range, must be positive")
    static let outOfMemory = CommandError("OOM command not allowed when used memory > 'maxmemory'.")
    static let syntax = CommandError("ERR syntax error")
    static let noSuchKey = CommandError("ERR no such key")
    static let notANumberOrInfinite = CommandError("ERR increment would produce NaN or Infinity")

    static func argumentCount(of command: String) -> CommandError {
        CommandError("ERR wrong number of arguments for '\(command)' command")
    }
}
