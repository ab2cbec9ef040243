import PeriluneLua

/// Why a script cannot be bound.
public struct BindingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The script's file, as ``ScriptFile/path`` names it.
    public let path: String
    /// The line, from 1.
    public let line: Int
    /// The byte within the line, from 1.
    public let column: Int
    /// What is wrong and what would be right.
    public let message: String

    init(_ file: ScriptFile, line: Int, column: Int, _ message: String) {
        path = file.path
        self.line = line
        self.column = column
        self.message = message
    }

    /// The error as compilers write theirs, on one line whatever is in it: `lua/a.lua:2:5: error: …`.
    public var description: String {
        "\(PlainText.line(path)):\(line):\(column): error: \(PlainText.line(message))"
    }
}

/// All errors of some scripts; at least one, in the order of the files.
public struct BindingErrors: Error, Sendable, Hashable {
    public let errors: [BindingError]
}
