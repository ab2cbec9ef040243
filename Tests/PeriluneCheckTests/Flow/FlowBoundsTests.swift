import PeriluneLua
import Testing

@testable import PeriluneCheck

/// Large scripts are checked in time that grows with them, or are given up early.
@Suite struct FlowBoundsTests {
    private static func repeated(_ count: Int, _ line: (Int) -> String) -> String {
        (1...count).map(line).joined(separator: "\n")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            FlowCase.accepts(
                "a table of data", "local t = {" + repeated(20_000) { "'v\($0)'," } + "}\nreturn t[tonumber(ARGV[1])]"),
            .accepts(
                "a table of names", "local t = {" + repeated(20_000) { "k\($0) = \($0)," } + "}\nreturn t[ARGV[1]]"),
            .accepts(
                "a chain of branches",
                "if ARGV[1] == '0' then return 0\n"
                    + repeated(5000) { "elseif ARGV[1] == '\($0)' then redis.call('HSET', KEYS[1], 'f', \($0))" }
                    + "\nend"),
            .accepts(
                "defaults",
                "local t = {}\n" + repeated(2000) { "t.k\($0) = t.k\($0) or {a = \($0)}" }
                    + "\nfor i = 1, 3 do for j = 1, 3 do t.x = i end end\nreturn 1"),
        ])
    func largeScriptsEnd(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test(.timeLimit(.minutes(1))) func manyUnknownCommandsEnd() throws {
        let source = Self.repeated(20_000) { "redis.call('GTE\($0)', KEYS[1])" }
        let bytes = Array(source.utf8)
        let script = CheckedScript(
            source: ScriptSource(path: "test.lua", bytes: bytes), chunk: try LuaParser.parse(bytes),
            annotations: ScriptHeader.read(bytes), shebang: nil, redis: .v70)
        #expect(CommandCheck.findings(in: script).count == 20_000)
    }
}
