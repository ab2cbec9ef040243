import Foundation
import Perilune
import PeriluneRedis
import Synchronization

/// One of many processes that ask for the same value at the same time: `PeriluneBench cache-caller`.
///
/// It writes a line when it is ready, begins when it reads one, and then writes how often it has computed the value.
struct CacheCaller {
    let port: Int

    func run() async throws {
        let engine = RedisEngine(try RedisConfiguration(url: "redis://127.0.0.1:\(port)"))
        let region = try CacheRegion(.outbreakData, of: String.self, engine: engine)
        _ = try await region.get("another")
        Self.say("ready")
        while let key = readLine() {
            let computations = Count()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        let value = try await region.value(for: CacheKey(key), tags: ["all"]) {
                            computations.value.add(1, ordering: .relaxed)
                            try await Task.sleep(for: .milliseconds(100))
                            return "the value of \(key)"
                        }
                        guard value == "the value of \(key)" else { throw BenchmarkError("another value: \(value)") }
                    }
                }
                try await group.waitForAll()
            }
            Self.say("\(computations.value.load(ordering: .relaxed))")
        }
        await engine.shutdown()
    }

    private final class Count: Sendable {
        let value = Atomic(0)
    }

    private static func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
}

extension CacheArea {
    /// How often a value that is not there is computed when all callers of many processes ask for it.
    func stampede(_ server: BenchmarkServer) throws -> Figure {
        try RawClient(port: server.port).send("FLUSHALL")
        let callers = try (0..<16).map { _ in try CallerProcess(port: server.port) }
        defer { for caller in callers { caller.stop() } }
        for caller in callers { _ = try caller.line() }
        var most = 0
        for round in 0..<(quick ? 2 : 10) {
            for caller in callers { caller.begin("key \(round)") }
            most = max(most, try callers.reduce(0) { $0 + (Int(try $1.line()) ?? 1_600) })
        }
        return Figure("16 processes x 100 callers, a cold key", Double(most), "computations", .atMost, 1)
    }

    private final class CallerProcess {
        private let process = Process()
        private let input = Pipe()
        private let output = Pipe()
        private var bytes: [UInt8] = []

        init(port: Int) throws {
            process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            process.arguments = ["cache-caller", "--port", "\(port)"]
            process.standardInput = input
            process.standardOutput = output
            try process.run()
        }

        func begin(_ key: String) {
            input.fileHandleForWriting.write(Data((key + "\n").utf8))
        }

        /// The next line that the process writes.
        func line() throws -> String {
            while true {
                if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { bytes.removeFirst(end + 1) }
                    return String(decoding: bytes[..<end], as: UTF8.self)
                }
                let more = output.fileHandleForReading.availableData
                guard !more.isEmpty else { throw BenchmarkError("a process of callers has ended") }
                bytes += more
            }
        }

        func stop() {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
    }
}
