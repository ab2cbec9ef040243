import PeriluneCore
import PeriluneIO
import PeriluneTestSupport
import Testing

@Suite("Connecting")
struct ConnectorTests {
    /// Connects on a loop of its own and tells how it went.
    private func connect(
        to endpoint: SocketEndpoint, _ kind: Poller.Kind = .standard, within nanoseconds: UInt64 = 60_000_000_000,
        tls: TLSContext? = nil
    ) async throws -> Result<Transport, SystemError> {
        let loop = try EventLoop(kind)
        defer { loop.stop() }
        return await withCheckedContinuation { continuation in
            loop.execute {
                let deadline = MonotonicTime.now + nanoseconds
                var connector: Connector?
                connector = Connector(to: endpoint, tls: tls, on: loop, deadline: deadline) { result in
                    _ = connector
                    connector = nil
                    continuation.resume(returning: result)
                }
                connector?.start()
            }
        }
    }

    @Test("A listening port is reached by address and by name", arguments: Poller.Kind.allCases)
    func reaches(kind: Poller.Kind) async throws {
        let server = try FakeServer { $0.ignoreTheRest() }
        for host in ["127.0.0.1", "localhost"] {
            let transport = try await connect(to: .tcp(host: host, port: server.port), kind).get()
            #expect(transport.sharedSocket?.pendingError == nil)
        }
    }

    @Test("A port without a listener is refused")
    func refused() async throws {
        let port = try Loopback.freePort()
        let error = await #expect(throws: SystemError.self) {
            try await connect(to: .tcp(host: "127.0.0.1", port: port)).get()
        }
        #expect(error?.operation == "connect")
    }

    @Test("A host without an address is an error of the lookup")
    func unknownHost() async throws {
        let error = await #expect(throws: SystemError.self) {
            // A name that cannot be one is not asked for in a network, which may be silent here.
            try await connect(to: .tcp(host: "no..host", port: 1)).get()
        }
        #expect(error?.operation == "getaddrinfo")
    }

    @Test("A Unix socket that is not there, and a path that cannot be one, are errors")
    func badPaths() async throws {
        for path in ["/nonexistent/socket", "", "/" + String(repeating: "x", count: 200)] {
            await #expect(throws: SystemError.self) { try await connect(to: .unix(path: path)).get() }
        }
    }

    @Test("A server that accepts nobody makes the attempt end at its deadline")
    func deadline() async throws {
        // Nobody accepts: the kernel takes a few connections for the listener, then leaves the others waiting.
        let listener = try Loopback.listen(backlog: 0)
        let owner = Socket(adopting: listener.descriptor)
        var taken: [Transport] = []
        for _ in 0..<16 {
            let result = try await connect(to: .tcp(host: "127.0.0.1", port: listener.port), within: 50_000_000)
            switch result {
            case .success(let transport): taken.append(transport)
            case .failure(let error):
                #expect(error.reason == "no answer in time")
                return
            }
        }
        withExtendedLifetime(owner) {}
        Issue.record("sixteen connections to a listener that takes none")
    }

    #if TLS
        @Test("A server that does not answer in TLS makes the attempt end at its deadline")
        func silentInTLS() async throws {
            let listener = try Loopback.listen()
            let owner = Socket(adopting: listener.descriptor)
            let error = await #expect(throws: SystemError.self) {
                let tls = try TLSContext(trust: nil)
                // Long enough to be connected, however busy the machine is.
                let endpoint = SocketEndpoint.tcp(host: "127.0.0.1", port: listener.port)
                _ = try await connect(to: endpoint, within: 2_000_000_000, tls: tls).get()
            }
            withExtendedLifetime(owner) {}
            #expect(error?.description == "TLS: no answer in time; does the server speak TLS on this port?")
            #expect(error?.isLasting == false)
        }

        @Test("A server that closes the connection instead of answering in TLS may do better next time")
        func closedInTLS() async throws {
            let server = try FakeServer { _ in }
            let error = await #expect(throws: SystemError.self) {
                let tls = try TLSContext(trust: nil)
                _ = try await connect(to: .tcp(host: "127.0.0.1", port: server.port), tls: tls).get()
            }
            #expect(error?.isLasting == false)
        }
    #endif
}
