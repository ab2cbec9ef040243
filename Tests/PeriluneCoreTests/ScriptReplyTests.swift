import PeriluneCore
import Testing

/// Answers every script with one reply.
private struct AnsweringEngine: ScriptEngine {
    let reply: RedisReply

    func call(_: LuaScript, keys _: [RedisKey], arguments _: [RedisArgument]) async throws(EngineError) -> RedisReply {
        reply
    }

    func send(_: RedisCommand) async throws(EngineError) -> RedisReply { reply }
    func pipeline(_: [RedisCommand]) async throws(EngineError) -> [RedisReply] { [] }
    func transaction(_: [RedisCommand]) async throws(EngineError) -> [RedisReply] { [] }
}

@Suite struct ScriptReplyTests {
    func read<Value>(_ expected: ScriptReply<Value>, _ reply: RedisReply) async throws(EngineError) -> Value {
        try await AnsweringEngine(reply: reply).call(
            LuaScript(name: "a.b", source: "return 1"), keys: [], arguments: [], expecting: expected)
    }

    @Test func aReplyIsReadAsItsType() async throws {
        #expect(try await read(.integer, .integer(-3)) == -3)
        #expect(try await read(.text, .bulk("é")) == "é")
        #expect(try await read(.bytes, .bulk([0xFF])) == [0xFF])
        #expect(try await read(.status, .status("OK")) == "OK")
        #expect(try await read(.optional(.integer), .null) == nil)
        #expect(try await read(.optional(.integer), .integer(1)) == 1)
        #expect(try await read(.array(.text), .array([.bulk("a"), .bulk("b")])) == ["a", "b"])
        #expect(try await read(.array(.optional(.bytes)), .array([.null, .bulk("b")])) == [nil, [98]])
        #expect(try await read(.optional(.array(.integer)), .null) == nil)
        #expect(try await read(.array(.integer), .array([])) == [])
    }

    @Test func anotherTypeIsAnErrorThatSaysWhichWasExpected() async {
        func message<Value>(_ expected: ScriptReply<Value>, _ reply: RedisReply) async -> String {
            let error = await #expect(throws: EngineError.self) { _ = try await read(expected, reply) }
            #expect(error?.code == .unexpectedReply)
            #expect(error?.mayHaveRun == true)
            return error?.message ?? ""
        }
        #expect(await message(.integer, .bulk("1")) == "a.b answered with a string instead of an integer")
        #expect(await message(.text, .bulk([0xFF])) == "a.b answered with a string instead of UTF-8 text")
        #expect(await message(.status, .bulk("OK")) == "a.b answered with a string instead of a status")
        #expect(await message(.bytes, .null) == "a.b answered with null instead of a string")
        #expect(
            await message(.optional(.integer), .array([])) == "a.b answered with an array instead of an integer or null"
        )
        #expect(
            await message(.array(.integer), .array([.integer(1), .null]))
                == "a.b answered with an array instead of an array, each element an integer")
    }
}
