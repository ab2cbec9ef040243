import Testing

@testable import PeriluneCheck

@Suite("Declared keys and arguments")
struct DeclarationTests {
    private static let ten = ["key k string", "arg n integer", "return integer"]
    private static let many = ["keys ks any", "args rows id:string n:integer", "return integer"]

    @Test(
        "What is never used is found",
        arguments: [
            AnnotationCase.finds("both", ["R304:3:4", "R304:4:4"], ten, "return 1"),
            .finds("the rest", ["R304:3:4", "R304:4:4"], many, "return #KEYS + #ARGV"),
            .finds(
                "the first of three", ["R304:3:4"], ["arg a bytes", "arg b bytes", "arg c bytes", "return array"],
                "local t = {}", "for i = 2, 3 do t[i - 1] = ARGV[i] end", "return t"),
            .finds(
                "the rest, by a loop over the others", ["R304:5:4"],
                ["arg a bytes", "arg b bytes", "args rows id:string", "return integer"],
                "local n = 0", "for i = 1, 2 do n = n + #ARGV[i] end", "return n"),
            .finds("what is not reached", ["R304:3:4"], ["key k any", "return integer"], "do return 1 end"),
        ])
    func unused(_ annotation: AnnotationCase) {
        #expect(annotation.findings == annotation.expected)
    }

    @Test(
        "What may be used is not",
        arguments: [
            AnnotationCase.accepts("each", ten, "return redis.call('SETRANGE', KEYS[1], ARGV[1], 'x')"),
            .accepts("by names", ten, "local k, n = KEYS[1], ARGV[1]", "return redis.call('SETRANGE', k, n, 'x')"),
            .accepts("by other names", ten, "local k, a = KEYS, ARGV", "return #k[1] + #a[1]"),
            .accepts("unpacked", ten, "return redis.call('SETRANGE', unpack(KEYS), unpack(ARGV))"),
            .accepts("encoded", ten, "return #cjson.encode(KEYS) + #cjson.encode(ARGV)"),
            .accepts(
                "by loops", many, "local n = 0", "for i = 1, #KEYS do n = n + #KEYS[i] end",
                "for i = 1, #ARGV, 2 do n = n + #ARGV[i + 1] end", "return n"),
            .accepts(
                "by ipairs", ["keys ks any", "return integer"], "for _, k in ipairs(KEYS) do", "redis.call('DEL', k)",
                "end", "return 1"),
            .accepts(
                "in a function", ["arg a bytes", "arg b bytes", "return integer"],
                "local function size(i) if i == 0 then return 0 end return #ARGV[i] + size(i - 1) end",
                "return size(2)"),
            .accepts(
                "at a place that nobody knows", ["arg which integer", "args rows id:string", "return bytes?"],
                "return ARGV[tonumber(ARGV[1]) + 1]"),
        ])
    func used(_ annotation: AnnotationCase) {
        #expect(annotation.findings == annotation.expected)
    }

    @Test(
        "What is used and not declared is found",
        arguments: [
            AnnotationCase.finds(
                "key", ["R305:6:35"], ["key a any", "return integer"], "-- nothing",
                "return redis.call('DEL', KEYS[1], KEYS[2])"),
            .finds("argument", ["R305:4:9"], ["return integer"], "return #ARGV[1]"),
            .finds("none", ["R305:4:8"], ["return bytes?"], "return ARGV[0]"),
            .finds(
                "by another name", ["R305:6:24"], ["arg a bytes", "return bytes?"], "local t, n = ARGV, 1",
                "return t[1] == 'x' and t[n + 1] or false"),
            .finds(
                "from a place on", ["R305:6:30"], ["arg a bytes", "return integer"], "local n = #ARGV[1]",
                "for i = 2, #ARGV do n = n + #ARGV[i] end", "return n"),
            .finds(
                "in a function", ["R305:5:32"], ["arg a bytes", "return integer"],
                "local function second() return ARGV[2] end", "return second() and #ARGV[1] or 0"),
            .accepts(
                "the rest", ["key a any", "keys b any", "return integer"],
                "return redis.call('DEL', KEYS[1], KEYS[2], KEYS[9])"),
            .accepts("a field", ["arg a bytes", "return integer"], "local t = {ARGV[1], 2, 3}", "return t[3]"),
        ])
    func undeclared(_ annotation: AnnotationCase) {
        #expect(annotation.findings == annotation.expected)
    }

    @Test("A finding says which element it is about, and what is declared")
    func messages() {
        func messages(_ source: String) -> [String] {
            AnnotationCase.findings(in: "---@script a.b\n" + source).map(\.message)
        }
        #expect(
            messages("---@key a any\n---@keys b any\n---@arg n integer") == [
                "KEYS[1] 'a' is never used", "the rest of KEYS, 'b', is never used", "ARGV[1] 'n' is never used",
            ])
        #expect(
            messages("local a, b = KEYS[1], ARGV[0]\nredis.call('SET', a, b)") == [
                "KEYS[1] is not declared: no key is", "ARGV[0] is never there: ARGV begins with 1",
            ])
    }
}
