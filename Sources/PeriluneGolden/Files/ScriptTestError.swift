/// Why a file of tests cannot be used.
public struct ScriptTestError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// The line, from 1; `nil` where it is not known.
    public let line: Int?
    /// The column, from 1, in Unicode scalars; `nil` where it is not known.
    public let column: Int?
    /// The key, such as `tests[2].steps[1].reply`; empty for the file as a whole.
    public let key: String
    /// What is wrong, and what would be right.
    public let message: String

    public init(path: String, line: Int? = nil, column: Int? = nil, key: String = "", message: String) {
        self.path = path
        self.line = line
        self.column = column
        self.key = key
        self.message = message
    }

    public var description: String {
        let place = [line, line == nil ? nil : column].compactMap { $0.map { ":\($0)" } }.joined()
        return "\(path)\(place): \(key.isEmpty ? "" : key + ": ")\(message)"
    }
}
