import PeriluneCore
import PeriluneRedis
import PeriluneTestSupport
import Testing

@Suite("Engine on servers that misbehave")
struct FaultTests {
    @Test("A port without a listener makes calls unreachable at their deadline")
    func unreachable() async throws {
        let port = try Loopback.freePort()
        try await withEngine(settings("redis://127.0.0.1:\(port)", timeout: .milliseconds(100))) { engine in
            let error = await failure { _ = try await engine.call(Scripts.echo, keys: [], arguments: [1]) }
            #expect(error?.code == .unreachable)
            #expect(error?.mayHaveRun == false)
        }
    }

    @Test("A server that accepts and never says a word makes calls time out; they have not run")
    func silentFromTheStart() async throws {
        let server = try FakeServer { $0.ignoreTheRest() }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)", timeout: .seconds(2))) { engine in
            let error = await failure { _ = try await engine.ping() }
            #expect(error?.code == .timedOut)
            #expect(error?.mayHaveRun == false)
        }
    }

    @Test("A server that falls silent makes calls time out; they may have run")
    func silentLater() async throws {
        let server = try FakeServer { peer in
            peer.shakeHands()
            peer.ignoreTheRest()
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)", timeout: .seconds(2))) { engine in
            let error = await failure { _ = try await engine.ping() }
            #expect(error?.code == .timedOut)
            #expect(error?.mayHaveRun == true)
        }
    }

    @Test("A connection on which an answer is overdue for too long is replaced")
    func replaced() async throws {
        let connections = Locked(0)
        let server = try FakeServer { peer in
            let number = connections.withLock { count in
                count += 1
                return count
            }
            peer.shakeHands()
            // The first connection swallows everything, the later ones answer.
            while peer.readCommand() != nil { if number > 1 { peer.write("+PONG\r\n") } }
        }
        var configuration = try settings("redis://127.0.0.1:\(server.port)", timeout: .milliseconds(100))
        // On a busy machine any call may take longer than its deadline.
        configuration.circuitBreaker.failures = .max
        try await withEngine(configuration) { engine in
            try await until { (try? await engine.ping()) != nil }
            #expect(connections.withLock { $0 } > 1)
        }
    }

    @Test("Garbage is a protocol violation", arguments: ["garbage\r\n", "$5\r\nhelloworld", "*1\r\n%\r\n"])
    func garbage(text: String) async throws {
        let server = try FakeServer { peer in
            peer.shakeHands()
            _ = peer.readCommand()
            peer.write(text)
            peer.ignoreTheRest()
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            let error = await failure { _ = try await engine.ping() }
            #expect(error?.code == .protocolViolation)
            #expect(error?.mayHaveRun == true)
        }
    }

    @Test("A server that is no Redis is a protocol violation")
    func noRedis() async throws {
        let server = try FakeServer { peer in
            peer.write("SSH-2.0-OpenSSH_9.2\r\n")
            peer.ignoreTheRest()
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            let error = await failure { _ = try await engine.ping() }
            #expect(error?.code == .protocolViolation)
            #expect(error?.mayHaveRun == false)
        }
    }

    @Test("More answers than questions are a protocol violation, and no caller gets a wrong one")
    func unsolicited() async throws {
        let server = try FakeServer { peer in
            peer.shakeHands()
            while let command = peer.readCommand() {
                peer.write("+\(command.last ?? "")\r\n+surplus\r\n")
            }
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            for number in 0..<20 {
                do throws(EngineError) {
                    let reply = try await engine.send(RedisCommand("ECHO", [.integer(number)]))
                    #expect(reply == .status(String(number)))
                } catch {
                    #expect(error.code == .protocolViolation)
                }
            }
        }
    }

    @Test("A connection closed in the middle of a reply is lost, and the next call finds a new one")
    func closedMidReply() async throws {
        let connections = Locked(0)
        let server = try FakeServer { peer in
            let number = connections.withLock { count in
                count += 1
                return count
            }
            peer.shakeHands()
            _ = peer.readCommand()
            peer.write(number == 1 ? "$10\r\nhel" : "+PONG\r\n")
            if number > 1 { peer.ignoreTheRest() }
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            let error = await failure { _ = try await engine.send(RedisCommand("INCR", ["k"])) }
            #expect(error?.code == .connectionLost)
            #expect(error?.mayHaveRun == true)
            _ = try await engine.ping()
        }
    }

    @Test("A full queue refuses at once and sends nothing")
    func overloaded() async throws {
        let commands = Locked(0)
        let (stream, signal) = AsyncStream.makeStream(of: Void.self)
        let server = try FakeServer { peer in
            peer.shakeHands()
            while peer.readCommand() != nil {
                commands.withLock { $0 += 1 }
                signal.yield()
            }
        }
        try await withEngine(
            settings("redis://127.0.0.1:\(server.port)", commands: 3, bytes: 1000)
        ) { engine in
            let waiting = (0..<3).map { _ in Task { try await engine.ping() } }
            var arrivals = stream.makeAsyncIterator()
            for _ in 0..<3 { await arrivals.next() }
            let error = await failure { _ = try await engine.ping() }
            #expect(error?.code == .overloaded)
            #expect(error?.mayHaveRun == false)
            // A cancelled call still owns its reply, so it makes no room either.
            waiting[0].cancel()
            #expect((await failure { _ = try await waiting[0].value })?.code == .cancelled)
            #expect((await failure { _ = try await engine.ping() })?.code == .overloaded)
            await engine.shutdown(deadline: .zero)
            for task in waiting.dropFirst() {
                let error = await failure { _ = try await task.value }
                #expect(error?.code == .shutDown)
                #expect(error?.mayHaveRun == true)
            }
            #expect(commands.withLock { $0 } == 3)
        }
    }

    @Test("A call too large for the queue is told so")
    func tooLarge() async throws {
        let server = try FakeServer { $0.ignoreTheRest() }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)", bytes: 1000)) { engine in
            let error = await failure {
                _ = try await engine.send(RedisCommand("SET", ["k", .bytes([UInt8](repeating: 0, count: 1000))]))
            }
            #expect(error?.code == .tooLarge)
            let many = [RedisArgument](repeating: 1, count: 1 << 20)
            #expect((await failure { _ = try await engine.send(RedisCommand("DEL", many)) })?.code == .tooLarge)
        }
    }

    @Test("A task that is cancelled already sends nothing")
    func cancelledBefore() async throws {
        let server = try FakeServer { peer in
            peer.shakeHands()
            while let command = peer.readCommand() { peer.write("+\(command.last ?? "")\r\n") }
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            _ = try await engine.send(RedisCommand("ECHO", [1]))
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await engine.send(RedisCommand("ECHO", [2]))
            }
            let error = await failure { _ = try await task.value }
            #expect(error?.code == .cancelled)
            #expect(error?.mayHaveRun == false)
        }
    }
}
