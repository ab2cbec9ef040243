import Foundation
import PeriluneCore
import PeriluneTestSupport

@testable import Perilune

/// A cached value whose origin changes as a Poisson process, and which is hit as one: what a region would count of it.
///
/// A hit past the TTL is given the old value, and another one is computed at once.
struct CacheSimulation {
    /// Changes of the origin in a second.
    let changes: Double
    /// Hits in a second.
    let hits: Double
    var generator: SeededGenerator

    /// Lets time pass until the value was computed so often.
    ///
    /// - Parameter ttl: In seconds.
    /// - Returns: What was counted, and the share of hits within the TTL whose value had changed.
    mutating func run(ttl: Double, refreshes: Int) -> (counts: CacheCounts, staleShare: Double) {
        let counters = CacheCounters()
        var (fresh, stale, made) = (0, 0, 0)
        var age = 0.0
        var changesAt = exponential(changes)
        while made < refreshes {
            age += exponential(hits)
            if age < ttl {
                counters.hit(age: Int64(age * 1e6), of: Int64(ttl * 1e6))
                if changesAt <= age { stale += 1 } else { fresh += 1 }
            } else {
                counters.count(.staleHit)
                counters.refreshed(age: .milliseconds(Int64(age * 1_000)), isUnchanged: changesAt > age)
                made += 1
                age = 0
                changesAt = exponential(changes)
            }
        }
        return (counters.take(), Double(stale) / Double(max(stale + fresh, 1)))
    }

    /// The time until the next event of a rate, in seconds.
    mutating func exponential(_ rate: Double) -> Double {
        -log(1 - Double.random(in: 0..<1, using: &generator)) / rate
    }
}

extension CacheCounts {
    /// What refreshes of values of these ages count.
    ///
    /// - Parameter isChanged: Whether the one at a place found a change.
    init(ages: [Double], isChanged: (Int) -> Bool) {
        let counters = CacheCounters()
        for (place, age) in ages.enumerated() {
            counters.refreshed(age: .milliseconds(Int64(age * 1_000)), isUnchanged: !isChanged(place))
        }
        self = counters.take()
    }
}
