import Foundation
import Logging
import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneRedis
import PeriluneServer
import PeriluneTestSupport
import ServiceLifecycle
import Testing

/// Runs a port on the embedded engine, the body, and a graceful shutdown.
func withPort(
    clock: any RedisClock = .system, password: String? = nil, maximumConnections: Int = 10_000,
    unixSocket: String? = nil, port: Int = 0, enablesDebug: Bool = false,
    _ body: (_ port: Int) async throws -> Void
) async throws {
    var configuration = RedisPort.Configuration()
    configuration.port = port
    configuration.password = password
    configuration.maximumConnections = maximumConnections
    configuration.unixSocket = unixSocket
    let (ports, started) = AsyncStream.makeStream(of: Int.self)
    let engine = EmbeddedEngine(clock: clock, limits: .server)
    if enablesDebug { engine.enableDebugCommand() }
    let service = RedisPort(engine: engine, configuration: configuration, logger: silent) {
        started.yield($0 ?? 0)
    }
    let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [service], logger: silent))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
            do { try await group.run() } catch {
                started.finish()
                throw error
            }
        }
        var iterator = ports.makeAsyncIterator()
        if let port = await iterator.next() { try await body(port) }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}

@Suite struct RedisPortTests {
    /// What a client that sends some bytes reads until the connection is closed.
    private func exchange(_ text: String, port: Int) async throws -> String {
        String(decoding: try await HTTPClient(port: port).exchange(Array(text.utf8)), as: UTF8.self)
    }

    private func withClient(port: Int, password: String = "", _ body: (RedisEngine) async throws -> Void) async throws {
        let credentials = password.isEmpty ? "" : ":\(password)@"
        var configuration = try RedisConfiguration(url: "redis://\(credentials)127.0.0.1:\(port)")
        // The machine may be busy with other tests; nothing here is about time that passes.
        configuration.connectTimeout = .seconds(60)
        configuration.commandTimeout = .seconds(60)
        let client = RedisEngine(configuration, logger: silent)
        try await body(client)
        await client.shutdown()
    }

    @Test func aClientOfRedisTakesItForOne() async throws {
        try await withPort { port in
            try await withClient(port: port) { client in
                #expect(try await client.send(RedisCommand("SET", ["k", "a\r\nb", "PX", 100_000])) == .status("OK"))
                #expect(try await client.send(RedisCommand("GET", ["k"])) == .bulk(Array("a\r\nb".utf8)))
                let reply = try await client.send(
                    RedisCommand("EVAL", ["return {1, {'x', {err = 'MY error'}}, false, {ok = 'fine'}}", 0]))
                #expect(
                    reply
                        == .array([
                            .integer(1), .array([.bulk(Array("x".utf8)), .error(RedisError("MY error"))]), .null,
                            .status("fine"),
                        ]))
                await #expect(throws: EngineError.self) { try await client.send(RedisCommand("NOPE")) }
            }
        }
    }

    @Test func manyCallersDecideOnOneConnection() async throws {
        try await withPort { port in
            try await withClient(port: port) { client in
                let policy = try RateLimitPolicy(name: "p", limits: [RateLimit(parsing: "100/h")])
                let limiter = RateLimiter(engine: client, policy: policy)
                let allowed = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<64 {
                        group.addTask {
                            var allowed = 0
                            for _ in 0..<10 where try await limiter.check("user:1").allowed { allowed += 1 }
                            return allowed
                        }
                    }
                    return try await group.reduce(0, +)
                }
                #expect(allowed == 100)
            }
        }
    }

    @Test(arguments: [
        ("PING\r\nQUIT\r\n", "+PONG\r\n+OK\r\n"),
        ("*1\r\n$x\r\n*1\r\n$4\r\nPING\r\n", "-ERR Protocol error: invalid bulk length\r\n"),
        ("PING\r\n*1\r\nx", "+PONG\r\n-ERR Protocol error: expected '$', got 'x'\r\n"),
        ("SET 'a\r\n", "-ERR Protocol error: unbalanced quotes in request\r\n"),
        ("GET\r\nQUIT\r\n", "-ERR wrong number of arguments for 'get' command\r\n+OK\r\n"),
        (
            "SELECT 0\r\nSELECT 16\r\nSELECT x\r\nQUIT\r\n",
            "+OK\r\n-ERR DB index is out of range\r\n-ERR value is not an integer or out of range\r\n+OK\r\n"
        ),
        (
            "CLIENT SETNAME me\r\nCLIENT GETNAME\r\nCLIENT NOPE\r\nQUIT\r\n",
            "+OK\r\n$2\r\nme\r\n-ERR unknown subcommand 'NOPE'. Try CLIENT HELP.\r\n+OK\r\n"
        ),
        (
            "HELLO 4\r\nAUTH x\r\nQUIT\r\n",
            "-NOPROTO unsupported protocol version\r\n-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n+OK\r\n"
        ),
        ("QUIT\r\nPING\r\n", "+OK\r\n"),
    ])
    func whatIsTypedIsAnswered(request: String, reply: String) async throws {
        try await withPort { port in
            let answer = try await exchange(request, port: port)
            #expect(answer == reply)
        }
    }

    /// The port ends although a script does not; its client gets no reply, or the one of a script that was killed.
    @Test func aScriptWithoutEndDoesNotKeepThePortFromEnding() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/s"
        try await withPort(unixSocket: path) { _ in
            _ = try await RESPConversation.hold(
                """
                1> CONFIG SET busy-reply-threshold 1
                1<
                2> EVAL "while true do end" 0
                1~ -BUSY PING
                """, unixSocket: path)
        }
    }

    @Test func aTransactionTellsOfThePortAndSubscribes() async throws {
        try await withPort { port in
            let text = try await exchange(
                "SET k 1\r\nMULTI\r\nINFO keyspace\r\nSUBSCRIBE c\r\nEXEC\r\nQUIT\r\n", port: port)
            let information = "$24\r\n# Keyspace\r\ndb0:keys=1\r\n\r\n"
            #expect(
                text == "+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n\(information)"
                    + "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n+OK\r\n")
        }
    }

    /// The replies are redis-server's.
    @Test(arguments: [
        (
            "MULTI\r\nSET k 1\r\nINCR k\r\nGET k\r\nEXEC\r\nGET k\r\nQUIT\r\n",
            "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n+OK\r\n:2\r\n$1\r\n2\r\n$1\r\n2\r\n+OK\r\n"
        ),
        (
            "MULTI\r\nNOPE\r\nSET k 1\r\nEXEC\r\nGET k\r\nQUIT\r\n",
            "+OK\r\n-ERR unknown command 'NOPE', with args beginning with: \r\n+QUEUED\r\n"
                + "-EXECABORT Transaction discarded because of previous errors.\r\n$-1\r\n+OK\r\n"
        ),
        (
            "MULTI\r\nGET\r\nDISCARD\r\nEXEC\r\nDISCARD\r\nQUIT\r\n",
            "+OK\r\n-ERR wrong number of arguments for 'get' command\r\n+OK\r\n-ERR EXEC without MULTI\r\n"
                + "-ERR DISCARD without MULTI\r\n+OK\r\n"
        ),
        (
            "MULTI\r\nMULTI\r\nWATCH k\r\nPING\r\nSELECT 0\r\nEXEC\r\nQUIT\r\n",
            "+OK\r\n-ERR MULTI calls can not be nested\r\n-ERR WATCH inside MULTI is not allowed\r\n+QUEUED\r\n"
                + "+QUEUED\r\n*2\r\n+PONG\r\n+OK\r\n+OK\r\n"
        ),
        (
            "WATCH k\r\nMULTI\r\nPING\r\nEXEC\r\nWATCH k\r\nSET k 1\r\nMULTI\r\nPING\r\nEXEC\r\nQUIT\r\n",
            "+OK\r\n+OK\r\n+QUEUED\r\n*1\r\n+PONG\r\n+OK\r\n+OK\r\n+OK\r\n+QUEUED\r\n*-1\r\n+OK\r\n"
        ),
        (
            "WATCH k\r\nSET k 1\r\nUNWATCH\r\nMULTI\r\nEXEC\r\nWATCH\r\nQUIT\r\n",
            "+OK\r\n+OK\r\n+OK\r\n+OK\r\n*0\r\n-ERR wrong number of arguments for 'watch' command\r\n+OK\r\n"
        ),
        (
            "MULTI\r\nLPUSH k x\r\nINCR k\r\nLLEN k\r\nEXEC\r\nQUIT\r\n",
            "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n:1\r\n"
                + "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n:1\r\n+OK\r\n"
        ),
    ])
    func transactionsAreAllOrNothing(request: String, reply: String) async throws {
        try await withPort { port in
            let answer = try await exchange(request, port: port)
            #expect(answer == reply)
        }
        let server = try RedisServer.start()
        let port = server.port
        let judged = try await exchange(request, port: port)
        #expect(judged == reply)
    }

    /// Changes by others, in whatever way, are noticed.
    @Test(arguments: [
        "SET k 2", "DEL k", "EVAL \"return redis.call('INCR', KEYS[1])\" 1 k", "FLUSHALL", "PEXPIRE k 1",
    ])
    func aWatchedKeyThatChangesEndsTheTransaction(change: String) async throws {
        let clock = ManualClock(microseconds: 1_700_000_000_000_000)
        try await withPort(clock: clock) { port in
            _ = try await exchange("SET k 1\r\nQUIT\r\n", port: port)
            // One connection: its own change counts, too.
            let reply = try await exchange("WATCH k\r\n\(change)\r\nMULTI\r\nPING\r\nEXEC\r\nQUIT\r\n", port: port)
            #expect(reply.hasSuffix("+QUEUED\r\n*-1\r\n+OK\r\n"), "\(reply)")
            let unwatched = try await exchange(
                "WATCH other\r\n\(change)\r\nMULTI\r\nPING\r\nEXEC\r\nQUIT\r\n", port: port)
            #expect(
                unwatched.hasSuffix(change == "FLUSHALL" ? "*-1\r\n+OK\r\n" : "*1\r\n+PONG\r\n+OK\r\n"), "\(unwatched)")
        }
    }

    @Test func nobodyGetsInWithoutThePassword() async throws {
        try await withPort(password: "secret") { port in
            let refused = try await exchange(
                "GET k\r\nAUTH wrong\r\nAUTH other secret\r\nGET k\r\nQUIT\r\n", port: port)
            let lines = refused.split(separator: "\r\n").map { String($0.prefix(7)) }
            #expect(lines == ["-NOAUTH", "-WRONGP", "-WRONGP", "-NOAUTH", "+OK"])
            let tooMuch = try await exchange("*11\r\n", port: port)
            #expect(tooMuch == "-ERR Protocol error: invalid multibulk length\r\n")
            let admitted = try await exchange("AUTH secret\r\nGET k\r\nQUIT\r\n", port: port)
            #expect(admitted == "+OK\r\n$-1\r\n+OK\r\n")
            let greeted = try await exchange("HELLO 2 AUTH default secret\r\nGET k\r\nQUIT\r\n", port: port)
            #expect(greeted.hasSuffix("$-1\r\n+OK\r\n"))
            try await withClient(port: port, password: "secret") { client in
                let pong = try await client.send(RedisCommand("PING"))
                #expect(pong == .status("PONG"))
            }
        }
    }

    /// Replies that are far larger than what a socket takes are sent as the client reads.
    @Test func largeRepliesWaitForTheClient() async throws {
        try await withPort { port in
            let set = "SETRANGE k 199999 x\r\n"
            let replies = try await exchange(
                set + String(repeating: "GET k\r\n", count: 200) + "QUIT\r\n", port: port)
            let value = "$200000\r\n".utf8.count + 200_000 + 2
            #expect(replies.utf8.count == ":200000\r\n".utf8.count + 200 * value + "+OK\r\n".utf8.count)
        }
    }

    @Test func connectionsAreCounted() async throws {
        try await withPort(maximumConnections: 2) { port in
            try await withClient(port: port) { first in
                try await withClient(port: port) { second in
                    _ = try await first.send(RedisCommand("PING"))
                    _ = try await second.send(RedisCommand("PING"))
                    #expect(try await exchange("", port: port) == "-ERR max number of clients reached\r\n")
                }
            }
        }
    }

    @Test func aUnixSocketIsListenedAtAndRemoved() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/s"
        try await withPort(unixSocket: path) { _ in
            var configuration = try RedisConfiguration(url: "unix://\(path)")
            configuration.commandTimeout = .seconds(60)
            let client = RedisEngine(configuration, logger: silent)
            #expect(try await client.send(RedisCommand("PING")) == .status("PONG"))
            await client.shutdown()
            // The path is in use.
            await #expect(throws: RedisPortError.self) { try await withPort(unixSocket: path) { _ in } }
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func anAddressThatIsTakenIsAnError() async throws {
        try await withPort { port in
            await #expect(throws: RedisPortError.self) { try await withPort(port: port) { _ in } }
        }
    }
}
