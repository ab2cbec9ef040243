import PeriluneTestSupport
import Testing

@testable import PeriluneFaultProxy

/// What the fault proxy does to bytes; what it does to connections, the tests under load see.
@Suite("Faults of a stream of bytes")
struct FaultyStreamTests {
    private func make(_ change: (inout NetworkFaults.Direction) -> Void = { _ in }) -> FaultyStream {
        var direction = NetworkFaults.Direction()
        change(&direction)
        return FaultyStream(direction, seed: 7)
    }

    private static func append(_ text: String, to stream: inout FaultyStream, now: UInt64) {
        Array(text.utf8).withUnsafeBytes { stream.append($0, now: now) }
    }

    /// Takes what can be sent now.
    private static func take(_ stream: inout FaultyStream, now: UInt64) -> String? {
        guard case .send(let bytes) = stream.next(now: now) else { return nil }
        stream.sent(bytes.count, now: now)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("Without faults everything passes at once, and then the end")
    func pass() {
        var stream = make()
        #expect(stream.next(now: 0) == .nothing)
        Self.append("one", to: &stream, now: 0)
        Self.append("two", to: &stream, now: 0)
        stream.end(now: 0)
        #expect(stream.room == 0)
        #expect(Self.take(&stream, now: 0) == "one")
        #expect(Self.take(&stream, now: 0) == "two")
        #expect(stream.next(now: 0) == .end)
        #expect(stream.sentCount == 6)
    }

    @Test("What was sent in part goes on where it was")
    func partial() {
        var stream = make()
        Self.append("abcdef", to: &stream, now: 0)
        stream.sent(2, now: 0)
        #expect(Self.take(&stream, now: 0) == "cdef")
    }

    @Test("Latency delays each byte and the end, and keeps the order when it changes")
    func latency() {
        var stream = make { $0.latency = .nanoseconds(100) }
        Self.append("a", to: &stream, now: 10)
        #expect(stream.next(now: 109) == .wait(until: 110))
        stream.change(to: .init())
        Self.append("b", to: &stream, now: 20)
        #expect(stream.next(now: 20) == .wait(until: 110))
        stream.end(now: 30)
        #expect(Self.take(&stream, now: 110) == "a")
        #expect(Self.take(&stream, now: 110) == "b")
        #expect(stream.next(now: 110) == .end)
    }

    @Test("Jitter is the same for the same seed, and keeps the order")
    func jitter() {
        func arrivals() -> [UInt64] {
            var stream = make { $0.jitter = .nanoseconds(1000) }
            return (0..<50 as Range<UInt64>).map { time in
                Self.append("x", to: &stream, now: time)
                guard case .wait(let arrival) = stream.next(now: 0) else { return 0 }
                _ = Self.take(&stream, now: .max)
                return arrival
            }
        }
        let first = arrivals()
        #expect(first == arrivals())
        #expect(first == first.sorted())
        #expect(Set(first).count > 1)
    }

    @Test("Pieces go one at a time, with the pause between them")
    func pieces() {
        var stream = make { direction in
            direction.pieces = 2...2
            direction.pause = .nanoseconds(50)
        }
        Self.append("abcde", to: &stream, now: 0)
        #expect(Self.take(&stream, now: 0) == "ab")
        #expect(stream.next(now: 0) == .wait(until: 50))
        #expect(Self.take(&stream, now: 50) == "cd")
        #expect(stream.next(now: 99) == .wait(until: 100))
        #expect(Self.take(&stream, now: 100) == "e")
        // The second half of a piece need not wait for another.
        Self.append("f", to: &stream, now: 100)
        #expect(Self.take(&stream, now: 100) == "f")
    }

    @Test("Without a pause the next piece still waits for the next turn")
    func turns() {
        var stream = make { $0.pieces = 1...1 }
        Self.append("ab", to: &stream, now: 5)
        #expect(Self.take(&stream, now: 5) == "a")
        #expect(stream.next(now: 5) == .wait(until: 6))
    }

    @Test("Swallowed bytes are gone, and so is everything after them")
    func swallow() {
        var stream = make()
        Self.append("before", to: &stream, now: 0)
        stream.change(to: NetworkFaults.swallowing.toServer)
        Self.append("lost", to: &stream, now: 0)
        #expect(stream.hasSwallowed)
        stream.change(to: .init())
        Self.append("after", to: &stream, now: 0)
        #expect(Self.take(&stream, now: 0) == "before")
        #expect(stream.next(now: 0) == .nothing)
    }

    @Test("A reset comes after so many bytes, in the middle of whatever is sent")
    func reset() {
        var stream = make()
        stream.bytesUntilReset = 4
        Self.append("abcdef", to: &stream, now: 0)
        #expect(Self.take(&stream, now: 0) == "abcd")
        #expect(stream.next(now: 0) == .reset)
    }

    @Test("What is under way is bounded, in bytes and in pieces of memory")
    func bounds() {
        var stream = make { $0.latency = .seconds(1) }
        Self.append(String(repeating: "x", count: FaultyStream.capacity - 1), to: &stream, now: 0)
        #expect(stream.room == 1)
        var small = make { $0.latency = .seconds(1) }
        var count = 0
        while small.room > 0 {
            Self.append("x", to: &small, now: 0)
            count += 1
        }
        #expect(count < 10_000)
    }
}

@Suite("Commands of the fault proxy")
struct FaultCommandTests {
    private func faults(_ lines: String...) throws -> NetworkFaults {
        var faults = NetworkFaults.none
        for line in lines {
            guard case .change(let changed) = try FaultCommand(line, addingTo: faults) else { continue }
            faults = changed
        }
        return faults
    }

    @Test("Each fault has its command; they add up until pass")
    func commands() throws {
        #expect(try faults("latency 200ms") == .latency(.milliseconds(200)))
        #expect(try faults("trickle") == .trickling)
        #expect(try faults("swallow") == .swallowing)
        #expect(try faults("reset-after 1-1000") == .resetting(after: 1...1000))
        #expect(try faults("reset-after 5") == .resetting(after: 5...5))
        #expect(try faults("refuse") == .refusing)
        #expect(try faults("swallow", "refuse", "pass") == .none)
        var expected = NetworkFaults.none
        expected.toClient.latency = .milliseconds(1500)
        expected.toClient.jitter = .microseconds(30)
        expected.toServer.pieces = 1...9
        expected.toServer.pause = .milliseconds(1)
        #expect(try faults("latency 1.5s 30us to-client", "  trickle 1-9 1ms   to-server") == expected)
        #expect(try FaultCommand("reset", addingTo: .none) == .disconnect(byReset: true))
        #expect(try FaultCommand("close", addingTo: .none) == .disconnect(byReset: false))
        #expect(try FaultCommand("status", addingTo: .none) == .status)
        #expect(try FaultCommand("help", addingTo: .none) == .help)
    }

    @Test(
        "Anything else is an error that says what would be right",
        arguments: [
            "", "what", "latency", "latency 200", "latency 5min", "latency 99999999999999999999s",
            "latency 1ms 1ms 1ms",
            "trickle 9-1", "trickle 1-", "trickle 99999999999999999999", "swallow everything", "reset-after", "pass me",
            "status now", "latency 1.2.3s",
        ])
    func errors(line: String) {
        let error = #expect(throws: FaultCommand.Unknown.self) { try FaultCommand(line, addingTo: .none) }
        #expect(error?.description.isEmpty == false)
    }
}
