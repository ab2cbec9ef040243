import Foundation

/// A server of the benchmark's own, on a free loopback port, without persistence.
final class BenchmarkServer {
    let port: Int
    private let process: Process
    private let folder: URL?

    /// Starts redis-server and waits until it answers.
    convenience init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("perilune-bench-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try self.init(program: "redis-server", folder: folder) {
            ["--port", "\($0)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder.path]
        }
    }

    /// Starts a program that speaks Redis' protocol and waits until it answers.
    ///
    /// - Parameter folder: Removed with the server.
    init(program: String, folder: URL? = nil, arguments: (_ port: Int) -> [String]) throws {
        self.folder = folder
        var lastError: any Error = BenchmarkError("no free port")
        // Somebody else may take the port between the search and the start.
        for _ in 0..<5 {
            do {
                let port = try Self.freePort()
                let process = try Self.start(program, arguments(port), port: port)
                (self.port, self.process) = (port, process)
                return
            } catch { lastError = error }
        }
        throw lastError
    }

    private static func start(_ program: String, _ arguments: [String], port: Int) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        for _ in 0..<500 where process.isRunning {
            if (try? RawClient(port: port)) != nil { return process }
            usleep(10_000)
        }
        kill(process)
        throw BenchmarkError("\(program) does not answer")
    }

    /// Ends the server. At once: a child of Foundation's may have inherited a blocked SIGTERM.
    func stop() {
        Self.kill(process)
        if let folder { try? FileManager.default.removeItem(at: folder) }
    }

    private static func kill(_ process: Process) {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Processor time of all the server's threads, in nanoseconds.
    func processorTime() throws -> Double {
        let tasks = "/proc/\(process.processIdentifier)/task"
        return try FileManager.default.contentsOfDirectory(atPath: tasks).reduce(0) { total, task in
            let text = try String(contentsOfFile: "\(tasks)/\(task)/schedstat", encoding: .utf8)
            return total + (text.split(separator: " ").first.flatMap { Double($0) } ?? 0)
        }
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else { throw BenchmarkError("no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
