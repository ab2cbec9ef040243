import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneRedis

@Suite("Engine on clusters that err", .timeLimit(.minutes(20)))
struct ErringClusterTests {
    /// A node that says who serves what, and answers commands as it is told to.
    private func node(
        slots: @escaping @Sendable () -> String, answer: @escaping @Sendable ([String]) -> String
    ) throws -> FakeServer {
        try FakeServer { peer in
            while let command = peer.readCommand() {
                switch command[0] {
                case "PING", "ASKING": peer.write("+OK\r\n")
                case "CLUSTER": peer.write(slots())
                default: peer.write(answer(command))
                }
            }
        }
    }

    /// An answer in which nodes serve all slots up to the given ones.
    private func slots(_ nodes: (last: Int, host: String, port: Int)...) -> String {
        var first = 0
        var text = "*\(nodes.count)\r\n"
        for (last, host, port) in nodes {
            text += "*3\r\n:\(first)\r\n:\(last)\r\n*2\r\n$\(host.utf8.count)\r\n\(host)\r\n:\(port)\r\n"
            first = last + 1
        }
        return text
    }

    @Test("A node without a host is where it was asked; one of several that is silent delays nobody")
    func silence() async throws {
        let silent = try FakeServer { $0.ignoreTheRest() }
        let port = Locked(0)
        let good = try node(
            slots: { slots((8191, "", port.withLock { $0 }), (16383, "127.0.0.1", silent.port)) },
            answer: { "+\($0.last ?? "")\r\n" })
        port.withLock { $0 = good.port }
        let url = "redis+cluster://127.0.0.1:\(silent.port),127.0.0.1:\(good.port)"
        try await withEngine(settings(url)) { engine in
            let stuck = Task { try await engine.send(RedisCommand("GET", ["foo"])) }
            for number in 0..<50 {
                let reply = try await engine.send(RedisCommand("ECHO", [.integer(number)]), routedBy: "bar")
                #expect(reply == .status(String(number)))
            }
            stuck.cancel()
            let error = await failure { _ = try await stuck.value }
            #expect(error?.code == .cancelled)
            #expect(error?.mayHaveRun == false)
        }
    }

    @Test("Nodes that send a call to each other in circles do so until its deadline, and not without a pause")
    func circles() async throws {
        let ports = Locked<[Int]>([])
        let calls = Locked(0)
        let nodes = try (0..<2).map { number in
            try node(
                slots: { slots((16383, "127.0.0.1", ports.withLock { $0[number] })) },
                answer: { _ in
                    calls.withLock { $0 += 1 }
                    return "-MOVED 12182 127.0.0.1:\(ports.withLock { $0[1 - number] })\r\n"
                })
        }
        ports.withLock { $0 = nodes.map(\.port) }
        var configuration = try settings("redis+cluster://127.0.0.1:\(nodes[0].port)", timeout: .seconds(1))
        configuration.backoff = Backoff(base: .milliseconds(100), random: { $0.upperBound })
        try await withEngine(configuration) { engine in
            // On a busy machine the deadline may pass before there is a circle.
            var error: EngineError?
            while error?.serverError == nil {
                calls.withLock { $0 = 0 }
                error = await failure { _ = try await engine.send(RedisCommand("GET", ["foo"])) }
            }
            #expect(error?.serverError?.kind == .moved)
            #expect(error?.mayHaveRun == false)
            #expect((1...20).contains(calls.withLock { $0 }))
        }
    }

    @Test("A call that turns out to belong to another slot is told so at once")
    func astray() async throws {
        let port = Locked(0)
        let server = try node(
            slots: { slots((16383, "", port.withLock { $0 })) },
            answer: { _ in "-MOVED 7 127.0.0.1:\(port.withLock { $0 })\r\n" })
        port.withLock { $0 = server.port }
        try await withEngine(settings("redis+cluster://127.0.0.1:\(server.port)")) { engine in
            let error = await failure { _ = try await engine.send(RedisCommand("MODULE.COMMAND", ["x", "foo"])) }
            #expect(error?.serverError?.kind == .moved)
        }
    }

    @Test("A script's error that only looks like a redirection is the caller's")
    func lookalike() async throws {
        let port = Locked(0)
        let runs = Locked(0)
        let server = try node(
            slots: { slots((16383, "", port.withLock { $0 })) },
            answer: { _ in
                runs.withLock { $0 += 1 }
                return "-MOVED by 12182 removal vans\r\n"
            })
        port.withLock { $0 = server.port }
        try await withEngine(settings("redis+cluster://127.0.0.1:\(server.port)")) { engine in
            let error = await failure { _ = try await engine.call(Scripts.get, keys: ["foo"], arguments: []) }
            #expect(error?.serverError?.kind == .other)
            #expect(error?.mayHaveRun == true)
            #expect(runs.withLock { $0 } == 1)
        }
    }

    @Test("An ASK is followed once with ASKING right before the call, and not remembered")
    func ask() async throws {
        let ports = Locked<[Int]>([])
        let asked = Locked<[String]>([])
        let importer = try FakeServer { peer in
            while let command = peer.readCommand() {
                asked.withLock { $0.append(command[0]) }
                peer.write("+there\r\n")
            }
        }
        let source = try node(
            slots: { slots((16383, "", ports.withLock { $0[0] })) },
            answer: { _ in "-ASK 12182 127.0.0.1:\(importer.port)\r\n" })
        ports.withLock { $0 = [source.port] }
        try await withEngine(settings("redis+cluster://127.0.0.1:\(source.port)")) { engine in
            for _ in 0..<3 {
                let reply = try await engine.send(RedisCommand("GET", ["foo"]))
                #expect(reply == .status("there"))
            }
            let commands = asked.withLock { $0 }.filter { $0 != "PING" }
            #expect(commands == ["ASKING", "GET", "ASKING", "GET", "ASKING", "GET"])
        }
    }

    @Test(
        "An answer that makes no sense is no map: calls end at their deadlines",
        arguments: ["*0\r\n", "+OK\r\n", ":1\r\n", "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$1\r\n?\r\n:1\r\n", "*-1\r\n"])
    func nonsense(answer: String) async throws {
        let server = try node(slots: { answer }, answer: { _ in "+OK\r\n" })
        let url = "redis+cluster://127.0.0.1:\(server.port)"
        try await withEngine(settings(url, timeout: .milliseconds(300))) { engine in
            let error = await failure { _ = try await engine.send(RedisCommand("GET", ["foo"])) }
            #expect([.unreachable, .unexpectedReply].contains(error?.code))
            #expect(error?.mayHaveRun == false)
        }
    }
}
