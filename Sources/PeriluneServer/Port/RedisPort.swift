public import Logging
import PeriluneCore
public import PeriluneEmbedded
import PeriluneIO
public import ServiceLifecycle

/// The embedded engine behind a socket: what speaks to a Redis server in RESP2 speaks to it.
///
/// One thread owns all sockets and runs the commands. Bytes from strangers are bounded: a malformed request gets an
/// error and a closed connection, a client that does not read its replies is not read from, and one that has not given
/// the password can send little.
///
/// A `Service`: run it in a `ServiceGroup`.
public struct RedisPort: Service {
    /// What to listen on and whom to let in.
    public struct Configuration: Sendable {
        /// An address or name of this machine; `nil` for no TCP.
        public var host: String? = "127.0.0.1"
        /// The TCP port; 0 for one that is free.
        public var port = 6390
        /// The path of a Unix socket; `nil` for none.
        public var unixSocket: String?
        /// What a client must give with `AUTH`; `nil` to let everybody in.
        public var password: String?
        /// Connections beyond these are refused.
        public var maximumConnections = 10_000

        /// A port on this machine alone.
        public init() {}
    }

    private let engine: EmbeddedEngine
    private let configuration: Configuration
    private let logger: Logger
    private let onStart: @Sendable (_ tcpPort: Int?) -> Void

    /// Creates a port, which does nothing before ``run()``.
    ///
    /// - Parameters:
    ///   - engine: Where the data lives. It can be used from elsewhere at the same time.
    ///   - configuration: What to listen on and whom to let in.
    ///   - logger: Where to log.
    ///   - onStart: Called once connections are accepted, with the TCP port it has really got.
    public init(
        engine: EmbeddedEngine, configuration: Configuration, logger: Logger,
        onStart: @escaping @Sendable (_ tcpPort: Int?) -> Void = { _ in }
    ) {
        self.engine = engine
        self.configuration = configuration
        self.logger = logger
        self.onStart = onStart
    }

    /// Serves until the task is cancelled or a graceful shutdown is triggered. A script that runs then is killed, one
    /// that has written after it has run for 5 seconds.
    ///
    /// - Throws: ``RedisPortError`` when an address cannot be listened on.
    public func run() async throws {
        let loop: EventLoop
        do { loop = try EventLoop() } catch { throw RedisPortError(endpoint: "the port", reason: "\(error)") }
        defer { loop.stop() }
        let state = PortState(engine: engine, configuration: configuration, logger: logger, loop: loop)
        var tcpPort: Int?
        if let host = configuration.host {
            let endpoint = SocketEndpoint.tcp(host: host, port: configuration.port)
            tcpPort = try listen(endpoint, state, on: loop).port
        }
        if let path = configuration.unixSocket { _ = try listen(.unix(path: path), state, on: loop) }
        onStart(tcpPort)
        do { try await gracefulShutdown() } catch is CancellationError {}
        state.isStopping.withLock { $0 = true }
        await withCheckedContinuation { done in
            loop.execute {
                state.close()
                done.resume()
            }
        }
    }

    private func listen(
        _ endpoint: SocketEndpoint, _ state: PortState, on loop: EventLoop
    ) throws(RedisPortError) -> ListeningSocket {
        let socket: ListeningSocket
        do throws(SystemError) {
            socket = try ListeningSocket(endpoint)
        } catch {
            throw RedisPortError(endpoint: "\(endpoint)", reason: error.reason)
        }
        loop.execute { PortAcceptor(socket, state, loop).start() }
        return socket
    }
}

/// Why a port cannot be opened.
public struct RedisPortError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where it should listen.
    public let endpoint: String
    /// What the system says.
    public let reason: String

    public var description: String { "cannot listen at \(endpoint): \(reason)" }
}
