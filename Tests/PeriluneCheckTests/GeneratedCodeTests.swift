import Foundation
import PeriluneCheck
import Testing

/// The compiler of the toolchain that runs the tests.
enum SwiftCompiler {
    static let url: URL? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { URL(fileURLWithPath: "\($0)/swiftc") }
        .first { FileManager.default.isExecutableFile(atPath: $0.path) }
}

/// What `perilune generate` writes is compiled, against the same PeriluneCore as these tests.
@Suite(.enabled(if: SwiftCompiler.url != nil, "there is no swiftc on the PATH"))
struct GeneratedCodeTests {
    /// The folder of the compiled modules; it stands beside the test bundle.
    static func modules() throws -> URL {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        for _ in 0..<5 {
            folder.deleteLastPathComponent()
            let candidate = folder.appendingPathComponent("Modules")
            if FileManager.default.fileExists(atPath: candidate.path + "/PeriluneCore.swiftmodule") { return candidate }
        }
        throw CocoaError(.fileNoSuchFile)
    }

    /// What the compiler has to say about the bindings of some scripts: nothing, if all is well.
    func diagnostics(
        _ scripts: [String], access: BindingGenerator.Access = .internal, root: String = "Scripts"
    ) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("perilune-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let sources = scripts.enumerated().map { BindingGenerator.Source(path: "\($0).lua", bytes: Array($1.utf8)) }
        let files = try #require(BindingGenerator(root: root, access: access)).files(for: sources)
        let paths = try files.map { file in
            let url = folder.appendingPathComponent(file.name)
            try file.contents.write(to: url, atomically: true, encoding: .utf8)
            return url.path
        }
        let process = Process()
        let errors = Pipe()
        process.executableURL = SwiftCompiler.url
        process.arguments =
            [
                "-typecheck", "-swift-version", "6", "-package-name", "perilune", "-enable-upcoming-feature",
                "InternalImportsByDefault", "-I", try Self.modules().path,
            ] + paths
        process.standardError = errors
        try process.run()
        let data = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    /// Words of the language, and names that the generated function has uses for itself.
    static let words = """
        any as associatedtype async await borrow break case catch class consume continue copy default defer deinit \
        discard do each else enum extension fallthrough false fileprivate for func guard if import in init inout \
        internal is let nil operator precedencegroup private protocol public repeat rethrows return self some static \
        struct subscript super switch then throw throws true try typealias unsafe var where while yield actor \
        borrowing consuming convenience dynamic final get indirect infix isolated lazy left macro module mutating \
        nonisolated none open optional override package postfix prefix required right sending set type unowned weak \
        call engine script arguments group on with
        """.split(separator: " ").map(String.init)

    @Test func anyWordCanNameAnArgument() throws {
        let own = """
            ---@script own.names
            ---@key    engine    string
            ---@keys   script    string
            ---@arg    arguments integer
            ---@args   group     engine:bytes arguments:integer
            ---@return bytes
            return 'x'

            """
        let arguments = Self.words.map { "---@arg \($0) integer\n" }.joined()
        let columns = Self.words.map { "\($0):string" }.joined(separator: " ")
        let words = "---@script own.words\n---@key bucket string\n\(arguments)---@args all \(columns)\nreturn 1\n"
        #expect(try diagnostics([own, words], access: .public) == "")
    }

    @Test func scriptsMayHaveTheNamesOfTypes() throws {
        let names = [
            "int", "string", "uInt8", "array", "optional", "lua_script", "redis_key", "redis_reply", "redis_argument",
            "engine_error", "script_engine", "t", "scripts", "call", "script",
        ]
        let scripts = names.map { name in
            """
            ---@script t.\(name)
            ---@key    k string
            ---@arg    i integer
            ---@arg    s string
            ---@arg    b bytes
            ---@args   p x:integer y:string
            ---@return \(name == "int" ? "integer" : name == "string" ? "bytes" : "array")
            return 1

            """
        }
        #expect(try diagnostics(scripts, access: .package) == "")
        #expect(try diagnostics(scripts, root: "LuaScript") == "")
    }

    @Test func aScriptMayHaveTheNameOfAGroup() throws {
        #expect(
            try diagnostics(["---@script t\n", "---@script t.a\n", "---@script t.a.b\n", "---@script u.a.b\n"]) == "")
    }

    @Test func anyTextCanStandInAScript() throws {
        let script = """
            --- Ends? */ /* "\""# \\(x) \u{2028}\u{202E}
            ---@script a.b
            ---@arg x integer # */ \\(x) "\""# \u{2029}
            ---@return integer # `"\""`
            \treturn "\\0\\27[2J" .. [[ "\"" ]] -- \u{85}

            """
        #expect(try diagnostics([script]) == "")
    }
}
