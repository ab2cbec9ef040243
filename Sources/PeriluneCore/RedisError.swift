/// An error reply of the engine, word for word.
public struct RedisError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The whole line without the leading `-`, for example `WRONGTYPE Operation against ...`.
    public let line: String

    /// Creates an error from its line.
    public init(_ line: String) {
        self.line = line
    }

    /// The first word: `ERR`, `WRONGTYPE`, `NOSCRIPT`, `OOM`, ...
    public var code: Substring {
        line.prefix { $0 != " " }
    }

    public var description: String { line }
}
