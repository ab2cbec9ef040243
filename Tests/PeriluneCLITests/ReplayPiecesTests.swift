import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneCLI

@Suite struct ReorderBufferTests {
    private func replay(_ times: [Int64], window: Int64 = 60, capacity: Int = 1000) -> (
        order: [Int64], buffer: ReorderBuffer<Int>, most: Int
    ) {
        var buffer = ReorderBuffer<Int>(window: window, capacity: capacity)
        var order: [Int64] = []
        var most = 0
        for (index, time) in times.enumerated() {
            buffer.push(index, time: time)
            while let (_, time) = buffer.popReady() { order.append(time) }
            most = max(most, buffer.count)
        }
        while let (_, time) = buffer.pop() { order.append(time) }
        return (order, buffer, most)
    }

    @Test func sortsWhatIsLateByLessThanTheWindow() {
        var generator = SeededGenerator(seed: 3)
        var times: [Int64] = []
        for minute in 0..<100 { times += (0..<60).map { Int64(minute * 60 + $0) }.shuffled(using: &generator) }
        let (order, buffer, most) = replay(times)
        #expect(order == times.sorted())
        #expect(buffer.longestDelay < 60)
        #expect(buffer.outOfOrder == zip(times, times.dropFirst()).count { $0 > $1 })
        #expect(most <= 121)
    }

    @Test func whatIsLaterComesOutLate() {
        let (order, buffer, _) = replay([100, 200, 139, 140, 141])
        #expect(order == [100, 139, 140, 141, 200])
        #expect(buffer.longestDelay == 61)
        #expect(replay([100, 200, 150, 100]).order == [100, 100, 150, 200])
        #expect(replay([0, 100, 1_000, 50]).order == [0, 100, 50, 1_000])
    }

    @Test func sameTimesKeepTheirOrder() {
        var buffer = ReorderBuffer<Int>(window: 60, capacity: 1000)
        for index in 0..<500 { buffer.push(index, time: Int64(index % 3)) }
        var order: [Int] = []
        while let (index, _) = buffer.pop() { order.append(index) }
        #expect(order == (0..<3).flatMap { third in (0..<500).filter { $0 % 3 == third } })
    }

    @Test func holdsNoMoreThanItsCapacity() {
        let (order, _, most) = replay(Array(repeating: 5, count: 100) + [1], capacity: 10)
        #expect(most == 10)
        #expect(order.count == 101)
        #expect(order.firstIndex(of: 1) == 90)
    }

    @Test func oneTimeFarAheadDoesNotSpoilTheRest() {
        let (order, _, _) = replay([10, 1_000_000, 11, 12, 13])
        #expect(order == [10, 11, 12, 13, 1_000_000])
    }
}

@Suite struct HistogramTests {
    @Test func countsByTheSecond() throws {
        var histogram = Histogram()
        histogram.add(allowed: true, at: 10)
        histogram.add(allowed: false, at: 10)
        histogram.add(allowed: true, at: 12)
        let bars = try #require(histogram.bars(atMost: 60))
        #expect(
            bars
                == Histogram.Bars(
                    start: 10, width: 1,
                    buckets: [.init(allowed: 1, denied: 1), .init(), .init(allowed: 1, denied: 0)]))
    }

    @Test func isEmptyAtFirst() {
        #expect(Histogram().bars(atMost: 60) == nil)
    }

    @Test(arguments: [59, 61, 3_600, 86_399, 300_000, 40_000_000, 2_000_000_000, 250_000_000_000] as [Int64])
    func growsWithItsSpan(span: Int64) throws {
        var histogram = Histogram(offset: 3_600, capacity: 100)
        let start: Int64 = 1_431_857_103
        var generator = SeededGenerator(seed: UInt64(span))
        let seconds =
            [start, start + span] + (0..<500).map { _ in start + Int64.random(in: 0...span, using: &generator) }
        for (index, second) in seconds.enumerated() { histogram.add(allowed: index % 3 > 0, at: second) }
        let bars = try #require(histogram.bars(atMost: 60))
        #expect(bars.buckets.count <= 60)
        #expect(bars.buckets.reduce(0) { $0 + $1.allowed + $1.denied } == 502)
        // Every bucket holds what lies in it, and the first one begins where its width begins in local time.
        #expect((bars.start + 3_600) % bars.width == 0)
        for (index, bucket) in bars.buckets.enumerated() {
            let from = bars.start + Int64(index) * bars.width
            #expect(bucket.allowed + bucket.denied == seconds.count { $0 >= from && $0 < from + bars.width })
        }
    }

    @Test func orderDoesNotMatter() {
        var generator = SeededGenerator(seed: 1)
        let seconds = (0..<1_000).map { _ in Int64.random(in: 0...100_000, using: &generator) }
        func bars(_ seconds: [Int64]) -> Histogram.Bars? {
            var histogram = Histogram(capacity: 64)
            for second in seconds { histogram.add(allowed: true, at: second) }
            return histogram.bars(atMost: 20)
        }
        #expect(bars(seconds) == bars(seconds.sorted()))
        #expect(bars(seconds) == bars(seconds.sorted().reversed()))
    }

    @Test func showsRoundWidths() throws {
        for (span, width) in [(42, 1), (100, 2), (1_000, 20), (3_600, 60), (300_000, 7_200), (1_000_000, 21_600)] {
            var histogram = Histogram()
            for second in 0..<span { histogram.add(allowed: true, at: Int64(second)) }
            #expect(try #require(histogram.bars(atMost: 60)).width == Int64(width))
        }
    }
}

@Suite struct IdentifierTests {
    private func identifier(_ bytes: [UInt8]) -> Identifier {
        Identifier(bytes.span)
    }

    @Test func isNeverEmptyAndAlwaysText() {
        #expect(identifier([]).name == "-")
        #expect(identifier([0x61, 0xFF, 0x62]).name == "a\u{FFFD}b")
        // The same letter, composed in two ways: two keys on the engine, and so two identifiers.
        #expect(identifier(Array("\u{E9}".utf8)) != identifier(Array("e\u{301}".utf8)))
    }

    @Test func longOnesAreShortAndStayDifferent() {
        let long = Array(repeating: UInt8(ascii: "a"), count: 60_000)
        let one = identifier(long + [1])
        let other = identifier(long + [2])
        #expect(one != other)
        #expect(one == identifier(long + [1]))
        #expect(one.name.utf8.count <= Identifier.longestName)
        #expect(identifier(Array(long.prefix(512))).name.utf8.count == 512)
    }

    @Test func aFullTableTakesNoMoreIn() {
        var table = IdentifierTable(capacity: 2)
        #expect(table.place(of: identifier([97])) == 0)
        #expect(table.place(of: identifier([98])) == 1)
        #expect(table.place(of: identifier([99])) == nil)
        #expect(table.place(of: identifier([97])) == 0)
        var narrow = IdentifierTable(nameCapacity: 3)
        #expect(narrow.place(of: identifier([97, 97])) == 0)
        #expect(narrow.place(of: identifier([98, 98])) == nil)
        #expect(narrow.place(of: identifier([98])) == 1)
    }

    @Test func measuresTheLongestDenial() {
        var table = IdentifierTable()
        guard let place = table.place(of: identifier([97])) else { return }
        let second: Int64 = 1_000_000
        // Denied at 1 and 2, the wait after that 3 seconds; allowed at 9; denied once at 20 with a wait of 2.
        table.count(place, .allowed, at: 0)
        table.count(place, .denied(limit: 0, wait: 4 * second), at: 1 * second)
        table.count(place, .denied(limit: 0, wait: 3 * second), at: 2 * second)
        table.count(place, .allowed, at: 9 * second)
        table.count(place, .denied(limit: 0, wait: 2 * second), at: 20 * second)
        let record = table.records[0]
        #expect(record.requests == 5)
        #expect(record.denied == 3)
        #expect(record.firstDenial == 1 * second)
        #expect(record.longestDenial == 4 * second)
    }

    @Test func ordersTheHardestHit() {
        var table = IdentifierTable()
        for (name, requests, denied) in [("b", 5, 2), ("a", 5, 2), ("c", 9, 2), ("d", 3, 3), ("e", 7, 0)] {
            guard let place = table.place(of: identifier(Array(name.utf8))) else { continue }
            for index in 0..<requests {
                table.count(place, index < denied ? .denied(limit: 0, wait: 1) : .allowed, at: 0)
            }
        }
        #expect(table.hardestHit(10).map(\.name) == ["d", "c", "a", "b"])
        #expect(table.hardestHit(2).map(\.name) == ["d", "c"])
        #expect(table.hit == 4)
    }
}

@Suite struct ProgressBarTests {
    private final class Screen {
        var now = ContinuousClock.now
        var written: [String] = []
    }

    @Test func drawsAtMostTenTimesASecond() {
        let screen = Screen()
        var bar = ProgressBar(
            name: "access.log", width: 80, now: { screen.now }, write: { screen.written.append($0) })
        for step in 0..<1_000 {
            bar.update(position: step, of: 1_000, lines: step)
            screen.now += .milliseconds(1)
        }
        #expect((9...10).contains(screen.written.count))
        #expect(screen.written[4] == "\raccess.log  ████████████████████░░░░░░░░░░░░░░░░░░░░  50 %  500 lines\u{1B}[K")
        bar.clear()
        #expect(screen.written.last == "\r\u{1B}[K")
    }

    @Test func countsLinesWhereTheSizeIsUnknown() {
        let screen = Screen()
        var bar = ProgressBar(name: "-\u{1B}[2J", width: 30, now: { screen.now }, write: { screen.written.append($0) })
        screen.now += .seconds(1)
        bar.update(position: 5, of: nil, lines: 12_345)
        #expect(screen.written == ["\r-\\x1B[2J  12,345 lines\u{1B}[K"])
        screen.now += .seconds(1)
        bar.update(position: 5, of: 10, lines: 12_345)
        #expect(screen.written.last == "\r 50 %  12,345 lines\u{1B}[K")
    }
}

@Suite struct TextFormattingTests {
    @Test func groupsThousands() {
        #expect(
            [0, 999, 1_000, 12_345, 1_234_567, -1_000].map(grouped) == [
                "0", "999", "1,000", "12,345", "1,234,567", "-1,000",
            ])
    }

    @Test func percentagesNeverHideAnything() {
        #expect(percent(0, of: 0) == "0.0 %")
        #expect(percent(1, of: 1_000_000) == "<0.1 %")
        #expect(percent(999_999, of: 1_000_000) == ">99.9 %")
        #expect(percent(1, of: 3) == "33.3 %")
        #expect(percent(7, of: 7) == "100.0 %")
    }

    @Test func writesDurations() {
        let cases: [(Int64, String)] = [
            (0, "0 s"), (1_000, "0.001 s"), (2_500_000, "2.5 s"), (59_999_000, "59.999 s"), (60_000_000, "1 min"),
            (65_000_000, "1 min 5 s"), (3_600_000_000, "1 h"), (3_660_000_000, "1 h 1 min"),
            (300_000_000_000, "3 d 11 h"), (86_400_000_000, "1 d"),
        ]
        for (microseconds, text) in cases { #expect(durationText(microseconds) == text) }
    }

    @Test func showsNothingThatSteersATerminal() {
        #expect(
            printable("a\u{1B}[31mb\u{7F}\r\n\u{9B}\u{202E}c", atMost: 80)
                == "a\\x1B[31mb\\x7F\\x0D\\x0A\\x9B\\u{202E}c")
        #expect(printable("naïve 日本 🌒", atMost: 80) == "naïve 日本 🌒")
        #expect(printable(String(repeating: "x", count: 81), atMost: 80).count == 80)
        #expect(printable(String(repeating: "x", count: 80), atMost: 80) == String(repeating: "x", count: 80))
        let accents = "e" + String(repeating: "\u{301}", count: 100_000)
        #expect(printable(accents, atMost: 80).utf8.count < 200)
    }
}
