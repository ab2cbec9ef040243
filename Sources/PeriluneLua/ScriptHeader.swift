/// What a script says about itself in the comments at its top.
///
///     --- Take from a token bucket in one atomic step.
///     ---@script ratelimit.token_bucket
///     ---@key    bucket    string          # exists while any token is spent
///     ---@arg    capacity  integer >0      # tokens the bucket holds
///     ---@args   limits    capacity:integer>0 interval:microseconds>0
///     ---@return integer                   # >=0: debt; <0: -(wait)
///     ---@flags  allow-oom
///     ---@repeatable                       # running it twice is harmless
///     ---@redis  >=6.2
///     ---@budget calls=3
///
/// Lines of `---` text are the documentation, its first line the summary. Plain `--` comments and blank lines may
/// stand between; the first line of code, or a long comment, ends the header.
public struct ScriptHeader: Sendable, Hashable {
    /// What a key holds.
    public enum KeyType: String, Sendable, Hashable, CaseIterable {
        case string, hash, list, set, zset, stream
        /// More than one type, or none that matters.
        case any
    }

    /// How an argument is written into ARGV.
    public enum ArgumentType: String, Sendable, Hashable, CaseIterable {
        case integer
        /// An integer that counts milliseconds.
        case milliseconds
        /// An integer that counts microseconds.
        case microseconds
        /// Text in UTF-8.
        case string
        case bytes

        /// Whether it is a number; bounds then limit its value, else its length in bytes.
        public var isNumeric: Bool {
            switch self {
            case .integer, .milliseconds, .microseconds: true
            case .string, .bytes: false
            }
        }
    }

    /// The kind of reply.
    public enum ReturnType: String, Sendable, Hashable, CaseIterable {
        case integer, string, bytes, status
        case integers = "integer[]"
        case strings = "string[]"
        case byteStrings = "bytes[]"
        /// An array whose elements differ in type.
        case array
    }

    /// A flag of Redis' script header, `#!lua flags=…`.
    public enum Flag: String, Sendable, Hashable, CaseIterable {
        case noWrites = "no-writes"
        case allowOOM = "allow-oom"
        case allowStale = "allow-stale"
        case noCluster = "no-cluster"
        case allowCrossSlotKeys = "allow-cross-slot-keys"
    }

    /// One entry of KEYS.
    public struct Key: Sendable, Hashable {
        public let name: String
        public let type: KeyType
        /// The text after `#`, empty without one.
        public let summary: String
        /// Where the annotation stands, without its remark.
        public let range: SourceRange
        /// The line of the annotation, from 1.
        public var line: Int { range.start.line }
        /// The byte of the line where the name begins, from 1.
        public let column: Int
    }

    /// One entry of ARGV, or one column of a repeated group.
    public struct Argument: Sendable, Hashable {
        public let name: String
        public let type: ArgumentType
        /// The least value (or length of a string), if the script sets one: `>0` is 1.
        public let minimum: Int64?
        /// The greatest value (or length of a string), if the script sets one.
        public let maximum: Int64?
        /// The text after `#`, empty without one and for a column.
        public let summary: String
        /// Where the annotation stands, without its remark; of a column, the column.
        public let range: SourceRange
        /// The line of the annotation, from 1.
        public var line: Int { range.start.line }
        /// The byte of the line where the name begins, from 1.
        public let column: Int
    }

    /// Arguments that repeat as a group at the end of ARGV, zero or more times.
    public struct ArgumentGroup: Sendable, Hashable {
        public let name: String
        /// The arguments of one group, in order; at least one.
        public let columns: [Argument]
        public let summary: String
        /// Where the annotation stands, without its remark.
        public let range: SourceRange
        /// The line of the annotation, from 1.
        public var line: Int { range.start.line }
        /// The byte of the line where the name begins, from 1.
        public let column: Int
    }

    /// The reply.
    public struct Return: Sendable, Hashable {
        public let type: ReturnType
        /// Whether the reply may be nil: the type ends in `?`.
        public let isOptional: Bool
        public let summary: String
        /// Where the annotation stands, without its remark.
        public let range: SourceRange
        /// The line of the annotation, from 1.
        public var line: Int { range.start.line }
    }

    /// The least Redis version that runs the script.
    public struct Version: Sendable, Hashable, Comparable, CustomStringConvertible {
        public let major: Int
        public let minor: Int
        public let patch: Int

        public init(major: Int, minor: Int, patch: Int) {
            self.major = major
            self.minor = minor
            self.patch = patch
        }

        public static func < (lhs: Version, rhs: Version) -> Bool {
            (lhs.major, lhs.minor, lhs.patch) < (rhs.major, rhs.minor, rhs.patch)
        }

        public var description: String { "\(major).\(minor).\(patch)" }
    }

    /// What one call may cost: `perilune test` measures it, `perilune check` finds what is certainly above it.
    public struct Budget: Sendable, Hashable {
        /// Redis commands a call runs at most.
        public internal(set) var calls: Int?
        /// Instructions of the Lua interpreter a call runs at most.
        public internal(set) var instructions: Int?
    }

    /// Its name: parts in lower case, joined by dots.
    public internal(set) var name = ""
    /// The first line of the documentation, empty without one.
    public internal(set) var summary = ""
    /// The lines of the documentation after the summary, without blank ones at either end.
    public internal(set) var description: [String] = []
    /// The entries of KEYS, in order.
    public internal(set) var keys: [Key] = []
    /// A key type that repeats at the end of KEYS, zero or more times.
    public internal(set) var variadicKey: Key?
    /// The entries of ARGV, in order.
    public internal(set) var arguments: [Argument] = []
    /// The group that repeats at the end of ARGV.
    public internal(set) var argumentGroup: ArgumentGroup?
    /// The reply; nil when the header does not say.
    public internal(set) var returns: Return?
    /// Redis' flags for the script.
    public internal(set) var flags: Set<Flag> = []
    /// Whether running it twice does no more than running it once, so that a client may retry it.
    public internal(set) var isRepeatable = false
    /// The least version of Redis; nil when any will do.
    public internal(set) var minimumRedis: Version?
    /// What a call may cost; nil when the header does not say.
    public internal(set) var budget: Budget?
    /// Where its annotations stand, without their remarks: of those that repeat, the first.
    public internal(set) var ranges: [Annotation: SourceRange] = [:]
    /// The line of the `---@script` annotation.
    public var line: Int { ranges[.script]?.start.line ?? 1 }
    /// The byte of the line where the name begins, from 1.
    public internal(set) var column = 1
}

extension ScriptHeader {
    /// The entry of KEYS at an index from 1; `nil` when the header declares none.
    public func key(at index: Int) -> Key? {
        if index > 0, index <= keys.count { return keys[index - 1] }
        return index > 0 ? variadicKey : nil
    }

    /// The entry of ARGV at an index from 1; `nil` when the header declares none.
    public func argument(at index: Int) -> Argument? {
        if index > 0, index <= arguments.count { return arguments[index - 1] }
        guard index > 0, let columns = argumentGroup?.columns, !columns.isEmpty else { return nil }
        return columns[(index - arguments.count - 1) % columns.count]
    }
}
