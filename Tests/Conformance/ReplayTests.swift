import Foundation
import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneRedis
import PeriluneTestSupport
import Testing

@testable import PeriluneCLI

/// A replay of an access log decides the same on a real server, whose clock is steered along the log, and on the
/// embedded engine.
///
/// `PERILUNE_REPLAY_LOG` names a log of your own to compare with; the numbers are printed.
@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct ReplayTests {
    static func policies() throws -> [RateLimitPolicy] {
        try [
            .standard,
            RateLimitPolicy(
                name: "strict",
                limits: [
                    RateLimit(parsing: "15/min"), RateLimit(parsing: "60/h"), RateLimit(parsing: "3/s", name: "burst"),
                ]),
            RateLimitPolicy(name: "bucket", limits: [RateLimit(parsing: "20/min")]),
            RateLimitPolicy(name: "fixed", algorithm: .fixedWindow, limits: [RateLimit(parsing: "20/min")]),
            RateLimitPolicy(name: "sliding", algorithm: .slidingWindow, limits: [RateLimit(parsing: "20/min")]),
        ]
    }

    @Test func bothEnginesDecideTheSame() async throws {
        let path = ProcessInfo.processInfo.environment["PERILUNE_REPLAY_LOG"]
        let log = try path.map { try Data(contentsOf: URL(fileURLWithPath: $0)) } ?? Data(Self.log().utf8)
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("perilune-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent("access.log")
        try log.write(to: file)

        for policy in try Self.policies() {
            let clock = ManualClock(microseconds: 0)
            let embedded = try await Self.replay(file.path, policy, on: EmbeddedEngine(clock: clock)) {
                clock.set(microseconds: $0)
            }

            let steered = try SteeredClock(microseconds: 0)
            let server = try RedisServer.start(environment: steered.environment)
            var configuration = try RedisConfiguration(url: "unix://" + server.unixSocket)
            configuration.connectTimeout = .seconds(60)
            configuration.commandTimeout = .seconds(60)
            let engine = RedisEngine(configuration)
            let redis = try await Self.replay(file.path, policy, on: engine) { steered.set(microseconds: $0) }
            await engine.shutdown()

            #expect(embedded == redis, "\(policy.name)")
            if path != nil { print("\(policy.name): \(embedded.summary)") }
            if policy.name != "default" { #expect(embedded.denied > 0) }
        }
    }

    /// What a replay counted.
    struct Numbers: Equatable {
        var requests: Int
        var denied: Int
        var byLimit: [Int]
        var report: String

        var summary: String {
            "\(requests) requests, \(denied) denied, by limit \(byLimit); the same on both engines"
        }
    }

    static func replay(
        _ path: String, _ policy: RateLimitPolicy, on engine: any ScriptEngine,
        moveClock: @escaping (Int64) async throws -> Void
    ) async throws -> Numbers {
        var lines = LineReader(try InputFile(path: path).contents())
        var run = ReplayRun(engine: engine, policy: policy, by: .ip, moveClock: moveClock)
        try await run.replay(&lines)
        let statistics = run.statistics
        let report = ReplayReport(name: "log", policy: policy, field: .ip, statistics: statistics, top: 10)
        return Numbers(
            requests: statistics.requests, denied: statistics.denied, byLimit: statistics.deniedByLimit,
            report: report.json)
    }

    /// Some hundred lines in the shape of a real server's log: bursts, pauses, a busy address, lines out of order.
    static func log() -> String {
        var generator = SeededGenerator(seed: 2015)
        var lines: [String] = []
        var time = 0
        for index in 0..<900 {
            time += Int.random(in: 0...3, using: &generator)
            if index % 200 == 199 { time += 400 }
            let address = index % 3 > 0 ? "203.0.113.7" : "198.51.100.\(Int.random(in: 0..<40, using: &generator))"
            let late = max(time - Int.random(in: 0...20, using: &generator), 0)
            let clock = [10 + late / 3600, late / 60 % 60, late % 60]
                .map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
            lines.append(
                "\(address) - - [17/May/2015:\(clock) +0000] \"GET /page/\(index) HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0\""
            )
        }
        lines.insert("not a line of a log", at: 100)
        return lines.joined(separator: "\n") + "\n"
    }
}
