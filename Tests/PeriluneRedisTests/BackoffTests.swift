import PeriluneCore
import Testing

@testable import PeriluneIO
@testable import PeriluneRedis

@Suite("Backoff")
struct BackoffTests {
    @Test("The longest wait doubles with every failure, up to the cap")
    func growth() {
        let longest = Backoff(base: .milliseconds(10), cap: .seconds(1), random: { $0.upperBound })
        let waits = (1...10).map { longest.nanoseconds(afterFailures: $0) / 1_000_000 }
        #expect(waits == [10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000])
        #expect(longest.nanoseconds(afterFailures: .max) == 1_000_000_000)
    }

    @Test("The wait is drawn from zero on")
    func jitter() {
        let shortest = Backoff(random: { $0.lowerBound })
        #expect(shortest.nanoseconds(afterFailures: 5) == 0)
        let wild = Backoff(random: { _ in .max })
        #expect(wild.nanoseconds(afterFailures: 1) == 10_000_000)
        for failures in 1...20 {
            #expect(Backoff().nanoseconds(afterFailures: failures) <= 1_000_000_000)
        }
    }

    @Test("Nonsense makes no wait longer than the cap")
    func nonsense() {
        let backoff = Backoff(base: .seconds(Int64.max), cap: .milliseconds(5), random: { $0.upperBound })
        #expect(backoff.nanoseconds(afterFailures: 40) == 5_000_000)
        #expect(Backoff(base: .seconds(-1), random: { $0.upperBound }).nanoseconds(afterFailures: 3) == 0)
    }
}
