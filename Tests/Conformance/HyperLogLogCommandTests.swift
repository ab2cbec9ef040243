import PeriluneCore
import PeriluneFuzzing
import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct HyperLogLogCommandTests {
    /// Few members and many, so that sketches are in runs, on their way, and dense. Their bytes are the server's.
    @Test func sketchesAreTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(250, setUp: [["SET", "s", "text"], ["DEL", "a"], ["RPUSH", "l", "x"]]) {
            $0.hyperLogLogLine()
        }
    }

    @Test func aFullSketchIsTheSame() async throws {
        let pair = try EnginePair()
        let script = LuaScript(
            name: "fill",
            source: """
                for round = 1, 300 do
                    local members = {}
                    for index = 1, 100 do members[index] = 'm' .. round * 100 + index end
                    redis.call('PFADD', KEYS[1], unpack(members))
                end
                return redis.sha1hex(redis.call('GET', KEYS[1])) .. redis.call('PFCOUNT', KEYS[1])
                """)
        _ = try await pair.call(script, keys: ["k"])
        let digest = LuaScript(
            name: "digest",
            source: """
                local sums = {}
                for index, key in ipairs(KEYS) do sums[index] = redis.sha1hex(redis.call('GET', key) or '') end
                return sums
                """)
        for line in [
            "PFADD j a b c", "PFMERGE j", "PFMERGE m j k", "PFCOUNT m", "PFMERGE n j", "PFCOUNT n j none", "PFADD n",
            "PFADD o",
            "PFCOUNT o", "PFMERGE p", "PFCOUNT p", "PEXPIRE p 1000", "PFADD p x", "PTTL p",
        ] {
            _ = try await pair.send(line)
            _ = try await pair.call(digest, keys: ["j", "k", "m", "n", "o", "p"])
        }
    }

    @Test func whatIsNoSketchIsRefusedTheSame() async throws {
        let pair = try EnginePair()
        let header = "HYLL\u{1}\0\0\0"
        // Runs that do not cover all registers, or more; a length that is not a dense sketch's; other magic and encoding.
        let count = "\0\0\0\0\0\0\0\0"
        for value in [
            "", "HYLL", "12345678901234567", header + count, header + count + "\u{7f}", header + count + "\u{1}\u{2}",
            header + count + String(repeating: "\u{7f}\u{7f}", count: 3), "HYLL\0\0\0\0" + count,
            "HYLM\u{1}\0\0\0" + count,
            "HYLL\u{2}\0\0\0" + count,
        ] {
            for words in [
                ["PFCOUNT", "k"], ["PFCOUNT", "k", "none"], ["PFADD", "k", "x"], ["PFMERGE", "d", "k"],
                ["PFMERGE", "k"],
            ] {
                _ = try await pair.send(RedisCommand("SET", ["k", .string(value)]))
                _ = try await pair.send(RedisCommand(words[0], words.dropFirst().map { .string($0) }))
                _ = try await pair.send("GET d")
            }
        }
        for line in [
            "PFADD", "PFCOUNT", "PFMERGE", "RPUSH l x", "PFADD l x", "PFCOUNT l", "PFMERGE l none", "PFMERGE d l",
        ] {
            _ = try await pair.send(line)
        }
    }
}
