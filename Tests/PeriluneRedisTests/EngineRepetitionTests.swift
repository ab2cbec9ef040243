import PeriluneCore
import PeriluneRedis
import PeriluneTestSupport
import Testing

@Suite("Calls that are made again")
struct EngineRepetitionTests {
    /// A server that loses its first connections in the middle of a call, and answers on the later ones.
    private func losing(_ losses: Int, _ calls: Locked<Int>) throws -> FakeServer {
        try FakeServer { peer in
            peer.shakeHands()
            while peer.readCommand() != nil {
                let count = calls.withLock { calls in
                    calls += 1
                    return calls
                }
                guard count > losses else { return }
                peer.write(":\(count)\r\n")
            }
        }
    }

    @Test("One whose repetition is harmless is made again when the connection breaks, as often as that happens")
    func repeated() async throws {
        let calls = Locked(0)
        let server = try losing(3, calls)
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            let reply = try await engine.send(RedisCommand("GET", ["k"], isRepeatable: true))
            #expect(reply == .integer(4))
        }
    }

    @Test("Any other is made once, and its caller is told that it may have run")
    func once() async throws {
        let calls = Locked(0)
        let server = try losing(1, calls)
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            let error = await failure { _ = try await engine.send(RedisCommand("INCR", ["k"])) }
            #expect(error?.code == .connectionLost)
            #expect(error?.mayHaveRun == true)
            #expect(calls.withLock { $0 } == 1)
            let reply = try await engine.send(RedisCommand("INCR", ["k"]))
            #expect(reply == .integer(2))
        }
    }

    @Test("One that may have run and whose repetition never left may have run")
    func lostForGood() async throws {
        let connections = Locked(0)
        let server = try FakeServer { peer in
            let isFirst = connections.withLock { count in
                count += 1
                return count == 1
            }
            // The later ones are closed before they say a word.
            guard isFirst else { return }
            peer.shakeHands()
            _ = peer.readCommand()
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)", timeout: .seconds(3))) { engine in
            let error = try await promptFailure(of: engine) {
                _ = try await engine.send(RedisCommand("SET", ["k", 1], isRepeatable: true))
            }
            #expect(error?.code == .unreachable)
            // Without the first attempt it would certainly not have.
            #expect(error?.mayHaveRun == true)
        }
    }

    @Test("One that may have run and whose repetition is refused may have run")
    func lostAndRefused() async throws {
        let calls = Locked(0)
        let server = try FakeServer { peer in
            peer.shakeHands()
            while peer.readCommand() != nil {
                let isFirst = calls.withLock { calls in
                    calls += 1
                    return calls == 1
                }
                guard !isFirst else { return }
                peer.write("-READONLY You can't write against a read only replica.\r\n")
            }
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            let error = await failure { _ = try await engine.send(RedisCommand("SET", ["k", 1], isRepeatable: true)) }
            #expect(error?.serverError?.kind == .readOnly)
            #expect(error?.mayHaveRun == true)
        }
    }

    @Test("One that is cancelled while it waits for another attempt ends at once; it has not run")
    func cancelledBetween() async throws {
        let server = try FakeServer { peer in
            peer.shakeHands()
            while peer.readCommand() != nil {
                peer.write("-BUSY Redis is busy running a script. You can only call SCRIPT KILL.\r\n")
            }
        }
        var configuration = try settings("redis://127.0.0.1:\(server.port)")
        // Asked for when the refusal has come.
        let isRefused = Gate()
        configuration.backoff = Backoff(
            base: .seconds(30), cap: .seconds(30),
            random: {
                isRefused.open()
                return $0.upperBound
            })
        try await withEngine(configuration) { engine in
            let task = Task { try await engine.send(RedisCommand("INCR", ["k"])) }
            await isRefused.wait()
            task.cancel()
            let error = await failure { _ = try await task.value }
            #expect(error?.code == .cancelled)
            #expect(error?.mayHaveRun == false)
        }
    }
}
