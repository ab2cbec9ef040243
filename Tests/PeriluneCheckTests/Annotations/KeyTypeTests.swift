import PeriluneCore
import PeriluneLua
import PeriluneRedis
import PeriluneTestSupport
import Testing

@testable import PeriluneCheck

@Suite("Declared types of keys")
struct KeyTypeTests {
    private static func keys(_ types: String...) -> [String] {
        types.enumerated().map { "key k\($0.offset) \($0.element)" } + ["return array"]
    }

    @Test(
        "Commands for another type are found",
        arguments: [
            AnnotationCase.finds("read", ["R306:5:28"], keys("zset"), "return {redis.call('HGET', KEYS[1], 'f')}"),
            .finds("made another", ["R306:5:19"], keys("hash"), "redis.call('SET', KEYS[1], 'v')", "return {}"),
            .finds("by a name", ["R306:6:29"], keys("list"), "local k = KEYS[1]", "return {redis.call('SCARD', k)}"),
            .finds(
                "in a function", ["R306:5:53"], keys("stream"),
                "local function size(key) return {redis.call('LLEN', key)} end", "return size(KEYS[1])"),
            .finds(
                "of several keys one", ["R306:6:38"], keys("set", "list"),
                "return redis.call('SUNION', KEYS[1], KEYS[2])"),
            .finds(
                "where it is stored", ["R306:6:35"], keys("set", "set"),
                "return {redis.call('ZUNIONSTORE', KEYS[1], 1, KEYS[2])}"),
            .finds(
                "whichever it is", ["R306:6:28"], keys("set", "list"),
                "return {redis.call('HLEN', #KEYS[1] > 9 and KEYS[1] or KEYS[2])}"),
            .finds(
                "the rest", ["R306:6:57"], ["key a hash", "keys b list", "return array"],
                "return {redis.call('HLEN', KEYS[1]), redis.call('HLEN', KEYS[4])}"
            ),
        ])
    func found(_ annotation: AnnotationCase) {
        #expect(annotation.findings == annotation.expected)
    }

    @Test(
        "Others are not",
        arguments: [
            AnnotationCase.accepts("any", keys("any"), "return {redis.call('HGET', KEYS[1], 'f')}"),
            .accepts(
                "for all types", keys("zset"), "return {redis.call('PEXPIRE', KEYS[1], 1), redis.call('DEL', KEYS[1])}"),
            .accepts(
                "sets as sorted sets", keys("zset", "set"), "return {redis.call('ZUNIONSTORE', KEYS[1], 1, KEYS[2])}"),
            .accepts("bits of strings", keys("string"), "return {redis.call('GETBIT', KEYS[1], 1)}"),
            .accepts("a name that begins with it", keys("zset"), "return {redis.call('GET', KEYS[1] .. ':x')}"),
            .accepts(
                "one that a condition leaves", keys("set", "list"),
                "local k = KEYS[1]", "local other = ARGV[1] == 'x'", "if other then k = KEYS[2] end",
                "if not other then return {redis.call('SCARD', k)} end", "return {}"),
        ])
    func accepted(_ annotation: AnnotationCase) {
        #expect(annotation.findings.filter { $0.hasPrefix("R306") } == [])
    }

    @Test(
        "The server has the same types of keys", .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
    func server() async throws {
        let categories: [String: ScriptHeader.KeyType] = [
            "@string": .string, "@bitmap": .string, "@hyperloglog": .string, "@hash": .hash, "@list": .list,
            "@set": .set, "@sortedset": .zset, "@geo": .zset, "@stream": .stream,
        ]
        try await withServer { engine in
            let reply = try await engine.send(RedisCommand("COMMAND")).array ?? []
            #expect(reply.count > 200)
            for command in reply {
                guard let fields = command.array, fields.count > 6, let name = fields[0].string?.uppercased(),
                    CommandTable.rows[name] != nil
                else { continue }
                let types = Set((fields[6].array ?? []).compactMap(\.string).compactMap { categories[$0] })
                let own = KeyTypes.of(name, keyAt: 1)
                // What has subcommands has no types of its own; SORT works on several, and is for none of them.
                if fields.count > 9, fields[9].array?.isEmpty == false { continue }
                #expect(types.count == 1 ? own?.isSuperset(of: types) == true : own == nil, "\(name): \(types)")
            }
        }
    }
}
