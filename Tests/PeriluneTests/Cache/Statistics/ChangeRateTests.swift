import Foundation
import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import Perilune

/// Whether the rate of changes is found that a simulated origin has.
@Suite(.timeLimit(.minutes(20))) struct ChangeRateTests {
    /// With intervals of one length it is the estimator as published.
    @Test(arguments: [(30, 0), (30, 1), (30, 15), (30, 29), (30, 30), (1, 1), (1_000, 3)])
    func isThePublishedEstimatorForRegularRefreshes(_ refreshes: Int, _ changed: Int) throws {
        let counts = CacheCounts(ages: Array(repeating: 60, count: refreshes)) { $0 < changed }
        let published = -log((Double(refreshes - changed) + 0.5) / (Double(refreshes) + 0.5)) / 60
        let rate = try #require(ChangeRate(counts))
        #expect(abs(rate.perSecond - published) <= published * 1e-9)
        #expect(rate.highestPerSecond > rate.perSecond || changed == refreshes)
        #expect(rate.highestPerSecond.isFinite)
    }

    /// Of many estimates from few refreshes the mean is the rate, within 3 %.
    @Test(arguments: [0.1, 0.5, 1.0, 1.5]) func isNotBiased(_ changesPerInterval: Double) throws {
        var generator = SeededGenerator(seed: 7)
        let ages = Array(repeating: 100.0, count: 50)
        let runs = 2_000
        var sum = 0.0
        for _ in 0..<runs {
            let counts = CacheCounts(ages: ages) { _ in
                Double.random(in: 0..<1, using: &generator) < 1 - exp(-changesPerInterval)
            }
            sum += try #require(ChangeRate(counts)).perSecond
        }
        let mean = sum / Double(runs) * 100
        #expect(abs(mean / changesPerInterval - 1) < 0.03, "\(mean) instead of \(changesPerInterval)")
    }

    /// Values that are hit often are refreshed at one age, those hit seldom at many. Within 10 % where a TTL could be right.
    @Test(arguments: [0.05, 0.3, 1, 2], [0.2, 1, 20]) func isFoundForValuesThatAreHitSoOften(
        _ changesPerTTL: Double, _ hitsPerTTL: Double
    ) throws {
        var simulation = CacheSimulation(
            changes: changesPerTTL / 300, hits: hitsPerTTL / 300, generator: SeededGenerator(seed: 11))
        let counts = simulation.run(ttl: 300, refreshes: 20_000).counts
        let found = try #require(ChangeRate(counts)).perSecond * 300
        let tolerance = changesPerTTL < 1 || hitsPerTTL > 1 ? 0.1 : 0.3
        #expect(abs(found / changesPerTTL - 1) < tolerance, "\(found) instead of \(changesPerTTL)")
    }

    /// Ages from a second to a day, each order of magnitude as often as another.
    @Test(arguments: [0.1, 0.01, 0.001, 0.0001, 0.00001]) func isFoundForAgesOfAllLengths(_ rate: Double) throws {
        var generator = SeededGenerator(seed: 3)
        let ages = (0..<20_000).map { _ in exp(Double.random(in: 0...log(86_400), using: &generator)) }
        let counts = CacheCounts(ages: ages) { place in
            Double.random(in: 0..<1, using: &generator) < 1 - exp(-rate * ages[place])
        }
        let found = try #require(ChangeRate(counts)).perSecond
        #expect(abs(found / rate - 1) < 0.25, "\(found) instead of \(rate)")
    }

    /// In 19 of 20 cases the rate is not above what is said to be the highest.
    @Test(arguments: [0.01, 0.05, 0.3, 1]) func theHighestRateIsSeldomExceeded(_ changesPerInterval: Double) throws {
        var generator = SeededGenerator(seed: 5)
        let ages = Array(repeating: 100.0, count: 100)
        var exceeded = 0
        for _ in 0..<1_000 {
            let counts = CacheCounts(ages: ages) { _ in
                Double.random(in: 0..<1, using: &generator) < 1 - exp(-changesPerInterval)
            }
            if try #require(ChangeRate(counts)).highestPerSecond * 100 < changesPerInterval { exceeded += 1 }
        }
        #expect(exceeded < 80, "\(exceeded) of 1000")
    }

    @Test func withoutRefreshesThereIsNone() {
        #expect(ChangeRate(CacheCounts()) == nil)
        #expect(ChangeRate(CacheCounts(ages: [0, 0]) { _ in false }) == nil)
    }

    @Test func staleHitsAreTheShareThatASimulationCounts() {
        for changes in [0.01, 0.1, 1, 5] {
            for hits in [0.5, 20.0] {
                var simulation = CacheSimulation(
                    changes: changes / 60, hits: hits / 60, generator: SeededGenerator(seed: 23))
                let (counts, share) = simulation.run(ttl: 60, refreshes: 10_000)
                let expected = Staleness(rate: changes / 60, hitAges: counts.hitAges).share(ttl: 60)
                #expect(abs(expected - share) < 0.01, "\(expected) instead of \(share)")
            }
        }
    }
}
