import Foundation
import Testing

/// `perilune generate`, and the program that the package's plugins run, which is to do the same.
@Suite struct GenerateProgramTests {
    enum Program: CaseIterable {
        case commandLine, tool

        /// How its messages begin, but for those about scripts.
        var name: String { self == .commandLine ? "perilune generate" : "generate-scripts" }

        func run(_ arguments: String...) throws -> ProgramTests.Outcome { try run(arguments) }

        func run(_ arguments: [String]) throws -> ProgramTests.Outcome {
            let folder = FileManager.default.temporaryDirectory
            return switch self {
            case .commandLine: try ProgramTests().run(["generate"] + arguments, in: folder)
            case .tool: try ProgramTests().run(arguments, in: folder, program: "PeriluneGenerate")
            }
        }
    }

    /// A folder with a folder `lua` of scripts.
    struct Project {
        let folder: TemporaryFolder
        var lua: String { folder.path + "/lua" }
        var output: String { folder.path + "/Generated" }

        init() throws {
            folder = try TemporaryFolder()
            try FileManager.default.createDirectory(atPath: lua + "/deep", withIntermediateDirectories: true)
        }

        func write(_ text: String, to name: String) throws { _ = try folder.file(text, named: "lua/" + name) }

        func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(lua)/\(name)") }

        var generated: [String] {
            get throws { try FileManager.default.contentsOfDirectory(atPath: output).sorted() }
        }
    }

    @Test(arguments: Program.allCases)
    func bindingsAreWrittenAndHeldAgainstTheScripts(program: Program) throws {
        let project = try Project()
        let (lua, output) = (project.lua, project.output)
        func check() throws -> ProgramTests.Outcome { try program.run(lua, "--output", output, "--check") }
        try project.write("---@script a.one\n---@return integer\nreturn 1\n", to: "deep/one.lua")
        #expect(try check().status == 1)
        let first = try program.run(lua, "--output", output)
        #expect(first.status == 0)
        #expect(first.output == "\(output)/Scripts.A.One.swift\n\(output)/Scripts.swift\n")
        #expect(try check().status == 0)
        #expect(try program.run(lua, "--output", output).output.isEmpty)

        try project.write("---@script a.one\n---@return integer\nreturn 2\n", to: "deep/one.lua")
        let stale = try check()
        #expect(stale.status == 1)
        #expect(stale.errors == "\(program.name): \(output)/Scripts.A.One.swift is not current\n")

        // What nobody generated stays.
        try "// mine".write(toFile: output + "/Mine.swift", atomically: true, encoding: .utf8)
        try project.remove("deep/one.lua")
        try project.write("---@script a.two\nreturn 2\n", to: "two.lua")
        #expect(
            try check().errors.split(separator: "\n") == [
                "\(program.name): \(output)/Scripts.A.One.swift has no script any more",
                "\(program.name): \(output)/Scripts.A.Two.swift is not current",
            ])
        #expect(try program.run(lua, "--output", output).status == 0)
        #expect(try project.generated == ["Mine.swift", "Scripts.A.Two.swift", "Scripts.swift"])
        // So does what belongs to another root.
        #expect(try program.run(lua, "--output", output, "--root", "Other").status == 0)
        #expect(try project.generated.contains("Scripts.A.Two.swift"))
        #expect(try check().status == 0)
    }

    @Test(arguments: Program.allCases)
    func eachFormatGoesToAFileOrToStandardOutput(program: Program) throws {
        let project = try Project()
        try project.write("--- Do it.\n---@script a.one\n---@return integer\nreturn 1\n", to: "one.lua")
        let formats = [
            ("swift", "All.swift", "public nonisolated enum Everything {}"), ("markdown", "docs/lua.md", "## a.one"),
            ("manifest", "manifest.json", "\"sha1\" : "),
        ]
        for (format, name, text) in formats {
            let path = "\(project.folder.path)/\(name)"
            let options = ["--format", format, "--root", "Everything", "--access", "public"]
            func run(_ more: String...) throws -> ProgramTests.Outcome {
                try program.run([project.lua] + options + more)
            }
            #expect(try run("--output", path).status == 0)
            let written = try String(contentsOfFile: path, encoding: .utf8)
            #expect(written.contains(text))
            #expect(written.contains("lua/one.lua"))
            #expect(!written.contains(project.folder.path))
            #expect(try run("--output", path, "--check").status == 0)
            #expect(try run().output == written)
            try (written + " ").write(toFile: path, atomically: true, encoding: .utf8)
            let stale = try run("--output", path, "--check")
            #expect(stale.status == 1)
            #expect(stale.errors == "\(program.name): \(path) is not current\n")
        }
    }

    /// As the plugin calls the tool.
    @Test func thePluginTakesItsOptionsFromAFile() throws {
        let project = try Project()
        try project.write("---@script a.one\nreturn 1\n", to: "one.lua")
        try project.write("return 1\n", to: "two.lua")
        try project.write(#"{"root": "Stock", "access": "public", "annotatedOnly": true}"#, to: "bindings.json")
        let options = "\(project.lua)/bindings.json"
        let file = "\(project.output)/Scripts.generated.swift"
        #expect(try Program.tool.run("--options", options, "--output", file, "--", project.lua).status == 0)
        #expect(try String(contentsOfFile: file, encoding: .utf8).contains("public nonisolated enum Stock {}"))
        let outcome = try Program.tool.run("--options", options + ".none", "--output", file, "--", project.lua)
        #expect(outcome.status == 2)
        #expect(outcome.errors == "generate-scripts: --options: \(options).none cannot be read\n")
    }

    /// As the plugin names them: one by one.
    @Test func filesOfOneNameAreToldApart() throws {
        let project = try Project()
        try FileManager.default.createDirectory(atPath: project.lua + "/flat", withIntermediateDirectories: true)
        try project.write("---@script deep.x\nreturn 1\n", to: "deep/x.lua")
        try project.write("---@script flat.x\nreturn 1\n", to: "flat/x.lua")
        try project.write("---@script flat.y\nreturn 1\n", to: "flat/y.lua")
        let scripts = ["deep/x.lua", "flat/x.lua", "flat/y.lua"].map { "\(project.lua)/\($0)" }
        let manifest = try Program.tool.run(scripts + ["--format", "manifest"]).output
        let files = manifest.split(separator: "\n").filter { $0.contains("\"file\"") }
        #expect(files.map { $0.split(separator: "\"")[3] } == ["deep/x.lua", "flat/x.lua", "y.lua"])
    }

    @Test(arguments: Program.allCases)
    func scriptsThatCannotBeBoundAreNamedAllAtOnce(program: Program) throws {
        let project = try Project()
        let lua = project.lua
        try project.write("---@script a.two\n---@arg x float\n", to: "1.lua")
        try project.write("return 1\n", to: "2.lua")
        let wrong = try program.run(lua, "--output", project.output)
        #expect(wrong.status == 2)
        #expect(
            wrong.errors.split(separator: "\n") == [
                "\(lua)/1.lua:2:11: error: unknown type of 'x' 'float'; one of integer, milliseconds, microseconds, string, bytes",
                "\(lua)/2.lua:1:1: error: no annotations; begin the script with '---@script area.name'",
            ])
        #expect(!FileManager.default.fileExists(atPath: project.output))

        try project.write("---@script a.type\n", to: "1.lua")
        #expect(
            try program.run(lua, "--output", project.output, "--annotated-only").errors
                == "\(lua)/1.lua:1:12: error: a.type cannot be bound, as Type has a meaning of its own in Swift\n")
        #expect(try program.run(lua, "--annotated-only", "--format", "manifest").status == 0)
    }

    @Test(arguments: Program.allCases)
    func aLinkToAFolderIsTheFolder(program: Program) throws {
        let project = try Project()
        try project.write("---@script a.one\n", to: "one.lua")
        let link = project.folder.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "lua")
        let outcome = try program.run(link, "--format", "manifest")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains(#""file" : "link/one.lua""#), "\(outcome.output)")
    }

    @Test(arguments: Program.allCases)
    func whatCannotBeDoneIsNamedInOneLine(program: Program) throws {
        let project = try Project()
        let (lua, folder) = (project.lua, project.folder.path)
        try project.write("---@script a.one\n", to: "one.lua")
        let file = try project.folder.file("", named: "file")
        func fails(_ message: String, _ outcome: ProgramTests.Outcome) {
            #expect(outcome.status == 2)
            #expect(outcome.errors == "\(program.name): \(message)\n")
            #expect(outcome.output.isEmpty)
        }
        fails("cannot read \(folder)/no: no such file or directory", try program.run(folder + "/no", "--output", "x"))
        fails("no .lua files in \(lua)/deep", try program.run(lua + "/deep", "--output", folder + "/x"))
        fails("cannot make the folder \(file): file exists", try program.run(lua, "--output", file))
        fails("--check needs --output", try program.run(lua, "--check"))
        fails("--output is empty; write a file or a folder", try program.run(lua, "--output", ""))
        for (root, shown) in [("../evil", "../evil"), ("", ""), ("class", "class"), ("a\nb", "a\\u{a}b")] {
            fails(
                "--root: \"\(shown)\" cannot name an enum; write for example Scripts",
                try program.run(lua, "--output", project.output, "--root", root))
        }
        for arguments in [["--format", "yaml"], ["--access", "open"], ["--nonsense", "x"], ["--output"]] {
            let wrong = try program.run(arguments[0], arguments.count > 1 ? arguments[1] : "--check")
            #expect(wrong.status == 2, "\(arguments)")
            #expect(wrong.errors.split(separator: "\n").count == 1, "\(wrong.errors)")
        }
        #expect(try program.run("--help").output.contains("--annotated-only"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["file", "lua"])
    }
}
