import PeriluneCore
import PeriluneIO
import PeriluneTestSupport
import Testing

@Suite("Event loop")
struct EventLoopTests {
    @Test("Jobs of one thread run in order, those of a job after it", arguments: Poller.Kind.allCases)
    func order(kind: Poller.Kind) async throws {
        let loop = try EventLoop(kind)
        let seen = Locked<[Int]>([])
        await withCheckedContinuation { continuation in
            for number in 0..<1000 { loop.execute { seen.withLock { $0.append(number) } } }
            loop.execute {
                loop.execute {
                    seen.withLock { $0.append(-1) }
                    continuation.resume()
                }
                seen.withLock { $0.append(1000) }
            }
        }
        #expect(seen.withLock { $0 } == Array(0...1000) + [-1])
        loop.stop()
    }

    @Test("Jobs from many threads all run", arguments: Poller.Kind.allCases)
    func manyThreads(kind: Poller.Kind) async throws {
        let loop = try EventLoop(kind)
        let sum = Locked(0)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<16 {
                group.addTask {
                    for number in 0..<200 {
                        await withCheckedContinuation { continuation in
                            loop.execute {
                                sum.withLock { $0 += task * number }
                                continuation.resume()
                            }
                        }
                    }
                }
            }
        }
        let total = sum.withLock { $0 }
        #expect(total == 120 * 19_900)
        loop.stop()
    }

    @Test("Timers fire in the order of their deadlines and not before", arguments: Poller.Kind.allCases)
    func timers(kind: Poller.Kind) async throws {
        let loop = try EventLoop(kind)
        let seen = Locked<[String]>([])
        let start = MonotonicTime.now
        let end: UInt64 = await withCheckedContinuation { continuation in
            loop.execute {
                _ = loop.schedule(at: start + 3_000_000) {
                    seen.withLock { $0.append("late") }
                    continuation.resume(returning: MonotonicTime.now)
                }
                let cancelled = loop.schedule(at: start + 2_000_000) { seen.withLock { $0.append("cancelled") } }
                _ = loop.schedule(at: start + 1_000_000) { seen.withLock { $0.append("early") } }
                _ = loop.schedule(at: 0) { seen.withLock { $0.append("due") } }
                loop.cancel(cancelled)
            }
        }
        #expect(seen.withLock { $0 } == ["due", "early", "late"])
        #expect(end - start >= 3_000_000)
        loop.stop()
    }

    @Test("A loop that is stopped runs what came before and lets go of everything", arguments: Poller.Kind.allCases)
    func stop(kind: Poller.Kind) async throws {
        final class Witness: Sendable {
            let gone: @Sendable () -> Void
            init(_ gone: @escaping @Sendable () -> Void) { self.gone = gone }
            deinit { gone() }
        }
        let ran = Locked(false)
        // Returns only when the loop's thread has dropped the timer, which it does at its end.
        await withCheckedContinuation { continuation in
            let witness = Witness { continuation.resume() }
            guard let loop = try? EventLoop(kind) else { return }
            loop.execute {
                _ = loop.schedule(at: .max) { _ = witness }
                ran.withLock { $0 = true }
            }
            loop.stop()
            loop.execute { Issue.record("a job after the stop") }
        }
        #expect(ran.withLock { $0 })
    }
}

@Suite("Poller")
struct PollerTests {
    @Test("Wake-ups from before and during the wait end it, and many count as one", arguments: Poller.Kind.allCases)
    func wake(kind: Poller.Kind) throws {
        let poller = try Poller(kind)
        for _ in 0..<100 { poller.wake() }
        poller.wait(milliseconds: -1)
        #expect(poller.events.isEmpty)
        // All were consumed: a look finds nothing, and the next one is seen again.
        poller.wait(milliseconds: 0)
        poller.wake()
        poller.wait(milliseconds: -1)
        #expect(poller.events.isEmpty)
    }

    @Test("A descriptor is reported for what it is watched for, until it is forgotten", arguments: Poller.Kind.allCases)
    func readiness(kind: Poller.Kind) throws {
        let poller = try Poller(kind)
        let (ours, theirs) = try Loopback.socketPair()
        let (one, other) = (Socket(adopting: ours), Socket(adopting: theirs))
        try poller.watch(one.descriptor, for: .readable)
        poller.wait(milliseconds: 0)
        #expect(poller.events.isEmpty)
        try poller.watch(one.descriptor, for: [.readable, .writable])
        poller.wait(milliseconds: -1)
        #expect(poller.events == [.init(descriptor: one.descriptor, readiness: .writable)])
        let byte: [UInt8] = [1]
        #expect(byte.withUnsafeBytes { other.send($0) } == .bytes(1))
        poller.wait(milliseconds: -1)
        #expect(poller.events == [.init(descriptor: one.descriptor, readiness: [.readable, .writable])])
        poller.unwatch(one.descriptor)
        poller.wait(milliseconds: 0)
        #expect(poller.events.isEmpty)
    }

    @Test("A peer that closes makes its counterpart readable", arguments: Poller.Kind.allCases)
    func hangUp(kind: Poller.Kind) throws {
        let poller = try Poller(kind)
        let (ours, theirs) = try Loopback.socketPair()
        let one = Socket(adopting: ours)
        try poller.watch(one.descriptor, for: .readable)
        do { _ = Socket(adopting: theirs) }
        poller.wait(milliseconds: -1)
        #expect(poller.events.first?.readiness.contains(.readable) == true)
        var space = [UInt8](repeating: 0, count: 8)
        #expect(space.withUnsafeMutableBytes { one.receive(into: $0) } == .endOfFile)
        let byte: [UInt8] = [1]
        guard case .failed = byte.withUnsafeBytes({ one.send($0) }) else {
            Issue.record("a broken pipe is an error, not a signal")
            return
        }
    }
}
