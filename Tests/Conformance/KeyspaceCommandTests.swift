import PeriluneCore
import PeriluneEmbedded
import PeriluneFuzzing
import PeriluneTestSupport
import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct KeyspaceCommandTests {
    /// All types under the same keys, so that every command meets every type.
    @Test func typesMixTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(4000, setUp: [["FLUSHALL"]]) { $0.mixedLine() }
    }

    @Test func encodingsChangeTheSame() async throws {
        let pair = try EnginePair()
        let long = String(repeating: "x", count: 64)
        let integers = (0..<512).map { String($0) }.joined(separator: " ")
        let fields = (0..<512).map { "f\($0) v" }.joined(separator: " ")
        let scores = (0..<128).map { "1 \($0)" }.joined(separator: " ")
        for line in [
            "SET k 12", "SET k x", "SET k \(long)", "DEL k",
            "HSET k f \(long)", "HSET k f \(long)x", "DEL k", "HSET k \(long)x v", "DEL k",
            "HSET k \(fields)", "HSET k x v", "HDEL k x", "DEL k", "LPUSH k x", "DEL k",
            "SADD k 1", "SADD k x", "SREM k x", "DEL k", "SADD k \(integers)", "SADD k -1", "SREM k -1", "DEL k",
            "ZADD k 1 \(long)", "ZADD k 1 \(long)x", "DEL k", "ZADD k \(scores)", "ZADD k 1 x",
            "ZREMRANGEBYRANK k 1 -1", "ZUNIONSTORE k 1 k",
        ] {
            _ = try await pair.send(line)
            _ = try await pair.send("OBJECT ENCODING k")
        }
    }

    @Test func globsMatchTheSame() async throws {
        var fuzz = CommandFuzz()
        let names = ["a", "b", "ab", "abc", "a*c", "[a]", "-", "ba", "aab", "\\", "a-c", "]", "^", "abab", ""]
        try await fuzz.compare(2000, distorting: false, setUp: [["MSET"] + names.flatMap { [$0, "1"] }]) { fuzz in
            let pattern = fuzz.several(0...6) { $0.pick("*", "?", "a", "b", "c", "[", "]", "^", "-", "\\", "[a-c]") }
            return .init(["KEYS", pattern.joined()], order: .any)
        }
    }

    /// What is there from the first call to the last is met, while other elements come and go.
    @Test func scansMeetWhatStays() async throws {
        let engine = EmbeddedEngine()
        for (add, scan, remove) in [
            (["HSET", "k"], "HSCAN", "HDEL"), (["SADD", "k"], "SSCAN", "SREM"), (["ZADD", "k", "1"], "ZSCAN", "ZREM"),
            (["SET"], "SCAN", "DEL"),
        ] {
            func send(_ words: [String]) async throws -> RedisReply {
                try await engine.send(RedisCommand(words[0], words.dropFirst().map { .string($0) }))
            }
            func change(_ command: [String], _ name: String) async throws {
                let needsValue = command[0] == "HSET" || command[0] == "SET"
                _ = try await send(command + [name] + (needsValue ? ["1"] : []))
            }
            let target = scan == "SCAN" ? [] : ["k"]
            _ = try await send(["FLUSHALL"])
            for index in 0..<300 { try await change(add, "stays:\(index)") }
            for index in 0..<3000 { try await change(add, "goes:\(index)") }
            var met: Set<String> = []
            var cursor = "0"
            var round = 0
            repeat {
                let reply = try await send([scan] + target + [cursor, "COUNT", "7"])
                cursor = try #require(reply.array?[0].string)
                for element in reply.array?[1].array ?? [] { met.insert(element.string ?? "") }
                // First the set shrinks to a tenth, then it grows again.
                for index in (round * 40)..<(round * 40 + 40) {
                    if index < 3000 {
                        _ = try await send([remove] + target + ["goes:\(index)"])
                    } else if index < 8000 {
                        try await change(add, "comes:\(index)")
                    }
                }
                round += 1
            } while cursor != "0"
            let missing = (0..<300).filter { !met.contains("stays:\($0)") }
            #expect(missing.isEmpty, "\(scan)")
        }
    }
}
