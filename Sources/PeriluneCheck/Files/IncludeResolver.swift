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
        for include in ScriptInclude.all(in: source.bytes) {
            script.append(file, from: start, to: include.range.start.offset)
            takeIn(include.name, from: source.path, at: include.range)
            // What ends the line stays, so that what follows begins one.
            start = include.range.end
        }
        script.append(file, from: start, to: source.bytes.count)
    }

    private mutating func takeIn(_ name: String, from path: String, at range: SourceRange) {
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
        ScriptInclude.all(in: source.bytes).map { path(of: $0.name, from: source.path) }
    }

    /// The path that a name stands for in a file.
    static func path(of name: String, from path: String) -> String {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let named = name.hasSuffix(".lua") ? name : name + ".lua"
        return ScriptPath.normalized(named.hasPrefix("/") ? named : folder + named)
    }
}
