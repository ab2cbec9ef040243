import PeriluneCore
import PeriluneIO

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A redis-server of the test's own, on a free loopback port and a Unix socket, without persistence.
///
/// It is killed when the object goes, and also when the test process dies in whatever way.
package final class RedisServer: Sendable {
    /// Why there is no server.
    package struct StartError: Error, CustomStringConvertible {
        package let description: String
    }

    /// The loopback port.
    package let port: Int
    /// The directory of the socket and the log.
    package var directory: String { folder.path }
    /// The path of the Unix socket.
    package var unixSocket: String { directory + "/s" }
    /// The URL of the port.
    package var url: String { "redis://127.0.0.1:\(port)" }

    private let folder: TemporaryFolder
    private let arguments: [String]
    private let environment: [String]
    private let process = Locked<ChildProcess?>(nil)

    static let program = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/bin"]
        .map { $0 + "/redis-server" }.first { access($0, X_OK) == 0 }

    /// Whether this machine has a redis-server. For `.enabled(if:)`.
    package static var isInstalled: Bool { program != nil }

    private static let common = Result { try start() }

    /// The server that the tests of a process share. A test that changes more than keys of its own starts another.
    package static func shared() throws -> RedisServer { try common.get() }

    /// Starts a server and waits until it answers.
    ///
    /// - Parameters:
    ///   - arguments: Options in addition, for example `["--requirepass", "secret"]`.
    ///   - environment: Variables in addition, as `NAME=value`.
    package static func start(arguments: [String] = [], environment: [String] = []) throws -> RedisServer {
        var lastError = StartError(description: "no free port")
        // Somebody else may take the port between the search and the start.
        for _ in 0..<8 {
            let server = RedisServer(
                port: try Loopback.freePort(), folder: try TemporaryFolder(), arguments: arguments,
                environment: environment)
            do throws(StartError) {
                try server.resume()
                return server
            } catch {
                lastError = error
            }
        }
        throw lastError
    }

    private init(port: Int, folder: TemporaryFolder, arguments: [String], environment: [String]) {
        self.port = port
        self.folder = folder
        self.arguments = arguments
        self.environment = environment
    }

    deinit {
        // Before the directory goes.
        kill()
    }

    /// Whether the server was not killed.
    var isRunning: Bool { process.withLock { $0 != nil } }

    /// Ends the server at once, as a crash would. Its data is gone, unless its arguments let it keep a file.
    package func kill() {
        process.withLock { process in
            process?.kill()
            process = nil
        }
    }

    /// Stops the server where it is, with its connections open, until ``proceed()``.
    package func pause() {
        process.withLock { $0?.pause() }
    }

    /// Lets a paused server go on.
    package func proceed() {
        process.withLock { $0?.proceed() }
    }

    /// Starts the server again on the same port after ``kill()``.
    package func resume() throws(StartError) {
        guard let program = Self.program else { throw StartError(description: "redis-server is not installed") }
        let child: ChildProcess
        do throws(SystemError) {
            child = try ChildProcess(
                program: program,
                arguments: [
                    "--port", String(port), "--bind", "127.0.0.1", "--unixsocket", unixSocket, "--save", "",
                    "--appendonly", "no", "--dir", directory, "--logfile", directory + "/log",
                ] + arguments,
                environment: environment, directory: directory)
        } catch {
            throw StartError(description: error.description)
        }
        process.withLock { $0 = child }
        // A minute in steps of 10 ms. On its own socket: somebody else may have the port, and then this one ends.
        for _ in 0..<6000 {
            if Loopback.answers(unixSocket: unixSocket) { return }
            guard child.isRunning else { throw StartError(description: "redis-server ended at once, see its log") }
            poll(nil, 0, 10)
        }
        throw StartError(description: "redis-server does not answer on port \(port)")
    }
}
