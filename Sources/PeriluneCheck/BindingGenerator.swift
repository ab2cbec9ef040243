import PeriluneLua

/// Makes typed Swift functions of annotated scripts.
///
/// For a script named `ratelimit.token_bucket` it writes an enum `Scripts.Ratelimit.TokenBucket` with the script's text
/// and a function that lays out KEYS and ARGV. The text in the Swift file is the script's file to the byte, so the
/// SHA-1 is that of the file.
public struct BindingGenerator: Sendable {
    /// Who can see what is generated.
    public enum Access: String, Sendable, CaseIterable {
        case `internal`, package, `public`

        var prefix: String { self == .internal ? "" : rawValue + " " }
    }

    /// A script's file.
    public struct Source: Sendable {
        /// The file's path as it is to be named in the generated file, for example `lua/ratelimit/token_bucket.lua`.
        public let path: String
        /// The file's bytes.
        public let bytes: [UInt8]

        public init(path: String, bytes: [UInt8]) {
            self.path = path
            self.bytes = bytes
        }
    }

    /// A file to be written.
    public struct File: Sendable, Hashable {
        /// The file's name, for example `Scripts.Ratelimit.TokenBucket.swift`.
        public let name: String
        public let contents: String
    }

    private let root: String
    private let access: Access

    /// Creates a generator.
    ///
    /// - Parameters:
    ///   - root: The name of the outermost enum, with which the names of the files begin.
    ///   - access: The access level of everything generated.
    /// - Returns: `nil` when `root` is not an identifier of ASCII characters, or one that means something in Swift.
    public init?(root: String = "Scripts", access: Access = .internal) {
        guard SwiftName.isIdentifier(root), SwiftName.isUsableForType(root) else { return nil }
        self.root = root
        self.access = access
    }

    /// Makes the files for some scripts: one each, and one with the enums that hold them.
    ///
    /// Scripts without annotations are left out.
    ///
    /// - Throws: ``BindingError`` for the first script that cannot be bound.
    /// - Complexity: O(bytes).
    public func files(for sources: [Source]) throws(BindingError) -> [File] {
        let scripts = try scripts(in: sources)
        try checkNames(of: scripts)
        // A script may have the name of a group too: its own file declares the enum then.
        var groups: Set<[String]> = []
        for script in scripts {
            for length in 1..<max(script.parts.count, 1) { groups.insert(Array(script.parts[..<length])) }
        }
        groups.subtract(scripts.map(\.parts))
        let declared = Set([root] + scripts.flatMap(\.parts))
        var files: [File] = []
        for script in scripts {
            let binding = try Binding(script, root: root, declared: declared, access: access)
            files.append(File(name: fileName(of: script), contents: binding.text))
        }
        files.append(File(name: root + ".swift", contents: groupsFile(groups)))
        return files
    }

    /// A script that is to be bound.
    struct Script {
        let source: Source
        let header: ScriptHeader
        /// The names of the enums, from the one in the outermost to the script's own.
        let parts: [String]
    }

    private func scripts(in sources: [Source]) throws(BindingError) -> [Script] {
        var scripts: [Script] = []
        for source in sources.sorted(by: { $0.path < $1.path }) {
            do {
                guard let header = try ScriptHeader.parse(source.bytes) else { continue }
                let parts = header.name.split(separator: ".").map { SwiftName.type(String($0)) }
                scripts.append(Script(source: source, header: header, parts: parts))
            } catch {
                throw BindingError(path: source.path, line: error.line, message: error.message)
            }
        }
        return scripts
    }

    private func fileName(of script: Script) -> String {
        ([root] + script.parts).joined(separator: ".") + ".swift"
    }

    /// Checks that every script has an enum and a file of its own, also where the case of letters does not matter.
    private func checkNames(of scripts: [Script]) throws(BindingError) {
        var files: [String: Script] = [:]
        for script in scripts {
            func error(_ message: String) -> BindingError {
                BindingError(path: script.source.path, line: script.header.line, message: message)
            }
            // The path stands in a comment of the generated file.
            guard script.source.path.unicodeScalars.allSatisfy(BindingError.isPlain) else {
                throw error("the file's path has characters that end or turn a line; give it another name")
            }
            let name = script.header.name
            if let part = script.parts.first(where: { !SwiftName.isUsableForType($0) }) {
                throw error("\(name) cannot be bound, as \(part) has a meaning of its own in Swift")
            }
            guard let other = files.updateValue(script, forKey: fileName(of: script).lowercased()) else { continue }
            let twin = "\(other.header.name) of \(BindingError.shown(other.source.path))"
            if name == other.header.name {
                throw error("\(name) is also the name of \(BindingError.shown(other.source.path))")
            } else if script.parts == other.parts {
                throw error("\(name) is \(script.parts.joined(separator: ".")) in Swift, and so is \(twin)")
            } else {
                throw error("\(name) differs from \(twin) only in the case of letters, which file names may not have")
            }
        }
    }

    private func groupsFile(_ groups: Set<[String]>) -> String {
        var text = Self.marker + " from the scripts' annotations; not to be edited.\n\n"
        text += "/// The scripts, by their names.\n\(access.prefix)enum \(root) {}\n"
        for group in groups.sorted(by: { $0.joined(separator: ".") < $1.joined(separator: ".") }) {
            let holder = ([root] + group.dropLast()).joined(separator: ".")
            text += "\nextension \(holder) {\n    \(access.prefix)enum \(group.last ?? "") {}\n}\n"
        }
        return text
    }

    /// How every generated file begins.
    public static let marker = "// Generated by `perilune generate`"
}
