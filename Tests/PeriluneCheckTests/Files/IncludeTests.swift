import PeriluneLua
import Testing

@testable import PeriluneCheck

@Suite struct IncludeTests {
    /// The findings of a project as `file line:column rule`.
    private func places(_ files: [String: String], others: [String: String] = [:]) -> [String] {
        let sources = files.sorted { $0.key < $1.key }.map { ScriptSource($0.key, $0.value) }
        return ProjectCheck(Validator()).findings(in: sources) { others[$0].map { Array($0.utf8) } }
            .flatMap { file in file.findings.map { "\(file.source.path) \($0.place)" } }
    }

    private let helper = "local function read(key)\n  return redis.call('GET', key)\nend\n"

    @Test func whatIsIncludedIsPartOfTheScript() {
        let script = "local x = KEYS[1]\n--- @include \"inc/read\"\nreturn read(x)\n"
        #expect(places(["a.lua": script, "inc/read.lua": helper]) == [])
        #expect(places(["a.lua": script], others: ["inc/read.lua": helper]) == [])
        // Without it the function is not there.
        #expect(places(["a.lua": "return read(KEYS[1])"]) == ["a.lua 1:8 R003"])
    }

    @Test func findingsStandInTheFileWhereTheCodeIs() {
        let script = "--- @include \"inc/read\"\nlocal unused = 1\nreturn read('settings')\n"
        #expect(
            places(["a.lua": script], others: ["inc/read.lua": helper])
                == ["a.lua 2:7 R201", "inc/read.lua 2:28 R005"])
    }

    @Test func linesBehindAnIncludeKeepTheirNumbers() {
        let script = "local one = 1\n  \n--- @include \"b\"\n--- @include \"c\"\n\nreturn nope\n"
        let files = ["b.lua": "local function b() return 1 end", "c.lua": "local function c() return b() end\n"]
        #expect(
            places(["a.lua": script], others: files) == [
                "a.lua 1:7 R201", "a.lua 6:8 R003", "c.lua 1:16 R201",
            ])
    }

    @Test func aFileIsTakenInOnce() {
        let files = [
            "a.lua": "--- @include \"b\"\n--- @include \"c\"\nreturn b() + c()",
            "b.lua": "local function b() return 1 end\n",
            "c.lua": "--- @include \"b\"\nlocal function c() return b() end\n",
        ]
        #expect(places(files) == [])
    }

    @Test func whatOneScriptDoesNotUseAnotherMay() {
        let files = [
            "a.lua": "--- @include \"both\"\nreturn one()",
            "b.lua": "--- @include \"both\"\nreturn two()",
            "both.lua": """
            local function one() return 1 end
            local function two() return 2 end
            local function three() return 3 end
            local function bad() return redis.call('NOPE') end
            """,
        ]
        #expect(
            Set(places(files)) == ["both.lua 3:16 R201", "both.lua 4:16 R201", "both.lua 4:40 R004"])
    }

    @Test func pathsAreRelativeToTheFileThatNamesThem() {
        #expect(IncludeResolver.path(of: "x", from: "lua/a.lua") == "lua/x.lua")
        #expect(IncludeResolver.path(of: "../x.lua", from: "lua/commands/a.lua") == "lua/x.lua")
        #expect(IncludeResolver.path(of: "../../x", from: "lua/a.lua") == "../x.lua")
        #expect(IncludeResolver.path(of: "/etc/../x", from: "lua/a.lua") == "/x.lua")
        #expect(ScriptPath.normalized("./lua//./a.lua") == "lua/a.lua")
    }

    @Test(arguments: [
        ("--- @include \"a\"", "a"), ("-- @include 'b/c'", "b/c"), ("---   @include\t\"d\" ", "d"),
        ("--@include \"e\"", "e"), ("---@include \"f\"", "f"),
        ("- @include \"g\"", nil), ("--- @included \"h\"", nil), ("--- @include h", nil), ("--- @include \"\"", nil),
        (" --- @include \"i\"", nil), ("--- see @include \"j\"", nil), ("--- @include \"k", nil),
    ])
    func onlyTheDirectiveIsOne(_ line: String, _ name: String?) {
        #expect(ScriptInclude.name(in: Array(line.utf8)[...]) == name)
    }

    @Test func whatIsMissingIsTheOnlyFinding() {
        #expect(places(["a.lua": "local x\n--- @include \"nope\"\nreturn nope()"]) == ["a.lua 2:1 R903"])
    }

    @Test func filesThatIncludeEachOtherAreFound() {
        #expect(
            places(["a.lua": "--- @include \"b\"\nreturn 1", "b.lua": "\n--- @include \"a\"\n"]) == ["b.lua 2:1 R903"])
        #expect(places(["a.lua": "--- @include \"a\"\nreturn 1"]) == ["a.lua 1:1 R903"])
    }

    @Test func aFixStaysInItsFile() throws {
        let helper = "local function none(key)\n  return redis.call('GET', key) == nil\nend\n"
        let script = "local x = 1\n--- @include \"none\"\nreturn none(KEYS[x])"
        let files = ProjectCheck(Validator()).findings(in: [ScriptSource("a.lua", script)]) {
            $0 == "none.lua" ? Array(helper.utf8) : nil
        }
        #expect(files.map(\.source.path) == ["a.lua", "none.lua"])
        let fixed = try #require(files.last.flatMap { FixedScript($0) })
        #expect(String(decoding: fixed.bytes, as: UTF8.self) == helper.replacing("nil", with: "false"))
    }

    @Test func aFixThatWouldChangeTwoFilesIsNone() throws {
        // The comment ends where its file does; the line break behind it is the other file's.
        let helper = "local function one() return 1 end\n-- perilune:ignore R005 all of it"
        let script = "--- @include \"one\"\nreturn one()"
        let files = ProjectCheck(Validator()).findings(in: [ScriptSource("a.lua", script)]) {
            $0 == "one.lua" ? Array(helper.utf8) : nil
        }
        let file = try #require(files.last)
        #expect(file.findings.map(\.place) == ["2:1 R900"])
        #expect(FixedScript(file) == nil)
    }

    @Test func lineBreaksCountAsInLua() {
        let script = "local one = 1\rlocal two\r\n--- @include \"b\"\r\n\n\rreturn nope\r"
        #expect(
            places(["a.lua": script], others: ["b.lua": "local function b()\rreturn none end\r\n"]) == [
                "a.lua 1:7 R201", "a.lua 2:7 R201", "a.lua 5:8 R003", "b.lua 1:16 R201", "b.lua 2:8 R003",
            ])
    }
}
