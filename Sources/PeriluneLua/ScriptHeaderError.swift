/// An annotation that is wrong, with what would be right.
public struct ScriptHeaderError: Error, Sendable, Hashable, CustomStringConvertible {
    /// In which way it is wrong.
    public enum Kind: Sendable, Hashable {
        /// It cannot be read.
        case malformed
        /// Nobody knows an annotation of this name; the one that is meant, if one is near enough.
        case unknown(suggestion: String?)
        /// There are annotations, and none that names the script.
        case unnamed
    }

    public let kind: Kind
    /// Where: the word or the annotation that is wrong.
    public let range: SourceRange
    /// What is wrong and what would be right.
    public let message: String

    /// The line, from 1.
    public var line: Int { range.start.line }

    /// The byte of the line where it begins, from 1.
    public var column: Int { range.start.column }

    public var description: String { "\(range.start): \(message)" }
}
