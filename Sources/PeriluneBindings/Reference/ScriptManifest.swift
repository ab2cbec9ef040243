import Foundation
import PeriluneLua

/// What programs in other languages need to know to call some scripts: `manifest.json`.
///
/// An object with the ``version`` of the format and the scripts in the order of their names; the members of every object
/// are in the order of their names, too, and one that says nothing is left out. The version is raised when a member
/// goes or changes its meaning; members may be added without.
///
/// ```json
/// {
///   "scripts" : [
///     {
///       "arguments" : [
///         { "minimum" : 1, "name" : "capacity", "summary" : "tokens the bucket holds", "type" : "integer" }
///       ],
///       "file" : "lua/ratelimit/token_bucket.lua",
///       "flags" : [ ],
///       "isRepeatable" : false,
///       "keys" : [ { "name" : "bucket", "type" : "string" } ],
///       "name" : "ratelimit.token_bucket",
///       "sha1" : "b8fd9e30aae9a0ad70cca48f8d8c116b9927d0b8",
///       "summary" : "Take from a token bucket in one atomic step."
///     }
///   ],
///   "version" : 1
/// }
/// ```
public struct ScriptManifest: Sendable, Hashable, Codable {
    /// The version of the format.
    public static let version = 1

    /// One entry of KEYS.
    public struct Key: Sendable, Hashable, Codable {
        public let name: String
        /// What it holds: `string`, `hash`, `list`, `set`, `zset`, `stream` or `any`.
        public let type: String
        public let summary: String?
    }

    /// One entry of ARGV.
    public struct Argument: Sendable, Hashable, Codable {
        public let name: String
        /// `integer`, `milliseconds` or `microseconds`, all of which are decimal integers; `string`, which is UTF-8; `bytes`.
        public let type: String
        /// The least value of a number.
        public let minimum: Int64?
        /// The greatest value of a number.
        public let maximum: Int64?
        /// The least length of a string, in bytes.
        public let minimumLength: Int64?
        /// The greatest length of a string, in bytes.
        public let maximumLength: Int64?
        public let summary: String?
    }

    /// Arguments that repeat as a group at the end of ARGV, zero or more times.
    public struct ArgumentGroup: Sendable, Hashable, Codable {
        public let name: String
        /// The arguments of one group, in order.
        public let columns: [Argument]
        public let summary: String?
    }

    /// The reply.
    public struct Reply: Sendable, Hashable, Codable {
        /// `integer`, `string`, `bytes`, `status`, `integer[]`, `string[]`, `bytes[]`, or `array` for one of several types.
        public let type: String
        /// Whether it may be nil.
        public let isOptional: Bool
        public let summary: String?
    }

    /// What one call may cost at most.
    public struct Budget: Sendable, Hashable, Codable {
        /// Redis commands.
        public let calls: Int?
        /// Instructions of the Lua interpreter.
        public let instructions: Int?
    }

    /// A script.
    public struct Script: Sendable, Hashable, Codable {
        /// Its name: parts in lower case, joined by dots.
        public let name: String
        /// The file with its text, which begins with the name of the folder from which the manifest was made.
        public let file: String
        /// The lower-case hexadecimal SHA-1 of the file's bytes, for `EVALSHA`.
        public let sha1: String
        /// The first line of its documentation.
        public let summary: String?
        /// The lines after it, joined by line feeds.
        public let description: String?
        /// The entries of KEYS, in order.
        public let keys: [Key]
        /// A key that repeats at the end of KEYS, zero or more times.
        public let repeatedKey: Key?
        /// The entries of ARGV, in order.
        public let arguments: [Argument]
        public let argumentGroup: ArgumentGroup?
        /// The reply; left out when the annotations do not say.
        public let reply: Reply?
        /// Redis' flags, in the order of their names.
        public let flags: [String]
        /// Whether running it twice does no more than running it once, so that a client may send it again.
        public let isRepeatable: Bool
        /// The least version of Redis, as in `6.2.0`.
        public let minimumRedis: String?
        public let budget: Budget?
    }

    /// The version of the format that it has.
    public let version: Int
    public let scripts: [Script]

    /// - Complexity: O(n log n) in the number of scripts.
    public init(of scripts: [AnnotatedScript]) {
        version = Self.version
        self.scripts = scripts.sorted { $0.header.name < $1.header.name }.map(Script.init)
    }

    /// The manifest as it stands in a file: the same bytes for the same scripts.
    ///
    /// - Throws: What the encoder throws; it does not for these types.
    public func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
}

extension ScriptManifest.Script {
    fileprivate init(_ script: AnnotatedScript) {
        let header = script.header
        name = header.name
        file = script.file.name
        sha1 = script.sha
        summary = header.summary.nonEmpty
        description = header.description.joined(separator: "\n").nonEmpty
        keys = header.keys.map(ScriptManifest.Key.init)
        repeatedKey = header.variadicKey.map(ScriptManifest.Key.init)
        arguments = header.arguments.map(ScriptManifest.Argument.init)
        argumentGroup = header.argumentGroup.map { group in
            ScriptManifest.ArgumentGroup(
                name: group.name, columns: group.columns.map(ScriptManifest.Argument.init),
                summary: group.summary.nonEmpty)
        }
        reply = header.returns.map { returns in
            ScriptManifest.Reply(
                type: returns.type.rawValue, isOptional: returns.isOptional, summary: returns.summary.nonEmpty)
        }
        flags = header.flags.map(\.rawValue).sorted()
        isRepeatable = header.isRepeatable
        minimumRedis = header.minimumRedis?.description
        budget = header.budget.map { ScriptManifest.Budget(calls: $0.calls, instructions: $0.instructions) }
    }
}

extension ScriptManifest.Key {
    fileprivate init(_ key: ScriptHeader.Key) {
        self.init(name: key.name, type: key.type.rawValue, summary: key.summary.nonEmpty)
    }
}

extension ScriptManifest.Argument {
    fileprivate init(_ argument: ScriptHeader.Argument) {
        let isNumeric = argument.type.isNumeric
        self.init(
            name: argument.name, type: argument.type.rawValue, minimum: isNumeric ? argument.minimum : nil,
            maximum: isNumeric ? argument.maximum : nil, minimumLength: isNumeric ? nil : argument.minimum,
            maximumLength: isNumeric ? nil : argument.maximum, summary: argument.summary.nonEmpty)
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
