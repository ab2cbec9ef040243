import PeriluneCore
import PeriluneEmbedded
import PeriluneFuzzing
import PeriluneTestSupport
import Testing

@testable import Perilune

/// `cache.count` on a real server and on the embedded engine, call by call at the same times: the replies, the string and
/// its expiry are the same to the byte.
@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)), .timeLimit(.minutes(20)))
struct CacheCountTests {
    let pair: EnginePair
    let key: RedisKey = "p:{region}:n"

    init() async throws {
        pair = try await EnginePair.withClockThatMayBeSetBack()
    }

    private func count(_ arguments: [RedisArgument]) async throws -> RedisReply {
        try await pair.call(Scripts.Cache.Count.script, keys: [key], arguments: arguments)
    }

    /// What is stored, which the engines agree on.
    private func contents() async throws -> [RedisReply] {
        [
            try await pair.send(RedisCommand("GET", [key.argument])),
            try await pair.send(RedisCommand("PEXPIRETIME", [key.argument])),
        ]
    }

    @Test func repliesDataAndExpiriesAreTheSame() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let amounts = [0, 1, 7, 255, 256, 65_536, 1 << 32, 1 << 40 - 1, 1 << 40, 1 << 48 - 1, 1 << 48, 1 << 53 - 1]
        for round in 0..<600 {
            do {
                switch Int.random(in: 0..<20, using: &generator) {
                case 0: pair.advance(Int64.random(in: 0...90_000_000_000, using: &generator))
                case 1: pair.advance(86_400_000_000)
                case 2..<6: pair.advance(Int64.random(in: 0...60_000_000, using: &generator))
                case 6: pair.advance(-Int64.random(in: 0...4_000_000_000, using: &generator))
                case 7:
                    let values: [RedisArgument] = [
                        "", "5", .bytes(Array(repeating: 0xFF, count: 347_040)),
                        .bytes(Array(repeating: 0xFF, count: 347_039)),
                    ]
                    let value = values.randomElement(using: &generator) ?? ""
                    _ = try await pair.send(RedisCommand("SET", [key.argument, value]))
                default:
                    let groups = Int.random(in: 1...CacheSlot.counters, using: &generator)
                    let reply = try await count(
                        (0..<groups).flatMap { _ -> [RedisArgument] in
                            [
                                .integer(Int.random(in: 0..<CacheSlot.counters, using: &generator)),
                                .integer(amounts.randomElement(using: &generator) ?? 0),
                            ]
                        })
                    #expect(reply == .integer(Int(pair.microseconds / 60_000_000)))
                    let contents = try await contents()
                    #expect(contents[0].bytes?.count == 347_040)
                    #expect(contents[1] == .integer(Int(pair.microseconds / 1_000) + 90_000_000))
                }
            } catch {
                Issue.record("seed \(seed), round \(round): \(error)")
                return
            }
        }
    }

    @Test func wrongArgumentsAreRefusedAlikeAndWriteNothing() async throws {
        let wrong: [[RedisArgument]] = [
            [], [0], [0, 1, 2], [-1, 1], [45, 1], ["0.5", 1], [0, -1], [0, "1.5"], [0, "9007199254740992"], ["x", 1],
            [0, "x"], [0, ""], ["", 1], ["nan", 1], [0, "nan"], [0, "inf"], ["inf", 1], ["-inf", 1],
            [0, 1, 1, "-1"], Array(repeating: 1, count: 92),
        ]
        for before in [nil, "text"] as [RedisArgument?] {
            if let before { _ = try await pair.send(RedisCommand("SET", [key.argument, before])) }
            for arguments in wrong {
                guard case .error(let error) = try await count(arguments) else {
                    Issue.record("\(arguments) were not refused")
                    continue
                }
                #expect(error.line.hasPrefix("ERR want "))
                #expect(
                    try await contents() == [
                        before.map { .bulk($0.bytes) } ?? .null, .integer(before == nil ? -2 : -1),
                    ])
            }
        }
        // A number is a number however it is written.
        #expect(try await count(["0x10", " 1e3 "]) == .integer(Int(pair.microseconds / 60_000_000)))
        _ = try await contents()
    }

    @Test func aKeyOfAnotherTypeIsRefusedAlike() async throws {
        _ = try await pair.send(RedisCommand("HSET", [key.argument, "a", "b"]))
        guard case .error = try await count([0, 1]) else {
            Issue.record("a hash was counted in")
            return
        }
        #expect(try await pair.send(RedisCommand("HLEN", [key.argument])) == .integer(1))
    }

    /// What the counters of a process add is read the same from both.
    @Test func readingIsTheSame() async throws {
        let engine = ComparingEngine(pair: pair)
        for minute in 0..<5 {
            let counters = CacheCounters()
            counters.nearHit(age: 3, of: 8)
            counters.refreshed(age: .seconds(100), isUnchanged: minute > 1)
            counters.computed(in: .milliseconds(12))
            try await counters.flush(to: engine, key: key)
            pair.advance(60_000_000)
        }
        let statistics = try await CacheStatistics.read(from: engine, key: key, window: .hour)
        #expect(statistics.total.nearHits == 5)
        #expect(statistics.total.refreshes == 5)
        #expect(statistics.total.unchangedRatio == 0.6)
        #expect(statistics.total.meanComputeTime == .milliseconds(12))
        #expect(statistics.total.savedComputeTime == .milliseconds(60))
        #expect(statistics.minutes.filter { !$0.counts.isEmpty }.count == 5)
    }
}
