import Foundation
import Testing

/// `perilune check` as a user runs it.
@Suite struct CheckCommandTests {
    /// Runs the program in a folder that has some files, and goes away.
    private func check(
        _ files: [String: String], _ arguments: String..., input: String = "",
        then: (URL) throws -> Void = { _ in }
    ) throws -> ProgramTests.Outcome {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("check-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (path, text) in files {
            let url = folder.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        let outcome = try ProgramTests().run(["check"] + arguments, in: folder, input: input)
        try then(folder)
        return outcome
    }

    @Test func whatIsWrongIsShownAndFails() throws {
        let outcome = try check(
            ["lua/a.lua": "return redis.call('GET', 'settings')\n", "lua/b.lua": "return 1\n"], "lua")
        #expect(outcome.status == 1)
        #expect(
            outcome.output == """
                lua/a.lua:1:26: R005: the key 'settings' is not from KEYS
                    return redis.call('GET', 'settings')
                                             ^~~~~~~~~~
                2 files: 1 error

                """)
        #expect(outcome.errors.isEmpty)
    }

    @Test func whatIsRightPasses() throws {
        let outcome = try check(["a.lua": "return 1\n", ".hidden/b.lua": "return nope\n"])
        #expect(outcome.status == 0)
        #expect(outcome.output == "1 file: nothing found\n")
        // A note is worth knowing, and no failure.
        let note = try check(["a.lua": "return redis.call('HGETALL', KEYS[1])"])
        #expect(note.status == 0)
        #expect(note.output.contains("1 file: 1 note\n"))
    }

    @Test func wrongUseIsOneLineAndStatus2() throws {
        for arguments in [
            ["nowhere.lua"], ["--redis", "5.0"], ["--format", "xml"], ["--rule", "R999"], ["--rule", "R005=never"],
            ["--explain", "R999"], ["--write"], ["--fix", "--format", "json"], ["--config", "nowhere.yaml"],
        ] {
            let outcome = try ProgramTests().run(
                ["check"] + arguments, in: FileManager.default.temporaryDirectory, input: "")
            #expect(outcome.status == 2, "\(arguments)")
            #expect(outcome.errors.split(separator: "\n").count == 1, "\(arguments): \(outcome.errors)")
            #expect(outcome.errors.hasPrefix("perilune: "))
        }
    }

    /// One file that cannot be read does not hide what is in the others.
    @Test func theRestIsCheckedAllTheSame() throws {
        let outcome = try check(["a.lua": "return nope"], "nowhere", "a.lua")
        #expect(outcome.status == 2)
        #expect(outcome.errors == "perilune: check: nowhere: no such file or folder\n")
        #expect(outcome.output.contains("a.lua:1:8: R003"))
    }

    @Test func standardInputHasTheNameOfTheEditorsFile() throws {
        let outcome = try check([:], "--stdin-filename", "lua/x.lua", input: "return nope")
        #expect(outcome.status == 1)
        #expect(outcome.output.hasPrefix("lua/x.lua:1:8: R003: "))
        #expect(try check([:], "-", input: "return 1").status == 0)
    }

    @Test func theConfigurationOfTheProjectHolds() throws {
        let files = [
            "a.lua": "return redis.call('GET', 'settings')", "old/a.lua": "return redis.call('GET', 'settings')",
            "vendor/a.lua": "return nope",
            "perilune.yaml": "port: 1\ncheck:\n  paths: {old/**: {R005: off}}\n  exclude: [vendor]\n",
        ]
        let outcome = try check(files, ".")
        #expect(outcome.output.hasPrefix("a.lua:1:26: R005"))
        #expect(outcome.output.hasSuffix("2 files: 1 error\n"))
        // A file that is named is meant; and flags count more.
        #expect(try check(files, "vendor/a.lua").status == 1)
        #expect(try check(files, "--rule", "R005=note").status == 0)
        let wrong = try check(["perilune.yaml": "check:\n  rules: {R999: off}"])
        #expect(wrong.status == 2)
        #expect(wrong.errors.contains("perilune.yaml:2: not a rule"))
    }

    @Test func everyFormatIsWritten() throws {
        for (format, start) in [
            ("json", "{"), ("sarif", "{"), ("junit", "<?xml"), ("github", "::error file=a.lua,line=1,"),
        ] {
            let outcome = try check(["a.lua": "return nope"], "--format", format)
            #expect(outcome.status == 1)
            #expect(outcome.output.hasPrefix(start))
        }
    }

    @Test func aFixIsShownAndThenMade() throws {
        let text = "if redis.call('GET', KEYS[1]) == nil then\n  return 1\nend\nreturn 2\n"
        let shown = try check(["a.lua": text], "--fix") { folder in
            let untouched = try String(contentsOf: folder.appendingPathComponent("a.lua"), encoding: .utf8)
            #expect(untouched == text)
        }
        #expect(shown.status == 1)
        #expect(shown.output.hasPrefix("--- a.lua\n+++ a.lua\n@@ -1,4 +1,4 @@\n-if "))
        #expect(shown.errors == "perilune: check: 1 place in 1 file; --fix --write makes the changes\n")
        let made = try check(["a.lua": text], "--fix", "--write") { folder in
            let mended = try String(contentsOf: folder.appendingPathComponent("a.lua"), encoding: .utf8)
            #expect(mended == text.replacing("== nil", with: "== false"))
        }
        #expect(made.status == 0)
        #expect(made.output == "mended: 1 place in 1 file\n1 file: nothing found\n")
    }

    /// A folder may be named by a link to it; links in folders are not followed, and so none goes round.
    @Test func aLinkToAFolderIsTheFolder() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("check-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let lua = folder.appendingPathComponent("lua")
        try FileManager.default.createDirectory(at: lua, withIntermediateDirectories: true)
        try Data("return nope".utf8).write(to: lua.appendingPathComponent("a.lua"))
        for (link, target) in [("link", "lua"), ("lua/self", "../lua")] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.appendingPathComponent(link).path, withDestinationPath: target)
        }
        for (path, shown) in [("link", "link/a.lua"), ("link/", "link/a.lua"), ("lua/self", "lua/self/a.lua")] {
            let outcome = try ProgramTests().run(["check", path], in: folder, input: "")
            #expect(outcome.status == 1, "\(outcome.errors)")
            #expect(outcome.output.hasPrefix("\(shown):1:8: R003: "), "\(outcome.output)")
            #expect(outcome.output.hasSuffix("1 file: 1 error\n"))
        }
        #expect(try ProgramTests().run(["check", "lua", "link"], in: folder, input: "").errors.isEmpty)
    }

    /// Standard input cannot be mended, and what stands in it is found all the same.
    @Test func whatCannotBeWrittenIsStillFound() throws {
        let text = "if redis.call('GET', KEYS[1]) == nil then return 1 end\nreturn 2\n"
        let outcome = try check([:], "--fix", "--write", "-", input: text)
        #expect(outcome.status == 2)
        #expect(outcome.errors == "perilune: check: <stdin>: cannot be written\n")
        #expect(outcome.output.hasPrefix("<stdin>:1:4: R009: "), "\(outcome.output)")
        #expect(outcome.output.hasSuffix("1 file: 1 error\n"), "\(outcome.output)")
    }

    @Test func rulesAreListedAndExplained() throws {
        let list = try check([:], "--rules")
        #expect(list.status == 0)
        #expect(list.output.contains("\nR005  undeclared-key"))
        let explained = try check([:], "--explain", "undeclared-key")
        #expect(explained.output.hasPrefix("R005 undeclared-key (error)\n"))
        #expect(explained.output.contains("\nWrong:\n\n    "))
    }
}
