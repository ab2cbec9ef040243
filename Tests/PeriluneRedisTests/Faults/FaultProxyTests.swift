import PeriluneCore
import PeriluneFaultProxy
import PeriluneRedis
import PeriluneTestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("Fault proxy", .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct FaultProxyTests {
    @Test("What gets through is what was sent, in whatever pieces it comes")
    func pieces() async throws {
        let server = try RedisServer.shared()
        var faults = NetworkFaults.none
        faults.toServer.pieces = 1...50_000
        faults.toClient.pieces = 1...50_000
        faults.toClient.jitter = .milliseconds(3)
        let proxy = try FaultProxy(toPort: server.port, faults: faults, seed: 3)
        try await withEngine(settings("redis://127.0.0.1:\(proxy.port)")) { engine in
            var random = SeededGenerator(seed: 3)
            let bytes = (0..<1_000_000).map { _ in UInt8.random(in: 0...255, using: &random) }
            let reply = try await engine.send(RedisCommand("ECHO", [.bytes(bytes)]))
            #expect(reply == .bulk(bytes))
        }
    }

    @Test("The end of what a client says reaches the server, and the answers still reach the client")
    func halfClosed() throws {
        let proxy = try FaultProxy(toPort: RedisServer.shared().port)
        let client = try Loopback.connection(toPort: proxy.port)
        defer { close(client) }
        #expect(write(client, "PING\r\n", 6) == 6)
        shutdown(client, Int32(SHUT_WR))
        var text: [UInt8] = []
        var space = [UInt8](repeating: 0, count: 100)
        while true {
            let count = read(client, &space, space.count)
            guard count > 0 else { break }
            text += space.prefix(count)
        }
        #expect(String(decoding: text, as: UTF8.self) == "+PONG\r\n")
    }

    @Test("A client whose server does not read has to wait; the proxy does not take what it cannot pass on")
    func backPressure() throws {
        let server = try FakeServer { peer in
            // Reads the beginning, and then nothing until the test is over.
            _ = peer.readCommand()
            poll(nil, 0, 60_000)
        }
        let proxy = try FaultProxy(toPort: server.port)
        let client = try Loopback.connection(toPort: proxy.port)
        defer { close(client) }
        _ = fcntl(client, F_SETFL, O_NONBLOCK)
        let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        var sent = 0
        while sent < 256 << 20 {
            let count = write(client, bytes, bytes.count)
            if count > 0 {
                sent += count
                continue
            }
            // As long as anybody reads, a socket is ready again within a moment.
            var waiting = pollfd(fd: client, events: Int16(POLLOUT), revents: 0)
            if poll(&waiting, 1, 500) == 0 { break }
        }
        // What two connections of the system hold, and the proxy's own bound.
        #expect(sent < 64 << 20)
    }

    @Test("Without a server a connection is reset, and with one again it is not")
    func noServer() async throws {
        let server = try RedisServer.start()
        let proxy = try FaultProxy(toPort: server.port)
        server.kill()
        try await withEngine(settings("redis://127.0.0.1:\(proxy.port)", timeout: .milliseconds(100))) { engine in
            let error = await failure { _ = try await engine.ping() }
            #expect(error?.code == .unreachable)
        }
        try server.resume()
        try await withEngine(settings("redis://127.0.0.1:\(proxy.port)")) { engine in
            _ = try await engine.ping()
        }
    }
}
