/// Why a script cannot be bound.
public struct BindingError: Error, Sendable, Hashable, CustomStringConvertible {
    public let path: String
    /// The line, from 1.
    public let line: Int
    /// What is wrong and what would be right.
    public let message: String

    public var description: String { "\(Self.shown(path)):\(line): \(message)" }

    /// A path on one line, whatever is in it.
    static func shown(_ path: String) -> String {
        path.unicodeScalars.map { isPlain($0) ? String($0) : "\\u{\(String($0.value, radix: 16))}" }.joined()
    }

    /// Whether a character neither ends a line, nor turns it, nor hides in it.
    static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
