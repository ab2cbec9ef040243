import PeriluneCore
import PeriluneIO
import PeriluneTestSupport
import Testing

@Suite("RESP decoder under random input")
struct RESPDecoderFuzzTests {
    @Test("Random replies, cut at random, decode to what was encoded", arguments: 0..<40)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let replies = (0..<50).map { _ in randomReply(depth: 0, &random) }
        let stream = replies.flatMap(encode)
        for usesFastPath in [true, false] {
            let decoded = try decodeAll(cut(stream, &random), usesFastPath: usesFastPath)
            #expect(decoded == replies, "seed \(seed)")
        }
    }

    @Test("Damaged streams end in replies or a violation, the same with and without hiredis", arguments: 0..<60)
    func damaged(seed: UInt64) {
        var random = SeededGenerator(seed: seed &+ 1000)
        for _ in 0..<50 {
            var stream = (0..<5).flatMap { _ in encode(randomReply(depth: 0, &random)) }
            for _ in 0..<Int.random(in: 1...4, using: &random) where !stream.isEmpty {
                let index = Int.random(in: 0..<stream.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: stream[index] = UInt8.random(in: 0...255, using: &random)
                case 1: stream.remove(at: index)
                default: stream.insert(Array("*$:+-019\r\n".utf8).randomElement(using: &random) ?? 0, at: index)
                }
            }
            let whole = outcome([stream], usesFastPath: true)
            #expect(outcome(cut(stream, &random), usesFastPath: true) == whole, "seed \(seed): \(stream)")
            #expect(outcome(cut(stream, &random), usesFastPath: false) == whole, "seed \(seed): \(stream)")
        }
    }

    private struct Outcome: Equatable {
        var replies: [RedisReply] = []
        var isViolation = false
    }

    private func outcome(_ pieces: [[UInt8]], usesFastPath: Bool) -> Outcome {
        let decoder = RESPDecoder(usesFastPath: usesFastPath)
        var outcome = Outcome()
        do {
            for piece in pieces {
                decoder.receive(piece)
                while let reply = try decoder.next() { outcome.replies.append(reply) }
            }
        } catch {
            outcome.isViolation = true
        }
        return outcome
    }

    private func cut(_ stream: [UInt8], _ random: inout SeededGenerator) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = stream[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...min(rest.count, 20), using: &random)
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    private func randomReply(depth: Int, _ random: inout SeededGenerator) -> RedisReply {
        switch Int.random(in: 0..<(depth < 7 ? 6 : 5), using: &random) {
        case 0: .integer(Int.random(in: .min ... .max, using: &random) >> Int.random(in: 0..<64, using: &random))
        case 1: .bulk((0..<Int.random(in: 0..<40, using: &random)).map { _ in .random(in: 0...255, using: &random) })
        case 2: .status(["", "OK", "QUEUED"].randomElement(using: &random) ?? "")
        case 3: .error(RedisError(["ERR", "NOSCRIPT No", "-"].randomElement(using: &random) ?? ""))
        case 4: .null
        default:
            .array(
                (0..<Int.random(in: 0..<5, using: &random)).map { _ in randomReply(depth: depth + 1, &random) })
        }
    }

    private func encode(_ reply: RedisReply) -> [UInt8] {
        switch reply {
        case .integer(let value): Array(":\(value)\r\n".utf8)
        case .bulk(let bytes): Array("$\(bytes.count)\r\n".utf8) + bytes + Array("\r\n".utf8)
        case .status(let text): Array("+\(text)\r\n".utf8)
        case .error(let error): Array("-\(error.line)\r\n".utf8)
        case .null: Array("$-1\r\n".utf8)
        case .array(let elements): Array("*\(elements.count)\r\n".utf8) + elements.flatMap(encode)
        }
    }
}
