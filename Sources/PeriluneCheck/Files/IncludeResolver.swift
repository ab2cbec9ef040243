import PeriluneLua

/// Resolves `--- @include "name"`: a line by which a script takes another file's text in, as BullMQ has it.
///
/// A path is relative to the file that names it, with `.lua` behind it or without. A file is taken in once, where it is
/// named first; the line itself goes.
struct IncludeResolver {
    static let rule = Rule(
        903, "include", .error, summary: "A file that a script includes cannot be taken in.",
        reason: """
            `--- @include "name"` stands for the text of another file. When that file is missing, or includes the one \
            that includes it, nobody knows the whole script, and nothing else of it is checked.
            """,
        bad: "--- @include \"no_such_file\"\nreturn 1", good: "return 1")

    /// What cannot be taken in.
    struct Failure {
        let path: String
        let finding: Finding
    }

    /// The most that a script may come to, in bytes: a file that is included doubles nobody's memory.
    private static let largest = 8 << 20
    /// How many files may include each other in a row.
    private static let deepest = 32

    private let read: (String) -> [UInt8]?
    private var script: JoinedScript
    private var open: [String] = []
    private var closed: Set<String> = []
    private(set) var failures: [Failure] = []

    /// Takes in what a script includes.
    ///
    /// - Parameter read: The content of a file by its path; `nil` when it cannot be read.
    /// - Complexity: O(size of the whole script).
    static func resolve(
        _ source: ScriptSource, read: (String) -> [UInt8]?
    ) -> (script: JoinedScript, failures: [Failure]) {
        withoutActuallyEscaping(read) { read in
            var resolver = IncludeResolver(read: read, script: JoinedScript())
            resolver.add(source)
            return (resolver.script, resolver.failures)
        }
    }

    private init(read: @escaping (String) -> [UInt8]?, script: JoinedScript) {
        (self.read, self.script) = (read, script)
    }

    private mutating func add(_ source: ScriptSource) {
        open.append(source.path)
        defer {
            open.removeLast()
            closed.insert(source.path)
        }
        let file = script.addFile(source)
        var start = SourcePosition.start
        for (name, range) in Self.includes(in: source.bytes) {
            script.append(file, from: start, to: range.start.offset)
            include(name, from: source.path, at: range)
            // What ends the line stays, so that what follows begins one.
            start = range.end
        }
        script.append(file, from: start, to: source.bytes.count)
    }

    private mutating func include(_ name: String, from path: String, at range: SourceRange) {
        func fail(_ message: String) {
            let rule = Self.rule
            failures.append(.init(path: path, finding: Finding(rule.id, rule.severity, message, at: range)))
        }
        let included = Self.path(of: name, from: path)
        if closed.contains(included) { return }
        guard !open.contains(included) else {
            return fail("'\(PlainText.line(name))' is what includes this file")
        }
        guard open.count < Self.deepest else { return fail("more than \(Self.deepest) files include each other") }
        guard let bytes = read(included) else {
            return fail("'\(PlainText.line(included))' cannot be read")
        }
        guard script.bytes.count + bytes.count <= Self.largest else {
            return fail("with '\(PlainText.line(included))' the script is larger than \(Self.largest >> 20) MiB")
        }
        add(ScriptSource(path: included, bytes: bytes))
    }

    // MARK: Text

    /// The paths that a file includes itself.
    ///
    /// - Complexity: O(size of the file).
    static func includedPaths(_ source: ScriptSource) -> [String] {
        includes(in: source.bytes).map { path(of: $0.name, from: source.path) }
    }

    /// The names that a file includes, with the comments that say so.
    private static func includes(in bytes: [UInt8]) -> [(name: String, range: SourceRange)] {
        // Few files have any, and those that have none need not be taken apart.
        guard mentionsInclude(bytes) else { return [] }
        return LuaLexer.tokenize(ScriptText(bytes).lua).comments.compactMap { comment in
            guard !comment.isLong, comment.range.start.column == 1 else { return nil }
            let text = bytes[comment.range.start.offset..<comment.range.end.offset]
            return includedName(text).map { ($0, comment.range) }
        }
    }

    private static func mentionsInclude(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while let place = rest.firstIndex(of: UInt8(ascii: "@")) {
            rest = rest[place...]
            if rest.starts(with: "@include".utf8) { return true }
            rest = rest.dropFirst()
        }
        return false
    }

    /// The name in `--- @include "name"`; `nil` for any other comment.
    static func includedName(_ comment: ArraySlice<UInt8>) -> String? {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        let text = comment.drop { $0 == UInt8(ascii: "-") }.drop(while: isBlank)
        guard comment.starts(with: "--".utf8), text.starts(with: "@include".utf8) else { return nil }
        let rest = text.dropFirst("@include".utf8.count)
        let argument = rest.drop(while: isBlank)
        guard argument.startIndex > rest.startIndex, let quote = argument.first, quote == 0x22 || quote == 0x27,
            let end = argument.dropFirst().firstIndex(of: quote), end > argument.startIndex + 1
        else { return nil }
        return String(decoding: argument[(argument.startIndex + 1)..<end], as: UTF8.self)
    }

    /// The path that a name stands for in a file.
    static func path(of name: String, from path: String) -> String {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let named = name.hasSuffix(".lua") ? name : name + ".lua"
        return ScriptPath.normalized(named.hasPrefix("/") ? named : folder + named)
    }
}
