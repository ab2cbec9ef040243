/// One step of a fuzz run: a command at a time.
package struct FuzzStep {
    /// How far the clock moves first, in microseconds.
    package var advance: Int64
    package var line: CommandFuzz.Line
    /// The statements of the script that the command runs.
    package var script: ScriptText?
    /// Whether the command is the only one of a transaction.
    package var isTransaction = false

    /// A command of its own, or in a transaction.
    package init(_ line: CommandFuzz.Line, advance: Int64 = 0, isTransaction: Bool = false) {
        self.isTransaction = isTransaction
        self.advance = advance
        self.line = line
    }

    /// A script as `EVAL`.
    package init(_ script: ScriptText, keys: [String], arguments: [String]) {
        advance = 0
        line = .init(["EVAL", script.source, "\(keys.count)"] + keys + arguments)
        self.script = script
    }

    /// The step with another script, on the same keys and arguments.
    func with(_ script: ScriptText) -> FuzzStep {
        var step = self
        step.script = script
        step.line.words[1] = script.source
        return step
    }
}

/// A script as its statements, so that some can be left out.
package struct ScriptText {
    package var statements: [String]

    package init(_ statements: [String]) {
        self.statements = statements
    }

    package var source: String { statements.joined(separator: "\n") }
}

extension FuzzStep: CustomStringConvertible {
    /// The step as it could be typed into `redis-cli`.
    package var description: String {
        let command = line.words.map { word in
            let isPlain = !word.isEmpty && word.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x27 }
            return isPlain ? word : Self.quoted(word)
        }.joined(separator: " ")
        let words = isTransaction ? "MULTI; \(command); EXEC" : command
        return advance == 0 ? words : "(clock + \(advance) us) \(words)"
    }

    private static func quoted(_ word: String) -> String {
        var text = "\""
        for byte in word.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += "\\\(Character(UnicodeScalar(byte)))"
            case UInt8(ascii: "\n"): text += "\\n"
            case 0x20..<0x7F: text.unicodeScalars.append(UnicodeScalar(byte))
            default:
                let digits = String(byte, radix: 16)
                text += "\\x" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return text + "\""
    }
}
