import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneRedis

extension TopologyTests {
    @Suite("Engine behind sentinels")
    struct Sentinels {
        @Test("The primary is found, and the next one after it was killed; a dead sentinel is no hindrance")
        func failover() async throws {
            let group = try await SentinelGroup.start(sentinelPassword: "watch", downAfter: 500)
            var configuration = try settings(group.url + "/1")
            configuration.sentinelPassword = "watch"
            configuration.circuitBreaker.failures = .max
            try await withEngine(configuration) { engine in
                let replies = try await engine.sendBlocking([
                    RedisCommand("SET", ["k", "1"]), RedisCommand("WAIT", [2, 0]),
                ])
                #expect(replies.last == .integer(2))
                let info = try await engine.send(RedisCommand("CLIENT", ["INFO"])).string
                #expect(info?.contains("laddr=127.0.0.1:\(group.servers[0].port) ") == true)
                #expect(info?.contains(" db=1 ") == true)
                group.sentinels[0].kill()
                group.servers[0].kill()
                // Calls wait for the failover. Those under way may be lost with their server.
                let value = try await engine.call(Scripts.repeatableGet, keys: ["k"], arguments: [])
                #expect(value == .bulk("1"))
                _ = try await engine.send(RedisCommand("SET", ["k", "2"]))
                // The sentinels agree on it sooner or later; the engine was there first, perhaps.
                try await group.waitForFailover(from: 0)
            }
        }

        @Test("A failover that is asked for, in mid-traffic, sends calls to the new primary")
        func manualFailover() async throws {
            let group = try await SentinelGroup.start()
            try await withEngine(settings(group.url)) { engine in
                _ = try await engine.send(RedisCommand("SET", ["k", "1"]))
                try await group.failOver(from: 0)
                var port: Int?
                while port == nil || port == group.servers[0].port {
                    // Until the former primary has become a replica and closed the connection.
                    let info = try? await engine.send(RedisCommand("CLIENT", ["INFO"], isRepeatable: true)).string
                    port = info?.firstMatch(of: #/laddr=127.0.0.1:(\d+)/#).flatMap { Int($0.1) }
                }
                _ = try await engine.send(RedisCommand("SET", ["k", "2"]))
            }
        }

        @Test("An unknown service, a wrong password and a server that is no sentinel are wrong configurations")
        func misconfigured() async throws {
            let group = try await SentinelGroup.start(sentinelPassword: "watch")
            func error(_ url: String, _ password: String?) async throws -> EngineError? {
                var configuration = try settings(url)
                configuration.sentinelPassword = password
                return try await withEngine(configuration) { engine in
                    await failure { _ = try await engine.ping() }
                }
            }
            let unknown = try await error(group.url.replacing("/main", with: "/other"), "watch")
            #expect(unknown?.code == .misconfigured)
            #expect(unknown?.message.contains("knows no service") == true)
            for password in [nil, "wrong"] {
                let refused = try await error(group.url, password)
                #expect(refused?.code == .misconfigured)
                #expect(refused?.message.contains("wrong") == false)
            }
            let none = try await error("redis+sentinel://127.0.0.1:\(RedisServer.shared().port)/main", nil)
            #expect(none?.code == .misconfigured)
            #expect(none?.message.contains("no sentinel") == true)
        }
    }
}

@Suite("Engine behind sentinels that err", .timeLimit(.minutes(20)))
struct ErringSentinelTests {
    /// A server that says who it is, and answers everything else with its name.
    private func server(_ name: String, role: String) throws -> FakeServer {
        try FakeServer { peer in
            while let command = peer.readCommand() {
                peer.write(command[0] == "ROLE" ? "*1\r\n$\(role.utf8.count)\r\n\(role)\r\n" : "+\(name)\r\n")
            }
        }
    }

    private func sentinel(_ answer: @escaping @Sendable () -> String) throws -> FakeServer {
        try FakeServer { peer in
            while let command = peer.readCommand() {
                peer.write(command[0] == "SENTINEL" ? answer() : "+PONG\r\n")
            }
        }
    }

    private func address(_ port: Int) -> String {
        "*2\r\n$9\r\n127.0.0.1\r\n$\(String(port).utf8.count)\r\n\(port)\r\n"
    }

    @Test("A server that says it is a replica gets no calls; the next sentinel's does")
    func role() async throws {
        let replica = try server("replica", role: "slave")
        let primary = try server("primary", role: "master")
        let late = try sentinel { address(replica.port) }
        let current = try sentinel { address(primary.port) }
        let url = "redis+sentinel://127.0.0.1:\(late.port),127.0.0.1:\(current.port)/main"
        try await withEngine(settings(url)) { engine in
            for _ in 0..<20 {
                let reply = try await engine.send(RedisCommand("WHO"))
                #expect(reply == .status("primary"))
            }
        }
    }

    @Test("Sentinels that are silent, dead or babble cost little as long as one answers")
    func silence() async throws {
        let primary = try server("primary", role: "master")
        let silent = try FakeServer { $0.ignoreTheRest() }
        let babbling = try sentinel { "*2\r\n$1\r\nx\r\n$2\r\n-1\r\n" }
        let nobody = try sentinel { "*-1\r\n" }
        let current = try sentinel { address(primary.port) }
        let ports = [try Loopback.freePort(), silent.port, babbling.port, nobody.port, current.port]
        let list = ports.map { "127.0.0.1:\($0)" }.joined(separator: ",")
        try await withEngine(settings("redis+sentinel://\(list)/main")) { engine in
            let reply = try await engine.send(RedisCommand("WHO"))
            #expect(reply == .status("primary"))
        }
    }

    @Test("A primary that says it is read-only is looked for anew, and nothing that it refused is lost")
    func readOnly() async throws {
        let isDemoted = Locked(false)
        let former = try FakeServer { peer in
            while let command = peer.readCommand() {
                let refuses = isDemoted.withLock { $0 }
                if command[0] == "ROLE" {
                    peer.write(refuses ? "*1\r\n$5\r\nslave\r\n" : "*1\r\n$6\r\nmaster\r\n")
                } else {
                    peer.write(
                        refuses ? "-READONLY You can't write against a read only replica.\r\n" : "+former\r\n")
                }
            }
        }
        let next = try server("next", role: "master")
        let sentinel = try sentinel { address(isDemoted.withLock { $0 } ? next.port : former.port) }
        try await withEngine(settings("redis+sentinel://127.0.0.1:\(sentinel.port)/main")) { engine in
            let first = try await engine.send(RedisCommand("WHO"))
            #expect(first == .status("former"))
            isDemoted.withLock { $0 = true }
            let second = try await engine.send(RedisCommand("WHO"))
            #expect(second == .status("next"))
        }
    }

    @Test("A primary that falls silent is given up when the sentinels name another one")
    func hung() async throws {
        let isHung = Locked(false)
        let former = try FakeServer { peer in
            while let command = peer.readCommand() {
                if isHung.withLock({ $0 }) { return peer.ignoreTheRest() }
                peer.write(command[0] == "ROLE" ? "*1\r\n$6\r\nmaster\r\n" : "+former\r\n")
            }
        }
        let next = try server("next", role: "master")
        let sentinel = try sentinel { address(isHung.withLock { $0 } ? next.port : former.port) }
        let url = "redis+sentinel://127.0.0.1:\(sentinel.port)/main"
        var configuration = try settings(url, timeout: .milliseconds(500))
        configuration.circuitBreaker.failures = .max
        try await withEngine(configuration) { engine in
            // On a busy machine any call may take longer than its deadline.
            var reply: RedisReply?
            while reply == nil { reply = try? await engine.send(RedisCommand("WHO")) }
            #expect(reply == .status("former"))
            isHung.withLock { $0 = true }
            repeat {
                reply = nil
                do throws(EngineError) {
                    reply = try await engine.send(RedisCommand("WHO"))
                } catch {
                    #expect([.timedOut, .unreachable, .connectionLost].contains(error.code), "\(error)")
                }
            } while reply != .status("next")
        }
    }
}
