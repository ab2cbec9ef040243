import Testing

@testable import PeriluneCheck

@Suite("The declared reply")
struct ReturnTypeTests {
    private static func reply(_ type: String) -> [String] { ["key k any", "return \(type)"] }

    @Test(
        "Other replies are found",
        arguments: [
            AnnotationCase.finds("string", ["R308:5:8"], reply("integer"), "return 'x' .. KEYS[1]"),
            .finds("number", ["R308:5:8"], reply("bytes"), "return #KEYS[1]"),
            .finds("array", ["R308:5:8"], reply("integer"), "return {#KEYS[1]}"),
            .finds("integer", ["R308:5:8"], reply("integer[]"), "return #KEYS[1]"),
            .finds("status", ["R308:5:8"], reply("string"), "return redis.call('SET', KEYS[1], 'x')"),
            .finds("no status", ["R308:5:8"], reply("status"), "return redis.call('DEL', KEYS[1])"),
            .finds("reply of a command", ["R308:5:8"], reply("integer?"), "return redis.call('GET', KEYS[1])"),
            .finds(
                "on one of several ways", ["R308:5:30"], reply("integer"), "if #KEYS[1] == 1 then return 'one' end",
                "return 1"),
            .finds("null", ["R308:5:30"], reply("integer"), "if #KEYS[1] == 1 then return false end", "return 1"),
            .finds("nothing", ["R308:5:23"], reply("integer"), "if #KEYS[1] == 1 then return end", "return 1"),
            .finds("no end", ["R308:6:7"], reply("integer"), "if #KEYS[1] == 1 then return 1 end", "do end"),
            .finds("what may not be there", ["R308:5:8"], reply("bytes"), "return redis.call('GET', KEYS[1])"),
            .finds(
                "may be nil", ["R308:7:8"], reply("integer"), "local n", "if #KEYS[1] == 1 then n = 2 end", "return n"),
            .finds("comparison", ["R308:5:8"], reply("integer"), "return #KEYS[1] == 1"),
            .finds("element", ["R308:5:8"], reply("integer[]"), "return {1, KEYS[1]}"),
            .finds("elements", ["R308:5:8"], reply("integer[]"), "return redis.call('SMEMBERS', KEYS[1])"),
        ])
    func found(_ annotation: AnnotationCase) {
        #expect(annotation.findings == annotation.expected)
    }

    @Test(
        "What fits is not",
        arguments: [
            AnnotationCase.accepts("integer", reply("integer"), "return #KEYS[1]"),
            .accepts("true", reply("integer"), "redis.call('DEL', KEYS[1])", "return true"),
            .accepts("string", reply("string"), "return KEYS[1] .. ''"),
            .accepts("status", reply("status"), "return redis.call('SET', KEYS[1], 'x')"),
            .accepts("own status", reply("status"), "redis.call('DEL', KEYS[1])", "return redis.status_reply('FINE')"),
            .accepts("ok", reply("status"), "redis.call('DEL', KEYS[1])", "return {ok = 'FINE'}"),
            .accepts("integers", reply("integer[]"), "return {#KEYS[1], 2, false}"),
            .accepts("strings", reply("bytes[]"), "return redis.call('HMGET', KEYS[1], 'a', 'b')"),
            .accepts("array", reply("array"), "return {#KEYS[1], 'x', {}}"),
            .accepts("null", reply("bytes?"), "return redis.call('GET', KEYS[1])"),
            .accepts(
                "or error", reply("integer"), "if #KEYS[1] > 9 then return redis.error_reply('ERR') end", "return 1"),
            .accepts(
                "or error for a list", reply("integer[]"), "if #KEYS[1] > 9 then return redis.error_reply('ERR') end",
                "return {1}"),
            .accepts("or own error", reply("integer"), "if #KEYS[1] > 9 then return {err = 'ERR no'} end", "return 1"),
            .accepts("raised", reply("integer"), "if #KEYS[1] < 9 then return 1 end", "error('ERR')"),
            .accepts(
                "what has been written", reply("bytes"), "redis.call('SET', KEYS[1], 'x')",
                "return redis.call('GET', KEYS[1])"),
            .accepts(
                "what has been asked for", reply("bytes"),
                "if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('GET', KEYS[1]) end", "return ''"),
            .accepts("unknown", reply("integer"), "return cjson.decode(KEYS[1]).n"),
            .accepts("pcall", reply("integer"), "return redis.pcall('INCR', KEYS[1])"),
            .accepts(
                "endless", reply("integer"), "while true do if redis.call('DEL', KEYS[1]) == 0 then return 1 end end"),
        ])
    func accepted(_ annotation: AnnotationCase) {
        #expect(annotation.findings == [])
    }

    @Test("A finding says what is replied, what is declared, and where")
    func message() throws {
        let source = "---@script a.b\n---@return integer\nreturn {'x'}"
        let finding = try #require(AnnotationCase.findings(in: source).first)
        #expect(finding.message == "the reply is an array, and 'integer' is declared")
        #expect(finding.notes.map { "\($0.range): \($0.message)" } == ["2:4-2:19: it is declared here"])
    }
}
