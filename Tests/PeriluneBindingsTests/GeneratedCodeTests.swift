import Foundation
import PeriluneBindings
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
    ///
    /// - Parameters:
    ///   - flags: How the module is compiled.
    ///   - user: Another file of the module.
    func diagnostics(
        _ texts: [String], access: BindingGenerator.Access = .internal, root: String = "Scripts",
        flags: [String] = ["-swift-version", "6", "-enable-upcoming-feature", "InternalImportsByDefault"],
        user: String = "", inOneFile: Bool = false
    ) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("perilune-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let sources = try scripts(
            Dictionary(uniqueKeysWithValues: texts.enumerated().map { ("\($0).lua", $1) }))
        let generator = try #require(BindingGenerator(root: root, access: access))
        var files = ["User.swift": user]
        if inOneFile {
            files["Scripts.swift"] = try generator.text(for: sources)
        } else {
            for file in try generator.files(for: sources) { files[file.name] = file.contents }
        }
        let paths = try files.map { name, contents in
            let url = folder.appendingPathComponent(name)
            try contents.write(to: url, atomically: true, encoding: .utf8)
            return url.path
        }
        let process = Process()
        let errors = Pipe()
        process.executableURL = SwiftCompiler.url
        process.arguments =
            [
                "-typecheck", "-package-name", "example", "-I", try Self.modules().path,
                // The build's own, since there may be no home to write to.
                "-module-cache-path", try Self.modules().deletingLastPathComponent().path + "/ModuleCache",
            ] + flags + paths
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

    /// Swift reads scalars: what joins a sign before it, or is joined by one behind it, hides nothing.
    @Test(arguments: [
        "-- \u{0600}\\#(nobody)", "-- \u{0600}\\##(nobody)", "-- \"\"\"#\u{0301} nobody", "-- \u{0600}\"\"\"# nobody",
        "-- \"\"\"\"## nobody", "-- \\\\#(nobody)", "-- \\\u{0301}#(nobody)",
    ])
    func noTextEndsTheLiteral(_ comment: String) throws {
        #expect(try diagnostics(["---@script a.b\n\(comment)\nreturn 1\n"]) == "")
    }

    /// Settings that a package may have, with and without code of its own that uses the bindings.
    @Test(
        arguments: BindingGenerator.Access.allCases,
        [
            ["-swift-version", "5"], ["-swift-version", "6"],
            ["-swift-version", "6", "-default-isolation", "MainActor", "-warnings-as-errors"],
            [
                "-swift-version", "6", "-enable-upcoming-feature", "InternalImportsByDefault",
                "-enable-upcoming-feature",
                "MemberImportVisibility", "-enable-upcoming-feature", "ExistentialAny", "-enable-upcoming-feature",
                "NonisolatedNonsendingByDefault", "-strict-memory-safety",
            ],
        ])
    func anyPackageCanCompileThem(access: BindingGenerator.Access, flags: [String]) throws {
        let script = """
            ---@script stock.reserve
            ---@key    item     hash
            ---@arg    count    integer >0
            ---@args   parts    name:string amount:integer
            ---@return integer
            return 1

            """
        let user = """
            import PeriluneCore

            struct Stock: Sendable {
                let engine: any ScriptEngine

                nonisolated func reserve(_ count: Int, of item: RedisKey) async throws -> Int {
                    print(Scripts.Stock.Reserve.script.sha)
                    return try await Scripts.Stock.Reserve.call(
                        on: engine, item: item, count: count, parts: [(name: "lid", amount: 2)])
                }
            }
            """
        let replies = ["integer?", "string", "string?", "bytes[]?", "integer[]", "status", "array?"].enumerated().map {
            "---@script replies.r\($0)\n---@return \($1)\nreturn 1\n"
        }
        for inOneFile in [false, true] {
            #expect(
                try diagnostics([script] + replies, access: access, flags: flags, user: user, inOneFile: inOneFile)
                    == "")
        }
    }
}
