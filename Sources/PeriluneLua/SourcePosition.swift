/// A place in a script: a byte offset together with the line and column a person would name.
///
/// Scripts are bytes, so the column counts bytes from the start of the line, not characters.
public struct SourcePosition: Sendable, Hashable, Comparable {
    // 32 bits each keep a range within 24 bytes; the lexer refuses sources that would not fit.
    private let rawOffset: Int32
    private let rawLine: Int32
    private let rawColumn: Int32

    /// Bytes before this position, from 0.
    public var offset: Int { Int(rawOffset) }
    /// The line, from 1.
    public var line: Int { Int(rawLine) }
    /// The byte within the line, from 1.
    public var column: Int { Int(rawColumn) }

    /// Makes a position; values beyond 32 bits are clamped.
    public init(offset: Int, line: Int, column: Int) {
        rawOffset = Int32(clamping: offset)
        rawLine = Int32(clamping: line)
        rawColumn = Int32(clamping: column)
    }

    /// The first byte of a source.
    public static let start = SourcePosition(offset: 0, line: 1, column: 1)

    public static func < (lhs: SourcePosition, rhs: SourcePosition) -> Bool {
        lhs.rawOffset < rhs.rawOffset
    }
}

extension SourcePosition: CustomStringConvertible {
    public var description: String { "\(line):\(column)" }
}

/// A stretch of a script: from its first byte up to, not including, `end`.
public struct SourceRange: Sendable, Hashable {
    /// The first byte.
    public let start: SourcePosition
    /// The byte after the last one.
    public let end: SourcePosition

    /// Makes a range; the caller keeps `start` at or before `end`.
    public init(start: SourcePosition, end: SourcePosition) {
        self.start = start
        self.end = end
    }

    /// The length in bytes, 0 for an empty range.
    public var count: Int { max(0, end.offset - start.offset) }
}

extension SourceRange: CustomStringConvertible {
    public var description: String { "\(start)-\(end)" }
}
