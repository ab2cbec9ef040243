import Foundation
import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneRedis

/// `Tools/bench session`: what reading and changing sessions costs a server, and whether updates are lost.
struct SessionArea {
    let scripts: URL
    let quick: Bool

    /// How many sessions there are, each in the size that the targets are for.
    private var sessions: Int { quick ? 20_000 : 200_000 }
    /// As many bytes as the session's data has, names included.
    private static let value = [UInt8](repeating: UInt8(ascii: "x"), count: 370)

    func run(_ emit: (Figure) -> Void) async throws {
        let server = try BenchmarkServer()
        defer { server.stop() }
        let calls = try SessionCalls(server: server, scripts: scripts)
        for figure in try cost(server, calls) { emit(figure) }
        for figure in try memory(server, calls) { emit(figure) }
        emit(try appendOnlyFile(server, calls))
        for figure in try await updates(server) { emit(figure) }
        for figure in try await reads(server) { emit(figure) }
    }

    // MARK: Cost

    private struct Case {
        let name: String
        let command: [String]
        /// Against GETEX, one call at a time on each connection, and 16.
        let targets: (Double?, Double?)
        /// How many are made of it in a round, 16 at a time.
        var calls = 100_000
        /// How many keys it is about; `nil` for as many as there are sessions.
        var range: Int?
    }

    private func cost(_ server: BenchmarkServer, _ calls: SessionCalls) throws -> [Figure] {
        let client = try RawClient(port: server.port)
        try client.send("FLUSHALL")
        try fill(client, calls)
        let cases = [
            Case(name: "GETEX", command: ["getex", "g:__rand_int__", "px", "1800000"], targets: (nil, nil)),
            Case(name: "read and touch", command: calls.touch, targets: (1.6, 2.2)),
            Case(name: "change a field", command: calls.update, targets: (2.3, nil)),
            Case(name: "create", command: calls.create, targets: (3.6, nil), calls: 20_000, range: 1_000_000_000),
            Case(name: "list ten", command: calls.list, targets: (8, nil), calls: 20_000, range: sessions / 10),
        ]
        var figures: [Figure] = []
        for pipeline in [1, 16] {
            var samples = cases.map { _ in [Double]() }
            for _ in 0..<(quick ? 1 : 7) {
                for (index, current) in cases.enumerated() {
                    let count = pipeline == 1 ? current.calls / 2 : current.calls
                    let start = try server.processorTime()
                    _ = try RedisBenchmark.rate(
                        port: server.port, calls: count, connections: 50, pipeline: pipeline,
                        range: current.range ?? sessions, current.command)
                    samples[index].append((try server.processorTime() - start) / Double(count) / 1_000)
                }
            }
            let medians = samples.map(median)
            for (index, current) in cases.enumerated() {
                let name = "\(current.name), -c 50 -P \(pipeline): server CPU"
                let target = pipeline == 1 ? current.targets.0 : current.targets.1
                figures.append(Figure(name, medians[index], "us"))
                if index > 0 {
                    figures.append(
                        Figure(name, medians[index] / medians[0], "x GETEX", target.map { _ in .atMost }, target))
                }
            }
        }
        return figures
    }

    /// Strings, and sessions with as much data, ten of each user.
    private func fill(_ client: RawClient, _ calls: SessionCalls) throws {
        for start in stride(from: 0, to: sessions, by: 10_000) {
            var commands: [UInt8] = []
            for number in start..<start + 10_000 {
                let name = SessionCalls.digits(number)
                commands += RawClient.encode([
                    Array("SET".utf8), Array("g:\(name)".utf8), Self.value, Array("PX".utf8), Array("1800000".utf8),
                ])
                commands += calls.create(number, user: SessionCalls.digits(number / 10), fields: calls.fields)
            }
            try client.pipeline(commands, replies: 20_000)
        }
    }

    // MARK: Memory

    private func memory(_ server: BenchmarkServer, _ calls: SessionCalls) throws -> [Figure] {
        let small = [
            ("theme", "\"dark\""), ("lang", "\"en-GB\""), ("cart", "3"), ("plan", "\"pro\""), ("step", "2"),
            ("group", "\"B\""), ("seen", "1795668373"), ("visits", "17"), ("flags", "[]"), ("from", "\"mail\""),
            ("tz", "120"), ("beta", "true"),
        ]
        let cases = [
            ("12 small fields", SessionCalls.pack(small), 720.0),
            ("370 bytes in one field", SessionCalls.pack([("data", String(repeating: "x", count: 370))]), 1_000.0),
        ]
        return try cases.map { name, fields, target in
            let client = try RawClient(port: server.port)
            try client.send("FLUSHALL")
            let before = try client.usedMemory()
            let count = 100_000
            for start in stride(from: 0, to: count, by: 10_000) {
                let commands = (start..<start + 10_000).flatMap { number in
                    calls.create(number, user: SessionCalls.digits(number), fields: fields)
                }
                // A connection of its own, whose buffers are gone when memory is read.
                try RawClient(port: server.port).pipeline(commands, replies: 10_000)
            }
            let bytes = (try client.usedMemory() - before) / Double(count)
            return Figure("\(name), with index and wheel: memory", bytes, "bytes", .atMost, target)
        }
    }

    private func appendOnlyFile(_ server: BenchmarkServer, _ calls: SessionCalls) throws -> Figure {
        let client = try RawClient(port: server.port)
        try client.send("FLUSHALL")
        try client.pipeline(calls.create(1, user: "u", fields: calls.fields), replies: 1)
        try client.send("CONFIG", "SET", "appendonly", "yes")
        let touch = RawClient.encode(calls.touch.map { $0.replacing("__rand_int__", with: SessionCalls.digits(1)) })
        // The file's rewriting, which switching it on begins, must be over.
        while try client.information("persistence", "aof_rewrite_in_progress") != 0 { usleep(10_000) }
        let before = try client.information("persistence", "aof_current_size")
        try client.pipeline(Array(repeating: touch, count: 1_000).flatMap { $0 }, replies: 1_000)
        let bytes = (try client.information("persistence", "aof_current_size") - before) / 1_000
        try client.send("CONFIG", "SET", "appendonly", "no")
        return Figure("read and touch: append-only file", bytes, "bytes", .atMost, 80)
    }

    private static func engine(_ server: BenchmarkServer) throws -> RedisEngine {
        var configuration = try RedisConfiguration(url: "redis://127.0.0.1:\(server.port)")
        // Whatever else the machine does: this counts, and waits.
        configuration.commandTimeout = .seconds(60)
        return RedisEngine(configuration)
    }

    // MARK: Updates

    /// Many tasks add to one field of a session and to fields of their own, over one connection.
    private func updates(_ server: BenchmarkServer) async throws -> [Figure] {
        let engine = try Self.engine(server)
        let store = try SessionStore(
            of: [String: Int].self, engine: engine,
            secrets: SessionSecrets(tokenKey: (0..<32).map { _ in UInt8.random(in: .min ... .max) }))
        let new = try await store.create([:])
        let tasks = 64
        let each = (quick ? 20_000 : 1_000_000) / tasks
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    for _ in 0..<each {
                        try await store.update(new.session.id) { changes in
                            changes.increment("all")
                            changes.increment("task \(task)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let value = try await store.session(for: new.token)?.value ?? [:]
        let own = (0..<tasks).reduce(0) { $0 + (value["task \($1)"] ?? 0) }
        let lost = 2 * tasks * each - (value["all"] ?? 0) - own

        await engine.shutdown()
        return [
            Figure("of \(tasks * each) concurrent updates of a session: lost", Double(lost), "updates", .atMost, 0),
            Figure("updates of one session of 66 fields, 64 tasks", Double(tasks * each) / seconds, "updates/s"),
        ]
    }

    // MARK: Reads through the library

    private struct Profile: Codable {
        var theme = "dark"
        var language = "en-GB"
        var cart = 3
        var plan = "pro"
        var step = 2
        var group = "B"
        var seen = 1_795_668_373
        var visits = 17
        var flags: [String] = []
        var from = "mail"
        var offset = 120
        var isBeta = true
    }

    private func reads(_ server: BenchmarkServer) async throws -> [Figure] {
        let redis = try Self.engine(server)
        let key = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        var figures: [Figure] = []
        for (name, engine, keys) in [
            ("redis-server", redis, nil), ("redis-server, sealed", redis, try SessionKeyRing(key)),
            ("embedded", EmbeddedEngine(), nil),
        ] as [(String, any ScriptEngine, SessionKeyRing?)] {
            let store = try SessionStore(
                of: Profile.self, engine: engine, secrets: SessionSecrets(tokenKey: key, encryption: keys))
            let new = try await store.create(Profile(), user: "42")
            let reads = quick ? 20_000 : 200_000
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        for _ in 0..<reads / 64 { _ = try await store.session(for: SessionToken(new.token.text)) }
                    }
                }
                try await group.waitForAll()
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            figures.append(Figure("reads by the library, 12 fields, \(name)", Double(reads) / seconds, "reads/s"))
        }
        await redis.shutdown()
        return figures
    }
}
