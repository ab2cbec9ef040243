import Testing

@testable import PeriluneCheck

/// What Lua 5.1 makes of the arguments of its functions.
@Suite struct LibraryFlowTests {
    @Test(arguments: [
        FlowCase.finds("%d of a quotient", ["R108:1"], in: "return string.format('%05d', ARGV[1] / 7)"),
        .finds("%x of a local", ["R108:2"], in: "local n = ARGV[1] / 7\nreturn string.format('%x', n)"),
        .finds("as a method", ["R108:1"], in: "return ('%d'):format(0.5)"),
        .finds("nil", ["R109:1"], in: "return string.format('%s', nil)"),
        .finds("a table", ["R109:1"], in: "return string.format('%s', KEYS)"),
        .finds("a comparison", ["R109:1"], in: "return string.format('%s', #KEYS == 1)"),
        .finds("a missing value", ["R109:1"], in: "return string.format('%s %s', 'x')"),
        .finds("a text as a number", ["R109:1"], in: "return string.format('%d', 'x')"),
        .finds("a table as a number", ["R109:1"], in: "return string.format('%.2f', {})"),
        .finds("no format", ["R109:1"], in: "return string.format('%y', 1)"),
        .finds("an end", ["R109:1"], in: "return string.format('100%')"),
        .finds("a zero byte", ["R110:1"], in: #"return string.format('%s', 'a\0b')"#),
        .finds("a place", ["R111:1"], in: "return string.sub(ARGV[1], 1, #ARGV[1] / 2)"),
        .finds("a count", ["R111:1"], in: "return string.rep('x', 2.5)"),
        .finds("of KEYS", ["R111:1"], in: "return KEYS[ARGV[1] / 2]"),
        .finds("a zero in a pattern", ["R112:1"], in: #"return (string.match(ARGV[1], '%d+\0'))"#),
        .finds("a stray escape", ["R112:1"], in: "return (string.gsub(ARGV[1], '%.', '%-'))"),
        .finds("an escape at the end", ["R112:1"], in: "return (string.gsub(ARGV[1], 'x', '%'))"),
        .finds("a base", ["R113:1"], in: "return math.ceil(math.log(8, 2))"),
        .finds("a separator", ["R113:1"], in: "return string.rep('x', 3, ',')"),
        .finds("given on", ["R113:1"], in: "return xpcall(tostring, tostring, 1) and 1"),
    ])
    func whatIsTakenInAnotherWayIsFound(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test(arguments: [
        FlowCase.accepts("%d of an integer", "return string.format('%d', math.floor(ARGV[1] / 7))"),
        .accepts("%d of an argument", "return string.format('%d', ARGV[1])"),
        .accepts("%f", "return string.format('%.3f', ARGV[1] / 7)"),
        .accepts("%%", "return string.format('100%% of %s', ARGV[1])"),
        .accepts("a number as text", "return string.format('%s', 5)"),
        .accepts("a hexadecimal text", "return string.format('%d', '0x1F')"),
        .accepts("what may be there", "return string.format('%s', redis.call('GET', KEYS[1]))"),
        .accepts("what came of cjson", "return string.format('%s', cjson.decode(ARGV[1]).name)"),
        .accepts("an unknown format", "return string.format(ARGV[1], nil)"),
        .accepts("values of a call", "return string.format('%s %s', unpack(ARGV))"),
        .accepts(
            "a long text with a zero byte", "return string.format('%s', '\(String(repeating: "x", count: 99))\\0')"),
        .accepts("a part of what is stored", "return string.rep('d', #redis.call('GET', KEYS[1]) / 8)"),
        .accepts("a field with a fraction", "local t = {}\nt[0.5] = 1\nreturn t[0.5]"),
        .accepts("%z", "return (string.gsub(ARGV[1], '%z', '%%0'))"),
        .accepts("a zero byte that is looked for", #"return (string.find(ARGV[1], '\0'))"#),
        .accepts("captures", "return (string.gsub(ARGV[1], '(x)', '%1%0%%'))"),
        .accepts("a function of another library", "local math = {log = tostring}\nreturn math.log(8, 2)"),
    ])
    func whatIsTakenAsItLooksIsNot(_ flow: FlowCase) throws {
        #expect(try flow.findings() == [])
    }

    @Test func formatsAreTakenApart() {
        let items = FormatSpec(Array("%-5.2f%% %s %".utf8)).items
        #expect(items.map(\.text) == ["%-5.2f", "%s", "%"])
        #expect(items.map(\.isKnown) == [true, true, false])
        #expect(items.map(\.hasPrecision) == [true, false, false])
    }
}
