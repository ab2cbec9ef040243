import PeriluneLua
import Testing

@testable import PeriluneCheck

@Suite("Annotations by themselves")
struct AnnotationCheckTests {
    @Test(
        "What cannot be read is found where it stands",
        arguments: [
            AnnotationCase.finds("type of a key", ["R301:3:16"], ["key bucket text"], "return 1"),
            .finds("type of an argument", ["R301:3:14"], ["arg time int >0"], "return 1"),
            .finds("bound", ["R301:3:22"], ["arg time integer =0"], "return 1"),
            .finds("type of a column", ["R301:3:31"], ["args limits a:integer>0 b:int<3"], "return 1"),
            .finds("bound of a column", ["R301:3:26"], ["args limits a:integer>x"], "return 1"),
            .finds("return type", ["R301:3:14"], ["return   number"], "return 1"),
            .finds("one of several flags", ["R301:3:21"], ["flags no-writes,readonly"], "return 1"),
            .finds("value of a budget", ["R301:3:12"], ["budget calls"], "return 1"),
            .finds("release", ["R301:3:4"], ["redis 6.2"], "return 1"),
            .finds("nothing behind it", ["R301:3:4"], ["arg"], "return 1"),
            .finds("second", ["R301:4:4"], ["return integer", "return string"], "return 1"),
            .finds("name twice", ["R301:4:9"], ["key k any", "key k any"], "return 1"),
            .finds(
                "all of them", ["R301:3:11", "R301:4:11", "R302:5:4", "R301:6:4"],
                ["key a x", "arg b x", "foo", "redis 7", "return integer"], "return 1"),
            .finds("in the code", ["R301:5:1"], ["return integer"], "local x = 1", "---@budget calls=1", "return x"),
            .finds("behind code", ["R301:4:14"], ["return integer"], "local x = 1  ---@key k string", "return x"),
        ])
    func malformed(_ annotation: AnnotationCase) {
        #expect(annotation.findings == annotation.expected)
    }

    @Test("A header that nobody reads is found, and what is no header is not")
    func placesOfHeaders() {
        func places(_ source: String) -> [String] {
            AnnotationCase.findings(in: source).map { "\($0.rule):\($0.range.start)" }
        }
        #expect(places("--[[ licence ]]\n---@script a.b\n---@key k string\nreturn 1") == ["R301:2:1"])
        #expect(places("local x = 1\n---@script a.b\nreturn x") == ["R301:2:1"])
        #expect(places("return '---@script a.b'") == [])
        #expect(places("-- licence\n---@author somebody\n--- @include \"x\"\nreturn 1") == [])
        #expect(places("---@param x string\n---@return string\nlocal function f(x) return x end\nreturn f(1)") == [])
        #expect(places("---@return string\nlocal function f() return '' end\nreturn f()") == [])
        #expect(places("---@returns string\nlocal function f() return '' end\nreturn f()") == [])
    }

    @Test(
        "Unknown annotations are found, and those of Lua's language server are not",
        arguments: [
            AnnotationCase.finds("unknown", ["R302:3:4"], ["author somebody", "return integer"], "return 1"),
            .finds("nearly", ["R302:3:4"], ["kye k string", "return integer"], "return 1"),
            .accepts("about the file", ["diagnostic disable: undefined-global", "return integer"], "return 1"),
            .accepts(
                "about code", ["return integer"], "", "---@param x integer", "---@return integer",
                "local function f(x) return x end", "---@type integer", "local y = 1", "return f(y)"),
            .accepts("an include", ["return integer"], "--- @include \"x\"", "--- @key k", "return 1"),
        ])
    func unknown(_ annotation: AnnotationCase) {
        #expect(annotation.findings == annotation.expected)
    }

    @Test("What is nearly right is said with what was meant, and mended")
    func suggestion() throws {
        let source = "---@script a.b\n---@returns integer # why\nreturn 1"
        let finding = try #require(AnnotationCase.findings(in: source).first)
        #expect(finding.message == "unknown annotation '@returns'; did you mean '@return'?")
        let fix = try #require(finding.fix)
        let fixed = Fix.apply([fix], to: Array(source.utf8)).source
        #expect(String(decoding: fixed, as: UTF8.self) == "---@script a.b\n---@return integer # why\nreturn 1")
    }

    @Test(
        "What is missing is found",
        arguments: [
            AnnotationCase.finds("return", ["R303:2:4"], [], "if redis.call('DBSIZE') > 1 then return end", "return 1"),
            .accepts("nothing to return", [], "redis.call('DBSIZE')"),
        ])
    func missing(_ annotation: AnnotationCase) {
        #expect(annotation.findings == annotation.expected)
    }

    @Test("Annotations without a name are found, and compared all the same")
    func unnamed() {
        let findings = AnnotationCase.findings(in: "\n---@key k string\n---@return integer\nreturn #KEYS")
        #expect(findings.map { "\($0.rule):\($0.range.start)" } == ["R303:2:4", "R304:2:4"])
    }

    @Test("While an annotation is wrong, the others are not compared with the script")
    func wrongOnes() {
        let source = "---@script a.b\n---@key a x\n---@key b hash\nreturn redis.call('GET', KEYS[2])"
        #expect(AnnotationCase.findings(in: source).map(\.rule.rawValue) == ["R301"])
    }

    @Test("Flags of the shebang line and of the annotations have to be the same")
    func flags() {
        func findings(_ shebang: String, _ annotation: String) -> [String] {
            let source = "\(shebang)\n---@script a.b\n---@return integer\n\(annotation)\nreturn 1"
            return AnnotationCase.findings(in: source).map { "\($0.rule):\($0.range.start): \($0.message)" }
        }
        #expect(
            findings("#!lua flags=no-writes", "---@flags allow-stale") == [
                "R309:4:4: 'allow-stale' is not in the shebang line; the shebang line has 'no-writes', too"
            ])
        #expect(findings("#!lua", "---@flags no-writes").count == 1)
        #expect(findings("#!lua flags=allow-oom,no-writes", "---@flags no-writes allow-oom") == [])
        #expect(findings("#!lua flags=no-writes", "") == [])
        #expect(findings("", "---@flags no-writes") == [])
    }
}
