import PeriluneBindings
import PeriluneCore
import PeriluneLua
import Testing

@Suite struct AnnotatedScriptTests {
    func errors(_ sources: [String: String]) -> [String] {
        let files = sources.map { ScriptFile(path: "/here/\($0.key)", name: $0.key, bytes: Array($0.value.utf8)) }
        do {
            _ = try AnnotatedScript.scripts(in: files)
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    @Test func everyFileThatIsWrongIsNamedWithThePlace() {
        #expect(
            errors([
                "a.lua": "---@script a.b\n---@arg x float\n", "b.lua": "return 1\n", "c.lua": "---@script a.c\n",
                "d.lua": "\n  ---@script a.c\n", "e.lua": "",
            ]) == [
                "/here/a.lua:2:11: error: unknown type of 'x' 'float'; one of integer, milliseconds, microseconds, string, bytes",
                "/here/b.lua:1:1: error: no annotations; begin the script with '---@script area.name'",
                "/here/d.lua:2:14: error: a.c is also the name of c.lua",
                "/here/e.lua:1:1: error: no annotations; begin the script with '---@script area.name'",
            ])
    }

    /// A binding, a SHA-1 or a manifest of one file would be of half a script.
    @Test func aScriptThatIncludesOthersIsAnError() throws {
        let source = "#!lua flags=no-writes\n---@script a.b\n--- @include \"shared/c\"\nreturn c()\n"
        #expect(
            errors(["a.lua": source]) == [
                "/here/a.lua:3:1: error: the text of 'shared/c' would not be in what is made of this script; write both into one file"
            ])
        #expect(errors(["a.lua": "---@script a.b\nreturn '--- @include \"c\"'\n"]).isEmpty)
        let files = [ScriptFile(path: "a.lua", bytes: Array("--- @include \"c\"\nreturn c()\n".utf8))]
        #expect(try AnnotatedScript.scripts(in: files, leavingOutOthers: true).isEmpty)
    }

    @Test func anErrorIsOneLineWhateverIsInTheFile() {
        #expect(
            errors(["a\n.lua": "---@script a.b\n---@arg x \u{1B}[2J\n"]) == [
                "/here/a\\u{a}.lua:2:11: error: unknown type of 'x' '\\u{1b}[2J'; one of integer, milliseconds, microseconds, string, bytes"
            ])
    }

    @Test func scriptsWithoutAnnotationsCanBeLeftOut() throws {
        let files = ["return 1\n", "---@script a.b\n"].enumerated().map {
            ScriptFile(path: "\($0).lua", bytes: Array($1.utf8))
        }
        #expect(try AnnotatedScript.scripts(in: files, leavingOutOthers: true).map(\.header.name) == ["a.b"])
    }

    @Test func theDigestIsThatOfRedis() throws {
        // Around the ends of blocks, and more than one of them.
        for length in Array(0...130) + [1_000, 65_537] {
            let source = "---@script a.b\n" + String(repeating: "-", count: length)
            #expect(try scripts(["a.lua": source])[0].sha == LuaScript(name: "", source: source).sha)
        }
    }
}
