import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import PeriluneCLI
@testable import PeriluneHummingbird

@Suite struct ReplayRunTests {
    /// Replays a log on the embedded engine.
    private func replay(
        _ text: String, policy: RateLimitPolicy = .standard, by field: IdentifierField = .ip,
        identifiers: IdentifierTable = IdentifierTable(), reorderWindow: Int64 = 60_000_000
    ) async throws -> ReplayStatistics {
        let clock = ManualClock(microseconds: 0)
        var run = ReplayRun(
            engine: EmbeddedEngine(clock: clock), policy: policy, by: field, identifiers: identifiers,
            reorderWindow: reorderWindow
        ) { microseconds in
            #expect(microseconds > clock.microseconds)
            clock.set(microseconds: microseconds)
        }
        var lines = LineReader(PieceSource(Array(text.utf8)))
        try await run.replay(&lines)
        return run.statistics
    }

    private func policy(_ limits: String..., algorithm: RateLimitPolicy.Algorithm = .tokenBucket) throws
        -> RateLimitPolicy
    {
        try RateLimitPolicy(
            name: "replay", algorithm: algorithm,
            limits: limits.map { text in try RateLimit(parsing: text) })
    }

    private func lines(_ host: String, seconds: [Int]) -> String {
        seconds.map { second in
            let time = LogTime(seconds: 1_431_857_100 + Int64(second))
            return SampleLog.line(host, time.description, "GET / HTTP/1.1") + "\n"
        }.joined()
    }

    @Test func countsEverything() async throws {
        let statistics = try await replay("\n" + SampleLog.text + "\r\nnonsense\n")
        #expect(statistics.requests == 10)
        #expect(statistics.denied == 0)
        #expect(statistics.malformed == 2)
        #expect(statistics.skipped == 2)
        #expect(statistics.outOfOrder == 2)
        #expect(statistics.longestDelay == 36_000_000)
        #expect(statistics.clamped == 0)
        #expect(statistics.identifiers.records.count == 3)
        #expect(statistics.from == LogTime(seconds: 1_431_857_103))
        #expect(statistics.to == LogTime(seconds: 1_431_857_190))
        let first = try #require(statistics.firstMalformed)
        #expect(first.number == 11)
        #expect(first.fault == .userAgent)
        #expect(first.text == "192.0.2.127 - - [17/May/2015:10:06:17 +0000] \"GET /x.py HTTP/1.1\" 200 235 \"-\" \"…")
        #expect(first.text.count == 80)
    }

    @Test func deniesAtTheTimesOfTheLog() async throws {
        // Six tokens, one comes back every ten seconds.
        let log = lines("192.0.2.1", seconds: [0, 0, 0, 0, 0, 0, 0, 9, 10, 10, 21, 100])
        let statistics = try await replay(log, policy: policy("6/min"))
        #expect(statistics.requests == 12)
        #expect(statistics.denied == 3)
        #expect(statistics.deniedByLimit == [3])
        let record = statistics.identifiers.records[0]
        #expect(record.denied == 3)
        #expect(record.firstDenial == 1_431_857_100_000_000)
        // Denied at 0 and 9, until a token was back at 10; and from then on until 20.
        #expect(record.longestDenial == 10_000_000)
    }

    @Test(arguments: RateLimitPolicy.Algorithm.allCases)
    func replaysEveryAlgorithm(algorithm: RateLimitPolicy.Algorithm) async throws {
        let log = lines("192.0.2.1", seconds: Array(repeating: 0, count: 10) + [1, 2, 3, 180])
        let statistics = try await replay(log, policy: policy("5/min", algorithm: algorithm))
        #expect(statistics.denied == 8)
        #expect(statistics.identifiers.records[0].firstDenial == 1_431_857_100_000_000)
    }

    @Test func tellsWhichLimitDenied() async throws {
        let log = lines("192.0.2.1", seconds: Array(repeating: 0, count: 4) + [10, 10, 10])
        let statistics = try await replay(log, policy: policy("5/min", "3/s"))
        // The fourth at once is one too many for a second, the seventh for a minute.
        #expect(statistics.deniedByLimit == [1, 1])
    }

    @Test func orderOfLinesWithinAMinuteDoesNotMatter() async throws {
        var generator = SeededGenerator(seed: 11)
        let seconds = (0..<600).map { _ in Int.random(in: 0..<600, using: &generator) }.sorted()
        // Late by less than a minute.
        let late = seconds.map { ($0, $0 + Int.random(in: 0..<60, using: &generator)) }.sorted { $0.1 < $1.1 }.map(\.0)
        #expect(late != seconds)
        let policy = try policy("20/min", "100/h")
        let sorted = try await replay(lines("192.0.2.1", seconds: seconds), policy: policy)
        let shuffled = try await replay(lines("192.0.2.1", seconds: late), policy: policy)
        #expect(sorted.denied > 0)
        #expect(shuffled.denied == sorted.denied)
        #expect(shuffled.clamped == 0)
        #expect(shuffled.histogram.bars(atMost: 60) == sorted.histogram.bars(atMost: 60))
    }

    @Test func linesThatAreTooLateAreReplayedAtTheLatestTime() async throws {
        let statistics = try await replay(lines("192.0.2.1", seconds: [0, 100, 200, 30, 150]))
        #expect(statistics.requests == 5)
        #expect(statistics.clamped == 1)
        #expect(statistics.longestDelay == 170_000_000)
        #expect(statistics.outOfOrder == 1)
    }

    @Test func agreesWithAPlainModel() async throws {
        var generator = SeededGenerator(seed: 42)
        let limits: [(quota: Int, interval: Int64)] = [(12, 5_000_000), (90, 40_000_000), (3, 333_334)]
        let hosts = (1...8).map { "192.0.2.\($0)" }
        let requests = (0..<3_000).map { _ in
            (
                host: hosts[Int.random(in: 0..<8, using: &generator)],
                second: Int.random(in: 0..<4_000, using: &generator)
            )
        }.sorted { $0.second < $1.second }
        var debts: [String: (time: Int64, debts: [Int64])] = [:]
        var denied: [String: Int] = [:]
        for (host, second) in requests {
            let now = Int64(second) * 1_000_000
            let state = debts[host] ?? (now, [0, 0, 0])
            let after = zip(state.debts, limits).map { max($0 - (now - state.time), 0) + $1.interval }
            if zip(after, limits).contains(where: { $0 > Int64($1.quota) * $1.interval }) {
                denied[host, default: 0] += 1
            } else {
                debts[host] = (now, after)
            }
        }
        let text = requests.map { lines($0.host, seconds: [$0.second]) }.joined()
        let statistics = try await replay(text, policy: policy("12/min", "90/h", "3/s"))
        let found = statistics.identifiers.records.map { ($0.name, $0.denied) }
        #expect(Dictionary(uniqueKeysWithValues: found) == denied)
        #expect(statistics.denied == denied.values.reduce(0, +))
        #expect(statistics.deniedByLimit.reduce(0, +) == statistics.denied)
    }

    @Test func countsByOtherFields() async throws {
        func names(by field: IdentifierField) async throws -> Set<String> {
            Set(try await replay(SampleLog.text, by: field).identifiers.records.map(\.name))
        }
        #expect(try await names(by: .user) == ["-", "frank"])
        #expect(try await names(by: .userAgent) == ["-", "Mozilla/5.0 (X11)", "curl/7.88.1"])
        #expect(
            try await names(by: .path) == [
                "/images/kibana-search.png", "/images/kibana-dashboard3.png", "/", "/feed", "\\x16\\x03\\x01", "-",
                "/a\\\"b", "/form",
            ])
    }

    @Test func oneClientIsOneHoweverItsAddressIsWritten() async throws {
        let hosts = [
            "2001:db8:1:2::1", "2001:DB8:1:2:ffff:0:0:9", "2001:db8:1:3::1", "::ffff:192.0.2.1", "192.0.2.1",
            "client.example", "::FFFF:c000:201", "[2001:db8:1:2::5]:443", "192.0.2.1:4711", "not:an:address",
        ]
        let log =
            "\u{FEFF}" + hosts.map { lines($0, seconds: [0]) }.joined() + "\u{FEFF}" + lines("192.0.2.1", seconds: [0])
        let statistics = try await replay(log, policy: policy("3/min"))
        #expect(
            statistics.identifiers.records.map { "\($0.name) \($0.requests) \($0.denied)" } == [
                "2001:db8:1:2::/64 3 0", "2001:db8:1:3::/64 1 0", "192.0.2.1 5 2", "client.example 1 0",
                "not:an:address 1 0",
            ])
    }

    @Test(arguments: ["192.0.2.1", "2001:db8::1", "2001:db8:1:2:3::", "::ffff:192.0.2.1", "::1", "fe80::1"])
    func clientsAreCountedAsTheMiddlewareCountsThem(host: String) throws {
        let address = try #require(IPAddress(host))
        #expect("ip:" + Identifier(host: Array(host.utf8).span).name == ClientAddress().identifier(of: address))
    }

    @Test func identifiersBeyondTheTableAreDecidedAllTheSame() async throws {
        let log = (0..<20).map { lines("192.0.2.\($0 % 4)", seconds: [0]) }.joined()
        let all = try await replay(log, policy: policy("3/min"))
        let few = try await replay(log, policy: policy("3/min"), identifiers: IdentifierTable(capacity: 1))
        #expect(few.requests == 20)
        #expect(few.denied == 8)
        #expect(few.denied == all.denied)
        #expect(few.untracked == Histogram.Bucket(allowed: 9, denied: 6))
        #expect(few.identifiers.hardestHit(9).map(\.name) == ["192.0.2.0"])
    }

    @Test func linesThatAreTooLongAreMalformed() async throws {
        let long = SampleLog.line(
            "192.0.2.1", "17/May/2015:10:05:03 +0000", "GET /" + String(repeating: "a", count: 70_000))
        let statistics = try await replay(long + "\n" + SampleLog.text)
        #expect(statistics.firstMalformed?.fault == .length)
        #expect(statistics.firstMalformed?.number == 1)
        #expect(statistics.requests == 10)
    }

    @Test func anEngineThatFailsEndsTheReplay() async throws {
        var run = ReplayRun(engine: FailingEngine(), policy: .standard, by: .ip) { _ in }
        var lines = LineReader(PieceSource(Array(SampleLog.text.utf8)))
        await #expect(throws: ReplayError.engine("unreachable: redis.internal: connection refused")) {
            try await run.replay(&lines)
        }
    }
}
