import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneRedis

@Suite("Latency histogram")
struct LatencyHistogramTests {
    private static let parts = [0, 0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 1]

    @Test("A quantile is that of the sorted durations, rounded up by less than a quarter", arguments: 0..<40)
    func quantiles(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var histogram = LatencyHistogram()
        var values: [UInt64] = []
        for _ in 0..<Int.random(in: 1...500, using: &random) {
            // Every order of magnitude alike.
            let value =
                UInt64.random(in: 0...UInt64(Int64.max), using: &random) >> UInt64.random(in: 0...63, using: &random)
            values.append(value)
            histogram.record(value)
        }
        values.sort()
        #expect(histogram.count == UInt64(values.count))
        #expect(histogram.total == values.reduce(0, &+))
        for part in Self.parts {
            let rank = max(1, Int((part * Double(values.count)).rounded(.up)))
            let exact = values[rank - 1]
            let upper = exact.addingReportingOverflow(exact / 4)
            let limit = upper.overflow ? UInt64(Int64.max) : min(upper.partialValue, UInt64(Int64.max))
            let found = histogram.quantile(part)
            #expect(found.map { $0 >= .nanoseconds(Int64(exact)) } == true, "seed \(seed), part \(part)")
            #expect(found.map { $0 <= .nanoseconds(Int64(limit)) } == true, "seed \(seed), part \(part)")
        }
    }

    @Test("An empty one has no quantile, and no part is out of range")
    func edges() {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == nil)
        histogram.record(3)
        for part in [-1, 0, 0.5, 1, 2, .infinity, -.infinity, .nan] as [Double] {
            #expect(histogram.quantile(part) == .nanoseconds(3))
        }
        histogram.record(.max)
        #expect(histogram.quantile(1) == .nanoseconds(Int64.max))
    }

    @Test("Small durations are exact, and ranges meet without a gap")
    func ranges() {
        for exponent in 0..<63 {
            for offset in [-1, 0, 1] as [Int64] {
                let value = (Int64(1) << exponent) + offset
                var histogram = LatencyHistogram()
                histogram.record(UInt64(value))
                let found = histogram.quantile(1)
                if value < 8 { #expect(found == .nanoseconds(value)) }
                #expect(found.map { $0 >= .nanoseconds(value) } == true)
            }
        }
    }

    @Test("The sum of two is what one would have counted")
    func sum() {
        var random = SeededGenerator(seed: 1)
        var (left, right, both) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
        for number in 0..<1000 {
            let value = UInt64.random(in: 0...1_000_000_000, using: &random)
            if number % 3 == 0 { left.record(value) } else { right.record(value) }
            both.record(value)
        }
        left.add(right)
        #expect(left == both)
    }
}
