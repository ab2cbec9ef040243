import Foundation
import Perilune
import PeriluneCore
import PeriluneEmbedded

/// The embedded engine against a server, and against the peer that Python offers.
struct EmbeddedArea {
    let scripts: URL
    /// The `perilune` program, whose port is measured.
    let program: URL
    /// The Python that has fakeredis; `nil` leaves the comparison out.
    let python: URL?
    let quick: Bool

    func run(_ report: (Figure) -> Void) async throws {
        let server = try BenchmarkServer()
        defer { server.stop() }
        for figure in try await inProcess(server) { report(figure) }
        for figure in try await firstLoads(server) { report(figure) }
        let port = try BenchmarkServer(
            program: program.path, arguments: { ["redis", "--port", "\($0)"] })
        defer { port.stop() }
        for figure in try throughput(server, port) { report(figure) }
        for figure in try await identifiers() { report(figure) }
    }

    private func source(_ name: String) throws -> String {
        try String(contentsOf: scripts.appendingPathComponent("ratelimit/\(name).lua"), encoding: .utf8)
    }

    // MARK: In process

    private func inProcess(_ server: BenchmarkServer) async throws -> [Figure] {
        let calls = quick ? 5_000 : 20_000
        let script = LuaScript(name: "token_bucket", source: try source("token_bucket"))
        let keys = (0..<1000).map { RedisKey("p:{user:\($0)}:tb:a") }
        let engine = EmbeddedEngine()
        let client = try RawClient(port: server.port)
        let digest = try client.send("SCRIPT", "LOAD", script.source)
        var ours: [Double] = []
        var theirs: [Double] = []
        for _ in 0..<(quick ? 1 : 7) {
            var start = ContinuousClock.now
            for call in 0..<calls {
                _ = try client.send(
                    "EVALSHA", digest, "1", "p:{user:\(call % 1000)}:tb:a", "1000000", "4000", "1")
            }
            theirs.append(Double(calls) / ((ContinuousClock.now - start) / .seconds(1)))
            start = .now
            for call in 0..<calls {
                _ = try await engine.call(script, keys: [keys[call % 1000]], arguments: [1_000_000, 4_000, 1])
            }
            ours.append(Double(calls) / ((ContinuousClock.now - start) / .seconds(1)))
        }
        var figures = [
            Figure("token bucket, in process", median(ours), "decisions/s"),
            Figure("token bucket, redis-server, a round trip each", median(theirs), "decisions/s"),
            Figure("in process against round trips", median(ours) / median(theirs), "x", .atLeast, 3),
        ]
        if let python {
            let peer = try number(
                of: python, "Tools/Benchmarks/Python/fakeredis_bench.py",
                scripts.appendingPathComponent("ratelimit/token_bucket.lua").path, "\(quick ? 200 : 2000)")
            figures.append(Figure("token bucket, fakeredis with lupa", peer, "decisions/s"))
            figures.append(Figure("in process against fakeredis", median(ours) / peer, "x", .atLeast, 20))
        }
        return figures
    }

    private func number(of program: URL, _ arguments: String...) throws -> Double {
        let process = Process()
        let output = Pipe()
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard let value = Double(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw BenchmarkError("\(program.lastPathComponent) printed no number: \(text)")
        }
        return value
    }

    /// How long a script that was never seen takes to be rewritten for Lua 5.4 and compiled.
    private func firstLoads(_ server: BenchmarkServer) async throws -> [Figure] {
        let rounds = quick ? 50 : 500
        let text = try hundredLines()
        let engine = EmbeddedEngine()
        let client = try RawClient(port: server.port)
        var ours: [Double] = []
        var theirs: [Double] = []
        for round in 0..<rounds {
            let source = text + " -- \(round)"
            var start = ContinuousClock.now
            _ = try await engine.send(RedisCommand("SCRIPT", ["LOAD", .string(source)]))
            ours.append((ContinuousClock.now - start) / .milliseconds(1))
            start = .now
            _ = try client.send("SCRIPT", "LOAD", source)
            theirs.append((ContinuousClock.now - start) / .milliseconds(1))
        }
        return [
            Figure("rewriting and compiling 100 lines", median(ours), "ms", .atMost, 1),
            Figure("compiling 100 lines, redis-server", median(theirs), "ms"),
        ]
    }

    /// Three decisions of a token bucket, and what is missing to a hundred lines of code.
    private func hundredLines() throws -> String {
        let code = try source("token_bucket").split(separator: "\n").filter { !$0.hasPrefix("--") }
        var lines: [String] = []
        for part in 1...3 {
            lines.append("local function take_\(part)()")
            lines += code.map(String.init)
            lines.append("end")
        }
        while lines.count < 99 { lines.append("local name_\(lines.count) = KEYS[1] .. ':' .. #ARGV % 7") }
        return (lines.prefix(99) + ["return take_1() + take_2() + take_3()"]).joined(separator: "\n")
    }

    // MARK: Over the port

    private func throughput(_ server: BenchmarkServer, _ port: BenchmarkServer) throws -> [Figure] {
        let calls = quick ? 50_000 : 200_000
        let script = try source("token_bucket")
        let digest = try RawClient(port: server.port).send("SCRIPT", "LOAD", script)
        _ = try RawClient(port: port.port).send("SCRIPT", "LOAD", script)
        let cases: [(String, [String], Double)] = [
            ("EVALSHA", ["evalsha", digest, "1", "p:{user:__rand_int__}:tb:a", "1000000", "4000", "1"], 0.5),
            ("GET", ["get", "key:__rand_int__"], 0.7), ("SET", ["set", "key:__rand_int__", "value"], 0.7),
        ]
        return try cases.flatMap { name, command, target in
            var ours: [Double] = []
            var theirs: [Double] = []
            for _ in 0..<(quick ? 1 : 5) {
                theirs.append(try RedisBenchmark.rate(port: server.port, calls: calls, command))
                ours.append(try RedisBenchmark.rate(port: port.port, calls: calls, command))
            }
            return [
                Figure("\(name) -c 64 -P 16, port", median(ours), "calls/s"),
                Figure("\(name) -c 64 -P 16, redis-server", median(theirs), "calls/s"),
                Figure("\(name), port against redis-server", median(ours) / median(theirs), "x", .atLeast, target),
            ]
        }
    }

    // MARK: Many identifiers

    /// A million identifiers: what each takes, and how long a call waits while all of them expire.
    private func identifiers() async throws -> [Figure] {
        let count = quick ? 100_000 : 1_000_000
        let clock = ManualClock(microseconds: 1_700_000_000_000_000)
        let engine = EmbeddedEngine(clock: clock)
        let script = LuaScript(name: "token_bucket", source: try source("token_bucket"))
        _ = try await engine.call(script, keys: ["warm"], arguments: [100, 36_000_000, 1])
        let before = try residentBytes()
        for number in 0..<count {
            _ = try await engine.call(
                script, keys: [RedisKey("p:{user:\(1_000_000 + number)}:tb:a")], arguments: [100, 36_000_000, 1])
        }
        let after = try residentBytes()
        let snapshots = try await snapshots(of: engine, script)
        clock.advance(by: .seconds(3600))
        var longest = Duration.zero
        for _ in 0..<(count / 8) {
            let start = ContinuousClock.now
            _ = try await engine.call(script, keys: ["one"], arguments: [100, 36_000_000, 0])
            longest = max(longest, ContinuousClock.now - start)
        }
        guard try await engine.send(RedisCommand("DBSIZE")) == .integer(0) else {
            throw BenchmarkError("not all identifiers have expired")
        }
        return [
            Figure("a million identifiers: memory of each", (after - before) / Double(count), "bytes", .atMost, 300)
        ] + snapshots + [
            Figure("longest call while all expire", longest / .milliseconds(1), "ms", .atMost, 5)
        ]
    }

    /// Writing and reading a million identifiers, and how long a call waits meanwhile.
    private func snapshots(of engine: EmbeddedEngine, _ script: LuaScript) async throws -> [Figure] {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        // On a thread of its own, as the program does.
        let writing = Task.detached {
            let start = ContinuousClock.now
            try engine.writeSnapshot(to: path)
            return ContinuousClock.now - start
        }
        let isWritten = Flag()
        Task.detached {
            _ = try? await writing.value
            isWritten.raise()
        }
        var waits: [Duration] = []
        while !isWritten.isRaised {
            let start = ContinuousClock.now
            _ = try await engine.call(
                script, keys: [RedisKey("p:{user:\(1_000_000 + waits.count % 100_000)}:tb:a")],
                arguments: [100, 36_000_000, 1])
            waits.append(ContinuousClock.now - start)
        }
        let start = ContinuousClock.now
        try EmbeddedEngine(clock: ManualClock()).restoreSnapshot(from: path)
        let restored = ContinuousClock.now - start
        waits.sort()
        let slow = waits.isEmpty ? .zero : waits[waits.count * 999 / 1000]
        return [
            Figure("snapshot: writing it, during calls", try await writing.value / .seconds(1), "s"),
            Figure("snapshot: reading it", restored / .seconds(1), "s"),
            Figure("snapshot: 99.9 % of calls meanwhile", slow / .microseconds(1), "us"),
            Figure("snapshot: longest call meanwhile", (waits.last ?? .zero) / .milliseconds(1), "ms", .atMost, 20),
        ]
    }

    private func residentBytes() throws -> Double {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        guard fields.count > 1, let pages = Double(fields[1]) else { throw BenchmarkError("no /proc/self/statm") }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
}

/// Raised once, from any thread.
private final class Flag: @unchecked Sendable {
    // The lock guards the only state.
    private let lock = NSLock()
    private var value = false

    var isRaised: Bool { lock.withLock { value } }

    func raise() {
        lock.withLock { value = true }
    }
}
