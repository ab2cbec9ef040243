import PeriluneLua
import Testing

@Suite("Script header")
struct ScriptHeaderTests {
    @Test("a full header")
    func full() throws {
        let parsed = try ScriptHeader.parse(
            """
            #!lua flags=allow-oom
            -- Copyright of somebody
            --- Take from a token bucket (GCRA) in one atomic step.
            ---
            --- The state is the expiry.
            ---@script ratelimit.token_bucket
            ---@key    bucket    string          # exists while any token is spent; its expiry is the state
            ---@keys   others    any
            ---@arg    capacity  integer >0      # tokens the bucket holds
            ---@arg    interval  microseconds >0 <=1000
            ---@arg    note      string <=64     # remark #1
            ---@args   limits    capacity:integer>0 interval:microseconds>=1<10 tag:string  # one group per limit
            ---@return integer?                  # >=0: debt; <0: -(wait)
            ---@flags  allow-oom, no-cluster
            ---@repeatable                       # running it twice is harmless
            ---@redis  >=6.2
            ---@budget calls=3 instructions=5000

            local capacity = 1
            ---@nonsense in the body is not read
            """)
        let header = try #require(parsed)
        #expect(header.name == "ratelimit.token_bucket")
        #expect(header.summary == "Take from a token bucket (GCRA) in one atomic step.")
        #expect(header.description == ["The state is the expiry."])
        #expect(header.keys.map(\.name) == ["bucket"])
        #expect(header.keys.map(\.type) == [.string])
        #expect(header.keys.map(\.summary) == ["exists while any token is spent; its expiry is the state"])
        #expect(header.variadicKey?.type == .any)
        #expect(header.arguments.map(\.name) == ["capacity", "interval", "note"])
        #expect(header.arguments.map(\.type) == [.integer, .microseconds, .string])
        #expect(header.arguments.map(\.minimum) == [1, 1, nil])
        #expect(header.arguments.map(\.maximum) == [nil, 1000, 64])
        #expect(header.arguments.last?.summary == "remark #1")
        let group = try #require(header.argumentGroup)
        #expect(group.name == "limits")
        #expect(group.columns.map(\.name) == ["capacity", "interval", "tag"])
        #expect(group.columns.map(\.minimum) == [1, 1, nil])
        #expect(group.columns.map(\.maximum) == [nil, 9, nil])
        #expect(group.summary == "one group per limit")
        #expect(header.returns?.type == .integer)
        #expect(header.returns?.isOptional == true)
        #expect(header.flags == [.allowOOM, .noCluster])
        #expect(header.isRepeatable)
        #expect(header.minimumRedis == ScriptHeader.Version(major: 6, minor: 2, patch: 0))
        #expect(header.budget?.calls == 3)
        #expect(header.budget?.instructions == 5000)
        #expect(header.line == 6)
        #expect(header.column == 12)
        #expect(header.arguments.first?.line == 9)
        #expect(header.keys.first?.column == 12)
        #expect(group.columns.map(\.column) == [22, 41, 69])
    }

    @Test(
        "the column is that of the part which is wrong",
        arguments: [
            ("---@skript a", 4), ("\t---@skript a", 5), ("---@script A.b", 4), ("---@script a\n---@key 1k string", 9),
            ("---@script a\n---@key k  text", 12), ("---@script a\n  ---@arg n integer >5 <x", 24),
            ("---@script a\n---@args g a:integer b:int", 24), ("---@script a\n---@return int?", 12),
            ("---@script a\n---@flags no-writes,readonly", 21), ("---@script a\n---@budget time=3", 12),
            ("---@script a\n---@arg n integer # \u{00E9}\n---@arg n string", 9), ("---@key k string", 4),
        ] as [(String, Int)])
    func columns(text: String, column: Int) {
        let error = #expect(throws: ScriptHeaderError.self) { try ScriptHeader.parse(text) }
        #expect(error?.column == column)
    }

    @Test("a script without annotations has no header")
    func none() throws {
        #expect(try ScriptHeader.parse("return 1") == nil)
        #expect(try ScriptHeader.parse("--- only text\n-- and a remark\nreturn 1") == nil)
        #expect(try ScriptHeader.parse("--[[ long ]]\n---@script late.x\nreturn 1") == nil)
        #expect(try ScriptHeader.parse("") == nil)
    }

    @Test("CR LF and tabs are blanks")
    func lineEndings() throws {
        let header = try ScriptHeader.parse("---@script\ta.b\r\n---@key\tk\tzset\t# why\r\nreturn 1\r\n")
        #expect(header?.keys.map(\.summary) == ["why"])
        #expect(header?.keys.map(\.type) == [.zset])
    }

    @Test(
        "what is wrong is said with what would be right",
        arguments: [
            ("---@skript a", 1, "unknown annotation '@skript'"),
            ("\n---@key k string", 2, "add '---@script area.name'"),
            ("---@script", 1, "as in '@script ratelimit.token_bucket'"),
            ("---@script A.b", 1, "lower-case parts"),
            ("---@script a..b", 1, "lower-case parts"),
            ("---@script a\n---@script b", 2, "second '@script'"),
            ("---@script a\n---@key k", 2, "as in '@key bucket string'"),
            ("---@script a\n---@key k text", 2, "unknown key type 'text'; one of string, hash"),
            ("---@script a\n---@key k string\n---@key k hash", 3, "'k' is declared twice"),
            ("---@script a\n---@keys k string\n---@key l hash", 3, "must be the last"),
            ("---@script a\n---@arg n", 2, "as in '@arg capacity integer >0'"),
            ("---@script a\n---@arg 1n integer", 2, "'1n' is no name"),
            ("---@script a\n---@arg n int", 2, "unknown type of 'n' 'int'; one of integer"),
            ("---@script a\n---@arg n integer =0", 2, "unknown bound '=0'"),
            ("---@script a\n---@arg n integer >0 >=1", 2, "two bounds of one kind"),
            ("---@script a\n---@arg n integer >5 <3", 2, "no value of 'n'"),
            ("---@script a\n---@args g n", 2, "column 'n' has no type"),
            ("---@script a\n---@args g n:integer>x", 2, "unknown bound '>x'"),
            ("---@script a\n---@args g n:integer\n---@arg m integer", 3, "must be the last"),
            ("---@script a\n---@return number", 2, "unknown return type 'number'"),
            ("---@script a\n---@flags readonly", 2, "unknown flag 'readonly'; one of no-writes"),
            ("---@script a\n---@repeatable yes", 2, "takes no value"),
            ("---@script a\n---@redis 6.2", 2, "as in '@redis >=6.2'"),
            ("---@script a\n---@redis >=6.x", 2, "as in '@redis >=6.2'"),
            ("---@script a\n---@budget calls", 2, "write 'calls=3'"),
            ("---@script a\n---@budget time=3", 2, "one of calls, instructions"),
        ] as [(String, Int, String)])
    func errors(text: String, line: Int, words: String) {
        do throws(ScriptHeaderError) {
            _ = try ScriptHeader.parse(text)
            Issue.record("accepted")
        } catch {
            #expect(error.line == line)
            #expect(error.message.contains(words), "\(error.message)")
        }
    }

    @Test("all that is wrong is found, and the rest is read")
    func reading() throws {
        let text = """
            ---@script a.b
            ---@key k text
              ---@arg n  integer >x
            ---@arg \u{e9}\u{e8} integer
            ---@flags no-writes, nothing, allow-oom
            ---@nobody knows
            ---@return integer
            """
        let reading = ScriptHeader.read(Array(text.utf8))
        #expect(
            reading.errors.map { "\($0.range)" } == ["2:11-2:15", "3:22-3:24", "4:9-4:13", "5:22-5:29", "6:4-6:11"])
        #expect(reading.header?.returns?.type == .integer)
        #expect(reading.header?.name == "a.b")
        #expect(reading.trusted == nil)
        let first = try #require(reading.errors.first)
        #expect(throws: first) { try ScriptHeader.parse(text) }
    }

    @Test("of what does not depend on each other, the rest is trusted")
    func trusted() {
        func read(_ text: String) -> ScriptHeader.Reading { ScriptHeader.read(Array(text.utf8)) }
        #expect(read("---@script a\n---@author x").trusted?.name == "a")
        #expect(read("---@key k any").trusted?.keys.count == 1)
        #expect(read("---@script a\n---@kyes k any").trusted == nil)
        #expect(read("---@script a\n---@flags x").trusted == nil)
    }

    @Test("annotations of Lua's language server are none of a header's")
    func languageServer() throws {
        let header = try ScriptHeader.parse(
            """
            ---@diagnostic disable: undefined-global
            ---@script a.b
            ---@return integer

            ---@param x string
            ---@return string
            local function f(x) return x end
            """)
        #expect(header?.returns?.type == .integer)
        #expect(try ScriptHeader.parse("---@class Point\n---@field x number\nlocal Point = {}") == nil)
        #expect(try ScriptHeader.parse("---@return string\nlocal function f() end") == nil)
        #expect(try ScriptHeader.parse("---@author somebody\nreturn 1") == nil)
    }

    @Test("entries are found by their index")
    func entries() throws {
        let parsed = try ScriptHeader.parse(
            """
            ---@script a.b
            ---@key    first  hash
            ---@keys   others set
            ---@arg    n      integer
            ---@args   rows   id:string time:milliseconds
            """)
        let header = try #require(parsed)
        #expect((0...3).map { header.key(at: $0)?.name } == [nil, "first", "others", "others"])
        #expect((0...4).map { header.argument(at: $0)?.name } == [nil, "n", "id", "time", "id"])
        #expect(header.argument(at: 3)?.range.start.column == 29)
        #expect(header.ranges[.args]?.start.line == 5)
    }
}
