import Dispatch
import PeriluneCore
import PeriluneRedis
import PeriluneTestSupport
import Testing

@Suite("Thousands of calls cancelled at once")
struct EngineCancellationTests {
    @Test(
        "All end as cancelled, the connection stays, and the next call is answered",
        .enabled(if: RedisServer.isInstalled, "redis-server is not installed"), arguments: [false, true])
    func inFlight(suspends: Bool) async throws {
        let server = try RedisServer.start()
        var configuration = try settings(server.url, commands: suspends ? 100 : 100_000)
        configuration.overload = suspends ? .suspend : .fail
        try await withEngine(configuration) { engine in
            let identity = try await engine.send(RedisCommand("CLIENT", ["ID"]))
            server.pause()
            let begun = Locked(0)
            let calls = (0..<10_000).map { number in
                Task {
                    begun.withLock { $0 += 1 }
                    return try await engine.send(RedisCommand("ECHO", [.integer(number)]))
                }
            }
            while begun.withLock({ $0 }) < calls.count { await Task.yield() }
            // One in a hundred is not cancelled.
            for (number, call) in calls.enumerated() where number % 100 != 0 { call.cancel() }
            for (number, call) in calls.enumerated() where number % 100 != 0 {
                #expect((await failure { _ = try await call.value })?.code == .cancelled)
            }
            server.proceed()
            for number in stride(from: 0, to: calls.count, by: 100) {
                #expect(try await calls[number].value == .bulk(String(number)))
            }
            #expect(try await engine.send(RedisCommand("CLIENT", ["ID"])) == identity)
        }
    }

    @Test("Calls that wait for a connection are cancelled just so, and are never sent")
    func unsent() async throws {
        let commands = Locked(0)
        let isOpen = DispatchSemaphore(value: 0)
        let server = try FakeServer { peer in
            // The first answer comes when the calls are cancelled.
            guard peer.readCommand() != nil else { return }
            isOpen.wait()
            peer.write("+PONG\r\n")
            while let command = peer.readCommand() {
                commands.withLock { $0 += 1 }
                peer.write("+\(command.last ?? "")\r\n")
            }
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)", commands: 100_000)) { engine in
            let calls = (0..<5000).map { number in
                Task { try await engine.send(RedisCommand("ECHO", [.integer(number)])) }
            }
            for call in calls { call.cancel() }
            for call in calls {
                let error = await failure { _ = try await call.value }
                #expect(error?.code == .cancelled)
                #expect(error?.mayHaveRun == false)
            }
            isOpen.signal()
            let reply = try await engine.send(RedisCommand("ECHO", ["after"]))
            #expect(reply == .status("after"))
            #expect(commands.withLock { $0 } == 1)
        }
    }
}
