import Foundation
import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import Perilune

/// What is recommended of regions whose origin is known.
@Suite(.timeLimit(.minutes(20))) struct TTLAdviceTests {
    /// With hits at all ages alike 5 % are stale when a value changes 0.1035 times in its TTL.
    static let changesPerTTL = 0.1035

    private func seconds(_ duration: Duration?) throws -> Double {
        Double(try #require(duration).wholeMicroseconds) / 1_000_000
    }

    /// Counts of refreshes at one age, of which some found a change.
    private func counts(_ refreshes: Int, changed: Int, age: Double = 300) -> CacheCounts {
        CacheCounts(ages: Array(repeating: age, count: refreshes)) { $0 < changed }
    }

    /// One look at a TTL that is too long gives the right one, within a fifth, whatever the origin's rate.
    @Test(arguments: [2.0, 4, 16], [10.0, 3_600, 86_400]) func aTTLThatIsTooLongIsMadeShorter(
        _ factor: Double, _ timeBetweenChanges: Double
    ) throws {
        let right = Self.changesPerTTL * timeBetweenChanges
        var simulation = CacheSimulation(
            changes: 1 / timeBetweenChanges, hits: 20 / (right * factor), generator: SeededGenerator(seed: 1))
        let ttl = Duration.milliseconds(Int64(right * factor * 1_000))
        let counts = simulation.run(ttl: right * factor, refreshes: 2_000).counts
        let advice = TTLAdvice(
            for: counts, configured: ttl, goal: TTLAdvice.Goal(range: .milliseconds(10) ... .seconds(1_000_000)))
        #expect(advice.verdict == .shorten)
        let recommended = try seconds(advice.recommended)
        #expect(abs(recommended / right - 1) < 0.2, "\(recommended) instead of \(right): \(advice.reason)")
        let share = simulation.run(ttl: recommended, refreshes: 10_000).staleShare
        #expect((0.035...0.06).contains(share), "\(share)")
        #expect(abs(try #require(advice.recommendedStaleShare) - share) < 0.01)
    }

    /// Who follows the advice comes to rest where about as many hits are stale as may be, and stays there.
    @Test(arguments: [0.02, 0.3, 1, 5, 40], [1, 2, 3]) func followingTheAdviceLeadsToTheGoal(
        _ factor: Double, _ seed: UInt64
    ) throws {
        let right = Self.changesPerTTL * 3_600
        var simulation = CacheSimulation(changes: 1 / 3_600, hits: 10 / right, generator: SeededGenerator(seed: seed))
        var ttl = right * factor
        var verdicts: [TTLAdvice.Verdict] = []
        repeat {
            let counts = simulation.run(ttl: ttl, refreshes: 2_000).counts
            let advice = TTLAdvice(for: counts, configured: .milliseconds(Int64(ttl * 1_000)))
            verdicts.append(advice.verdict)
            ttl = try seconds(advice.recommended)
        } while verdicts.last != .keep && verdicts.count < 8
        #expect(verdicts.last == .keep)
        #expect((0.6...1.34).contains(ttl / right), "\(ttl) instead of \(right), \(verdicts)")
        let share = simulation.run(ttl: ttl, refreshes: 5_000).staleShare
        #expect((0.03...0.067).contains(share), "\(share)")
    }

    @Test func whatNeverChangesIsKeptLongerStepByStep() {
        let advice = TTLAdvice(for: counts(1_000, changed: 0), configured: .seconds(300))
        #expect(advice.verdict == .lengthen)
        #expect(advice.recommended == .seconds(1_200))
        #expect(advice.changesPerSecond == 0)
        #expect(advice.staleShare == 0)
        #expect(
            advice.reason
                == "0 of 1000 refreshes found a change. With 5 min, 0 % of hits are stale, and 5 % may be: 20 min would "
                + "save computations, and what is longer still is for a later look.")
        // From 30 it is not as certain.
        let few = TTLAdvice(for: counts(30, changed: 0), configured: .seconds(300))
        #expect(few.verdict == .keep)
    }

    @Test func tooFewRefreshesGiveNoAdvice() {
        var some = counts(29, changed: 3)
        var advice = TTLAdvice(for: some, configured: .seconds(300))
        #expect(advice.verdict == .notEnoughData)
        #expect(advice.recommended == nil)
        #expect(advice.changesPerSecond == nil)
        #expect(advice.staleShare == nil)
        #expect(advice.refreshes == 29)
        #expect(advice.changedRefreshes == 3)
        #expect(
            advice.reason == "Only 29 refreshes could compare a new value with the old one; 30 are needed.")
        some[.invalidation] = 12
        advice = TTLAdvice(for: some, configured: .seconds(300))
        #expect(advice.reason.hasSuffix("12 invalidations removed values before that."))
        #expect(TTLAdvice(for: CacheCounts(), configured: .seconds(300)).verdict == .notEnoughData)
        #expect(
            TTLAdvice(for: CacheCounts(), configured: .seconds(300), goal: TTLAdvice.Goal(refreshes: .min)).verdict
                == .notEnoughData)
        #expect(TTLAdvice(for: counts(50, changed: 0, age: 0), configured: .seconds(1)).verdict == .notEnoughData)
    }

    @Test func whatChangesFasterThanTheShortestTTLIsSaidSo() {
        let advice = TTLAdvice(for: counts(100, changed: 100, age: 2), configured: .seconds(2))
        #expect(advice.verdict == .shorten)
        #expect(advice.recommended == .seconds(1))
        #expect(advice.reason.contains("or more often"))
        #expect(advice.reason.hasSuffix("and a shorter TTL is not allowed."))
        let shortest = TTLAdvice(for: counts(100, changed: 100, age: 1), configured: .seconds(1))
        #expect(shortest.verdict == .keep)
        #expect(shortest.recommended == .seconds(1))
        #expect(shortest.reason.hasSuffix("but a shorter TTL is not allowed."))
    }

    @Test func invalidationsThatDoTheWorkAreNamed() {
        var some = counts(500, changed: 2)
        some[.invalidation] = 90
        let advice = TTLAdvice(for: some, configured: .seconds(300))
        #expect(advice.reliesOnInvalidation)
        #expect(advice.verdict == .lengthen)
        #expect(
            advice.reason.contains(
                "Changes are mostly announced by invalidations, of which there were 90: the TTL only bounds what they "
                    + "miss."))
        // They do not when refreshes find that much has changed without one.
        var many = counts(500, changed: 80)
        many[.invalidation] = 90
        #expect(!TTLAdvice(for: many, configured: .seconds(300)).reliesOnInvalidation)
    }

    /// Hits that come soon after a value was computed are seldom stale, so that it may live longer.
    @Test func earlyHitsAllowALongerTTL() throws {
        var (early, even) = (counts(1_000, changed: 300), counts(1_000, changed: 300))
        early[CacheSlot.hitAges.lowerBound] = 1_000
        for counter in CacheSlot.hitAges { even[counter] = 125 }
        let first = try seconds(TTLAdvice(for: early, configured: .seconds(300)).recommended)
        let second = try seconds(TTLAdvice(for: even, configured: .seconds(300)).recommended)
        #expect(first > second * 2)
    }

    @Test func aStricterGoalGivesAShorterTTL() throws {
        let some = counts(10_000, changed: 1_000)
        var last = Double.infinity
        for share in [0.2, 0.1, 0.05, 0.01, 0.001, 0] {
            let advice = TTLAdvice(for: some, configured: .seconds(300), goal: TTLAdvice.Goal(staleShare: share))
            let recommended = try seconds(advice.recommended)
            #expect(recommended < last || advice.verdict == .keep)
            last = recommended
        }
        #expect(last == 1)
    }

    /// Whatever was counted and is wanted, there is an answer within the range, and its parts belong together.
    @Test func anyInputGetsAnAdvice() {
        let numbers = [0, 1, 2, 29, 30, 31, 1_000, 1 << 40, 1 << 48, Int.max / 2, Int.max]
        let doubles = [-1, 0, 1e-300, 0.05, 0.5, 1, 2, .infinity, -.infinity, .nan, .greatestFiniteMagnitude]
        let durations: [Duration] = [
            .seconds(Int64.min), .zero, .nanoseconds(1), .milliseconds(1), .seconds(1), .seconds(3_600),
            .seconds(Int64.max),
        ]
        var generator = SeededGenerator(seed: 99)
        for _ in 0..<5_000 {
            var counts = CacheCounts()
            for counter in 0..<CacheSlot.counters where Bool.random(using: &generator) {
                counts[counter] = numbers.randomElement(using: &generator) ?? 0
            }
            let bounds = (0..<2).map { _ in durations.randomElement(using: &generator) ?? .zero }.sorted()
            let goal = TTLAdvice.Goal(
                staleShare: doubles.randomElement(using: &generator) ?? 0,
                refreshes: numbers.randomElement(using: &generator) ?? 0, range: bounds[0]...bounds[1],
                largestStep: doubles.randomElement(using: &generator) ?? 0)
            let ttl = durations.randomElement(using: &generator) ?? .zero
            let advice = TTLAdvice(for: counts, configured: ttl, goal: goal)
            #expect(!advice.reason.isEmpty)
            switch advice.verdict {
            case .notEnoughData: #expect(advice.recommended == nil)
            case .keep: #expect(advice.recommended == ttl)
            case .shorten: #expect(advice.recommended.map { $0 < ttl } == true)
            case .lengthen: #expect(advice.recommended.map { $0 > ttl } == true)
            }
            for share in [advice.staleShare, advice.recommendedStaleShare] {
                if let share { #expect((0...1).contains(share)) }
            }
        }
    }

    @Test func timesAndSharesAreWrittenForPeople() {
        #expect(TTLReason.time(0) == "less than 1 ms")
        #expect(TTLReason.time(0.25) == "250 ms")
        #expect(TTLReason.time(59.5) == "59 s 500 ms")
        #expect(TTLReason.time(300) == "5 min")
        #expect(TTLReason.time(310) == "5 min 10 s")
        #expect(TTLReason.time(3_605) == "1 h")
        #expect(TTLReason.time(90_000) == "1 d 1 h")
        #expect(TTLReason.time(.infinity) == "11574074 d 1 h")
        #expect(TTLReason.percentage(0) == "0 %")
        #expect(TTLReason.percentage(0.0001) == "less than 0.1 %")
        #expect(TTLReason.percentage(0.042) == "4.2 %")
        #expect(TTLReason.percentage(0.05) == "5 %")
        #expect(TTLReason.percentage(0.126) == "13 %")
        #expect(TTLReason.percentage(1) == "100 %")
    }
}
