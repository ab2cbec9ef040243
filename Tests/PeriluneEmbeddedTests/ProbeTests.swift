import PeriluneCore
import PeriluneEmbedded
import Testing

/// The engine against what redis-server 7.0.15 answered.
@Suite struct ProbeTests {
    /// Probes whose recorded reply is not expected here: what the script contains, and why.
    static let differences: [(part: String, reason: String)] = [
        ("math.random(10)", "depends on how often the server had been asked before"),
        ("call(\"randomkey\")", "any of the keys"),
        ("call(\"keys\",\"*\")", "the order is that of the server's hash table"),
        ("redis.call('time')", "the recorded time"),
        ("redis.call(\"time\")", "the recorded time"),
        ("'pttl','tt'", "PTTL stands still within a script, as from Redis 7.2 on; 7.0 reads the live clock"),
        ("Function not found", "functions are not there"),
    ]

    /// Commands that the engine does not have, or only the port.
    static let missingCommands = ["command", "dump", "fcall", "info", "memory"]

    static func reasonToSkip(_ probe: RecordedProbe) -> String? {
        let text = probe.words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        for difference in differences where text.contains(difference.part) { return difference.reason }
        for command in missingCommands {
            if text.hasPrefix(command + " ") || text.contains("call(\"\(command)\"") {
                return "the command \(command.uppercased()) is not there"
            }
        }
        return nil
    }

    @Test func repliesAreThoseOfRedis() async throws {
        let engine = EmbeddedEngine()
        var compared = 0
        var isSetUp = false
        var skipped: [String: Int] = [:]
        for probe in try RecordedProbe.all() {
            if let reason = Self.reasonToSkip(probe) {
                skipped[reason, default: 0] += 1
                continue
            }
            if probe.reply.hasPrefix("-WRONGTYPE"), !isSetUp {
                // The recording made these keys before its second part.
                for line in ["FLUSHALL", "SET s text", "HSET h a 1", "ZADD z 1.5 m", "SADD st a"] {
                    let words = line.split(separator: " ").map(String.init)
                    _ = try await engine.send(RedisCommand(words[0], words.dropFirst().map { .string($0) }))
                }
                isSetUp = true
            }
            let command = RedisCommand(
                String(decoding: probe.words[0], as: UTF8.self), probe.words.dropFirst().map { .bytes($0) })
            let reply: RedisReply
            do throws(EngineError) {
                reply = try await engine.send(command)
            } catch {
                reply = .error(try #require(error.serverError))
            }
            #expect(resp(reply) == probe.reply, "\(probe)")
            compared += 1
        }
        print("\(compared) recorded replies compared byte for byte")
        for (reason, count) in skipped.sorted(by: { $0.key < $1.key }) { print("  \(count) not compared: \(reason)") }
        #expect(compared >= 310)
    }
}
