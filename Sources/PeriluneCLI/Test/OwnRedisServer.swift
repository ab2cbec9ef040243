import Foundation
import PeriluneCore
import PeriluneIO
import PeriluneRedis

/// A redis-server of this process' own, on a Unix socket in a temporary folder, without persistence.
///
/// It ends with this process, in whatever way that ends, and the folder goes with it.
struct OwnRedisServer {
    /// Where it listens.
    let url: String

    private let process: ChildProcess
    private let folder: URL
    private let logFile: URL

    /// How long a server may take until it answers.
    private static let patience = Duration.seconds(30)

    /// Where the server's folder is made: not so deep that its socket's path would be longer than systems take.
    private static var temporaryFolder: URL {
        let folder = FileManager.default.temporaryDirectory
        return folder.path.utf8.count <= 80 ? folder : URL(fileURLWithPath: "/tmp", isDirectory: true)
    }

    /// Starts a server and waits until it answers.
    ///
    /// - Parameter program: The path of redis-server; by default the one on the `PATH`.
    /// - Throws: ``CommandFailure`` when there is none, when it ends, or does not answer in time.
    init(program: String? = Self.programOnPath(), patience: Duration = Self.patience) async throws(CommandFailure) {
        guard let program else { throw CommandFailure("--redis auto: there is no redis-server on the PATH") }
        folder = Self.temporaryFolder.appendingPathComponent("perilune-\(UUID().uuidString.prefix(8))")
        logFile = folder.appendingPathComponent("log")
        let socket = folder.appendingPathComponent("s").path
        url = "unix://" + socket
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        } catch {
            throw CommandFailure("--redis auto: \(folder.path) cannot be made")
        }
        do throws(SystemError) {
            process = try ChildProcess(
                program: program,
                arguments: [
                    "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700", "--save", "",
                    "--appendonly", "no", "--dir", folder.path, "--logfile", logFile.path,
                ],
                directory: folder.path)
        } catch {
            try? FileManager.default.removeItem(at: folder)
            throw CommandFailure("--redis auto: \(error)")
        }
        do throws(CommandFailure) {
            try await waitUntilItAnswers(socket, patience: patience)
        } catch {
            end()
            throw error
        }
    }

    /// Ends the server and removes its folder. To be called once.
    func end() {
        process.kill()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The path of the redis-server that a shell would start.
    static func programOnPath() -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/redis-server" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private func waitUntilItAnswers(_ socket: String, patience: Duration) async throws(CommandFailure) {
        let engine = RedisEngine(
            RedisConfiguration(endpoint: .unixSocket(path: socket)), logger: TestCommand.silentLogger)
        let clock = ContinuousClock()
        let deadline = clock.now + patience
        var failure = CommandFailure("--redis auto: redis-server does not answer within \(patience)")
        while clock.now < deadline {
            guard process.isRunning else {
                failure = CommandFailure("--redis auto: redis-server ended at once\(lastWords)")
                break
            }
            // The engine would wait before it tries a socket again that it has not found.
            if FileManager.default.fileExists(atPath: socket), await Self.answers(engine) {
                await engine.shutdown(deadline: .zero)
                return
            }
            do { try await clock.sleep(for: .milliseconds(10)) } catch { break }
        }
        await engine.shutdown(deadline: .zero)
        throw failure
    }

    private static func answers(_ engine: RedisEngine) async -> Bool {
        do throws(EngineError) {
            _ = try await engine.send(RedisCommand("PING"))
            return true
        } catch {
            return false
        }
    }

    /// The end of its log.
    private var lastWords: String {
        let log = try? String(contentsOf: logFile, encoding: .utf8)
        return log?.split(whereSeparator: \.isNewline).last.map { ": \($0)" } ?? ""
    }
}
