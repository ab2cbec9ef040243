import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneRedis

/// The configuration of a client whose calls have two seconds. It tries at 0, 0.1, 0.3, 0.7 and 1.5 s, so that the last
/// answer comes long before the end.
private func hastySettings(_ url: String) throws -> RedisConfiguration {
    var configuration = try settings(url, timeout: .seconds(2))
    configuration.backoff = Backoff(base: .milliseconds(100), cap: .seconds(60), random: { $0.upperBound })
    return configuration
}

/// What becomes of each error by which a server says that it cannot just now, or not here: on real servers.
@Suite(
    "Errors of real servers", .serialized, .enabled(if: RedisServer.isInstalled, "redis-server is not installed"),
    .timeLimit(.minutes(20)))
struct ServerErrorTests {
    private static let write = RedisCommand("INCR", ["k"])

    /// Waits until a server says something, which nobody announces: it has to be asked again and again.
    private func wait(
        until condition: (String) -> Bool, in section: RedisArgument, of engine: RedisEngine
    ) async throws {
        try await until { try await engine.send(RedisCommand("INFO", [section])).string.map(condition) ?? false }
    }

    @Test("NOSCRIPT: the script is loaded and called again, however often it is forgotten")
    func noScript() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url)) { engine in
            for number in 0..<20 {
                let reply = try await engine.call(Scripts.echo, keys: [], arguments: [.integer(number)])
                #expect(reply == .bulk(String(number)))
                _ = try await engine.send(RedisCommand("SCRIPT", ["FLUSH"]))
            }
        }
    }

    @Test("BUSY: calls wait for the end of the script, and those with less time end as BUSY; nothing has run")
    func busy() async throws {
        let server = try RedisServer.start(arguments: ["--busy-reply-threshold", "10"])
        let endless = LuaScript(name: "endless", source: "while true do end")
        try await withEngine(settings(server.url)) { engine in
            try await withEngine(settings(server.url)) { other in
                try await withEngine(hastySettings(server.url)) { hasty in
                    for engine in [engine, other, hasty] { _ = try await engine.ping() }
                    let script = Task { try await other.call(endless, keys: [], arguments: []) }
                    var error: EngineError?
                    // On a busy machine one may end before the server has an answer.
                    while error == nil || error?.code == .timedOut {
                        do throws(EngineError) { _ = try await hasty.send(Self.write) } catch let busy { error = busy }
                    }
                    #expect(error?.serverError?.kind == .busy)
                    #expect(error?.mayHaveRun == false)
                    let patient = Task { try await engine.send(RedisCommand("SET", ["patient", 1])) }
                    let killed = try await engine.send(RedisCommand("SCRIPT", ["KILL"]))
                    #expect(killed == .status("OK"))
                    #expect(try await patient.value == .status("OK"))
                    #expect((await failure { _ = try await script.value })?.code == .server)
                }
            }
        }
    }

    @Test("OOM: a write ends as such at once, a read is answered")
    func outOfMemory() async throws {
        let server = try RedisServer.start(arguments: ["--maxmemory", "1"])
        try await withEngine(settings(server.url)) { engine in
            let script = LuaScript(name: "write", source: "return redis.call('INCR', KEYS[1])")
            let errors = [
                await failure { _ = try await engine.send(Self.write) },
                await failure { _ = try await engine.call(script, keys: ["k"], arguments: []) },
            ]
            for error in errors { #expect(error?.serverError?.kind == .outOfMemory) }
            let value = try await engine.send(RedisCommand("GET", ["k"]))
            #expect(value == .null)
            _ = try await engine.send(RedisCommand("CONFIG", ["SET", "maxmemory", "0"]))
            let written = try await engine.send(Self.write)
            #expect(written == .integer(1))
        }
    }

    @Test("READONLY: a write to a replica ends as such at once, and has not run")
    func readOnly() async throws {
        let primary = try RedisServer.start()
        let replica = try RedisServer.start()
        try await withEngine(settings(replica.url)) { engine in
            _ = try await engine.send(RedisCommand("REPLICAOF", ["127.0.0.1", .integer(primary.port)]))
            let error = await failure { _ = try await engine.send(Self.write) }
            #expect(error?.serverError?.kind == .readOnly)
            #expect(error?.mayHaveRun == false)
            _ = try await engine.send(RedisCommand("REPLICAOF", ["NO", "ONE"]))
            let written = try await engine.send(Self.write)
            #expect(written == .integer(1))
        }
    }

    @Test("MASTERDOWN: a replica without its primary says so at once; a new connection waits for it")
    func masterDown() async throws {
        let nobody = try Loopback.freePort()
        let replica = try RedisServer.start(arguments: ["--replica-serve-stale-data", "no"])
        try await withEngine(settings(replica.url)) { engine in
            _ = try await engine.send(RedisCommand("REPLICAOF", ["127.0.0.1", .integer(nobody)]))
            let error = await failure { _ = try await engine.send(RedisCommand("GET", ["k"])) }
            #expect(error?.serverError?.kind == .masterDown)
            #expect(error?.mayHaveRun == false)
            try await withEngine(hastySettings(replica.url)) { hasty in
                let error = await failure { _ = try await hasty.send(RedisCommand("GET", ["k"])) }
                #expect(error?.code == .unreachable)
                #expect(error?.message.contains("MASTERDOWN") == true)
                #expect(error?.mayHaveRun == false)
            }
            try await withEngine(settings(replica.url)) { patient in
                let waiting = Task { try await patient.send(RedisCommand("GET", ["k"])) }
                _ = try await engine.send(RedisCommand("REPLICAOF", ["NO", "ONE"]))
                #expect(try await waiting.value == .null)
            }
        }
    }

    @Test("LOADING: calls wait until the server has read its data, and those with less time end as such")
    func loading() async throws {
        let primary = try RedisServer.start(arguments: ["--repl-diskless-sync-delay", "0", "--rdbcompression", "no"])
        let replica = try RedisServer.start(arguments: [
            "--repl-diskless-load", "on-empty-db", "--key-load-delay", "20000",
            "--loading-process-events-interval-bytes",
            "1024",
        ])
        try await withEngine(settings(primary.url)) { source in
            let value = RedisArgument.string(String(repeating: "x", count: 2000))
            _ = try await source.pipeline((0..<1000).map { RedisCommand("SET", [.string("key:\($0)"), value]) })
            _ = try await source.send(RedisCommand("SET", ["k", "loaded"]))
            try await withEngine(settings(replica.url)) { engine in
                try await withEngine(hastySettings(replica.url)) { hasty in
                    _ = try await hasty.ping()
                    let get = RedisCommand("GET", ["k"])
                    _ = try await engine.send(RedisCommand("REPLICAOF", ["127.0.0.1", .integer(primary.port)]))
                    try await wait(until: { $0.contains("\r\nloading:1") }, in: "persistence", of: engine)
                    let patient = Task { try await engine.send(get) }
                    var error: EngineError?
                    // A server that loads may be too busy to say so in time.
                    repeat {
                        error = await failure { _ = try await hasty.send(get) }
                    } while error?.code == .timedOut
                    #expect(error?.serverError?.kind == .loading)
                    #expect(error?.mayHaveRun == false)
                    // One that connects only now.
                    try await withEngine(hastySettings(replica.url)) { late in
                        let error = await failure { _ = try await late.send(get) }
                        #expect(error?.code == .unreachable)
                        #expect(error?.message.contains("LOADING") == true)
                    }
                    _ = try await engine.send(RedisCommand("CONFIG", ["SET", "key-load-delay", "0"]))
                    #expect(try await patient.value == .bulk("loaded"))
                }
            }
        }
    }

    @Test("CLUSTERDOWN: calls wait until the cluster is up, and those with less time end as such")
    func clusterDown() async throws {
        let server = try RedisServer.start(arguments: [
            "--cluster-enabled", "yes", "--cluster-port", String(Loopback.freePort()),
        ])
        try await withEngine(settings(server.url)) { engine in
            try await withEngine(hastySettings(server.url)) { hasty in
                let error = await failure { _ = try await hasty.send(Self.write) }
                #expect(error?.serverError?.kind == .clusterDown)
                #expect(error?.mayHaveRun == false)
                let patient = Task { try await engine.send(Self.write) }
                _ = try await engine.send(RedisCommand("CLUSTER", ["ADDSLOTSRANGE", 0, 16383]))
                #expect(try await patient.value == .integer(1))
            }
        }
    }

    @Test("NOAUTH and WRONGPASS: a command ends as such at once, and has not run")
    func authentication() async throws {
        let server = try RedisServer.start(arguments: ["--requirepass", "right"])
        try await withEngine(settings("redis://:right@127.0.0.1:\(server.port)")) { engine in
            // What users may not send.
            let wrong = await failure {
                _ = try RedisEngine.reply(of: await engine.perform(Request(RedisCommand("AUTH", ["wrong"]))))
            }
            #expect(wrong?.serverError?.kind == .wrongPassword)
            #expect(wrong?.mayHaveRun == false)
            _ = await engine.perform(Request(RedisCommand("RESET")))
            let error = await failure { _ = try await engine.send(Self.write) }
            #expect(error?.serverError?.kind == .noAuthentication)
            #expect(error?.mayHaveRun == false)
        }
    }
}

/// The same for a server that says what it is told, however hard to bring about it is.
@Suite("Errors of a server")
struct ErrorReplyTests {
    private static let passing = [
        "LOADING Redis is loading the dataset in memory",
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
        "CLUSTERDOWN Hash slot not served",
        "CLUSTERDOWN The cluster is down",
        "TRYAGAIN Multiple keys request during rehashing of slot",
    ]
    private static let lasting = [
        "READONLY You can't write against a read only replica.",
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
        "NOAUTH Authentication required.",
        "WRONGPASS invalid username-password pair or user is disabled.",
        "OOM command not allowed when used memory > 'maxmemory'.",
        "NOPERM this user has no permissions to run the 'incr' command",
    ]

    /// A server that answers so many commands with an error, and the later ones with their number.
    private func failing(_ failures: Int, _ line: String, _ commands: Locked<Int>) throws -> FakeServer {
        try FakeServer { peer in
            peer.shakeHands()
            while peer.readCommand() != nil {
                let number = commands.withLock { count in
                    count += 1
                    return count
                }
                peer.write(number <= failures ? "-\(line)\r\n" : ":\(number)\r\n")
            }
        }
    }

    @Test("One that passes by itself is waited for, be the call repeatable or not", arguments: passing, [true, false])
    func passes(line: String, isRepeatable: Bool) async throws {
        let commands = Locked(0)
        let server = try failing(3, line, commands)
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            let reply = try await engine.send(RedisCommand("INCR", ["k"], isRepeatable: isRepeatable))
            #expect(reply == .integer(4))
        }
    }

    @Test("One that does not pass before the deadline is the caller's; nothing has run", arguments: passing)
    func stays(line: String) async throws {
        let commands = Locked(0)
        let server = try failing(.max, line, commands)
        try await withEngine(hastySettings("redis://127.0.0.1:\(server.port)")) { engine in
            let error = try await promptFailure(of: engine) { _ = try await engine.send(RedisCommand("INCR", ["k"])) }
            #expect(error?.serverError?.line == line)
            #expect(error?.mayHaveRun == false)
            #expect(commands.withLock { $0 } > 1)
        }
    }

    @Test("One that does not pass is the caller's at once", arguments: lasting)
    func lasts(line: String) async throws {
        let commands = Locked(0)
        let server = try failing(1, line, commands)
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            let error = await failure { _ = try await engine.send(RedisCommand("INCR", ["k"])) }
            #expect(error?.serverError?.line == line)
            #expect(commands.withLock { $0 } == 1)
        }
    }

    @Test("A script that is loaded but never known is given up in the end", arguments: ["", "BUSY Redis is busy"])
    func neverKnown(loads: String) async throws {
        let server = try FakeServer { peer in
            peer.shakeHands()
            while let command = peer.readCommand() {
                switch (command.first, loads) {
                case ("EVALSHA", _): peer.write("-NOSCRIPT No matching script. Please use EVAL.\r\n")
                case (_, ""): peer.write("$1\r\nx\r\n")
                default: peer.write("-\(loads)\r\n")
                }
            }
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            let error = await failure { _ = try await engine.call(Scripts.echo, keys: [], arguments: [1]) }
            #expect(error?.serverError?.kind == .noScript)
            #expect(error?.mayHaveRun == false)
        }
    }
}
