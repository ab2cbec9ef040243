import PeriluneCore
import Testing

@testable import PeriluneHummingbird

@Suite struct FailureLogTests {
    private let start = ContinuousClock.now

    @Test func aStormOfFailuresIsALineEveryFewSeconds() {
        var series = FailureSeries(interval: .seconds(5))
        var reports: [(milliseconds: Int, count: Int)] = []
        // A failure each 10 ms for twelve seconds.
        for milliseconds in stride(from: 0, to: 12_000, by: 10) {
            if let count = series.failed(at: start + .milliseconds(milliseconds)) {
                reports.append((milliseconds, count))
            }
        }
        #expect(reports.map(\.milliseconds) == [0, 5_000, 10_000])
        #expect(reports.map(\.count) == [1, 500, 500])
        #expect(series.succeeded() == 199)
        #expect(series.succeeded() == nil)
    }

    @Test func successAloneSaysNothing() {
        var series = FailureSeries()
        #expect(series.succeeded() == nil)
        #expect(!series.isFailing)
    }

    @Test func turningsAreBoundedAndNoFailureIsLost() {
        var series = FailureSeries(interval: .seconds(5))
        var lines = 0
        var counted = 0
        for milliseconds in stride(from: 0, to: 60_000, by: 10) {
            for count in [series.failed(at: start + .milliseconds(milliseconds)), series.succeeded()] {
                guard let count else { continue }
                lines += 1
                counted += count
            }
        }
        #expect(lines == 24)
        counted += series.failed(at: start + .seconds(60)) ?? 0
        #expect(counted == 6001)
    }

    @Test func aNewFailureAfterAQuietTimeIsToldAtOnce() {
        var series = FailureSeries(interval: .seconds(5))
        #expect(series.failed(at: start) == 1)
        #expect(series.succeeded() == 0)
        #expect(series.failed(at: start + .seconds(1)) == nil)
        #expect(series.failed(at: start + .seconds(100)) == 2)
    }

    @Test func requestsShareALog() async {
        let time = Locked(ContinuousClock.now)
        let log = FailureLog(interval: .seconds(5), now: { time.withLock { $0 } })
        let reports = await withTaskGroup(of: Int?.self) { tasks in
            for _ in 0..<100 { tasks.addTask { log.failed() } }
            return await tasks.reduce(into: [Int]()) { all, count in if let count { all.append(count) } }
        }
        #expect(reports == [1])
        time.withLock { $0 += .seconds(5) }
        #expect(log.failed() == 100)
        #expect(log.succeeded() == 0)
        #expect(log.succeeded() == nil)
    }
}
