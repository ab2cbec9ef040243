import PeriluneCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Makes one connection: resolves the host and tries its addresses in turn until one answers, in TLS if it is to, or the
/// time is up.
///
/// Belongs to its loop's thread; `@unchecked Sendable` because its methods are called there only.
package final class Connector: EventHandler, @unchecked Sendable {
    /// Receives the connection, or why there is none. Called once, on the loop's thread.
    package typealias Completion = (Result<Transport, SystemError>) -> Void

    private let loop: EventLoop
    private let endpoint: SocketEndpoint
    private let tls: TLSContext?
    private let deadline: UInt64
    private var completion: Completion?
    private var untried: ArraySlice<SocketAddress> = []
    private var socket: Socket?
    private var family: Int32 = 0
    #if TLS
        /// A socket that is connected, until its TLS stands.
        private var handshaking: TLSSocket?
    #endif
    private var timer: EventLoop.Timer?
    private var lastError = SystemError("connect", reason: "the host has no address")
    /// What it means when the address that is tried does not answer in time.
    private var lateness = SystemError("connect", reason: "no answer in time")

    /// Prepares an attempt.
    ///
    /// - Parameters:
    ///   - tls: Speaks TLS over TCP; Unix sockets are plain in any case.
    ///   - deadline: The monotonic time by which the connection stands or has failed.
    package init(
        to endpoint: SocketEndpoint, tls: TLSContext? = nil, on loop: EventLoop, deadline: UInt64,
        completion: @escaping Completion
    ) {
        self.loop = loop
        self.endpoint = endpoint
        self.tls = tls
        self.deadline = deadline
        self.completion = completion
    }

    /// Begins. The completion may be called before this returns.
    package func start() {
        // Until the addresses are known; each address then has a share of its own.
        timer = loop.schedule(at: deadline) { [weak self] in
            self?.finish(.failure(SystemError("getaddrinfo", reason: "no answer in time")))
        }
        switch endpoint {
        case .unix(let path):
            use(Result { () throws(SystemError) in [try SocketAddress(unixPath: path)] })
        case .tcp(let host, let port):
            Resolver.resolve(host: host, port: port, on: loop) { [weak self] in self?.use($0) }
        }
    }

    /// Gives up without calling the completion.
    package func cancel() {
        completion = nil
        release()
    }

    private func use(_ result: Result<[SocketAddress], SystemError>) {
        guard completion != nil else { return }
        switch result {
        case .success(let addresses):
            untried = addresses[...]
            tryNext()
        case .failure(let error):
            finish(.failure(error))
        }
    }

    private func tryNext() {
        release()
        while let address = untried.popFirst() {
            do throws(SystemError) {
                let socket = try Socket(family: address.family)
                let isConnected = try socket.connect(to: address)
                if !isConnected { try loop.watch(socket.descriptor, for: .writable, handler: self) }
                self.socket = socket
                family = address.family
                lateness = SystemError("connect", reason: "no answer in time")
                // An address that swallows packets must leave time for the ones after it.
                let now = MonotonicTime.now
                let share = (deadline > now ? deadline - now : 0) / UInt64(untried.count + 1)
                timer = loop.schedule(at: now + share) { [weak self] in self?.timedOut() }
                if isConnected { connected(socket) }
                return
            } catch {
                lastError = error
            }
        }
        finish(.failure(lastError))
    }

    private func timedOut() {
        guard completion != nil else { return }
        lastError = lateness
        tryNext()
    }

    package func handle(_ readiness: Readiness) {
        guard let socket else { return }
        #if TLS
            if let handshaking { return shakeHands(handshaking) }
        #endif
        if let error = socket.pendingError {
            lastError = error
            tryNext()
        } else if socket.isConnected {
            connected(socket)
        }
        // Otherwise the event was one of an earlier socket with the same descriptor.
    }

    /// Nobody notifies a connector.
    package func attend() {}

    private func connected(_ socket: Socket) {
        if family != AF_UNIX { socket.setTCPOptions() }
        #if TLS
            if let tls, case .tcp(let host, _) = endpoint { return secure(socket, tls, host) }
        #endif
        finish(.success(.plain(socket)))
    }

    #if TLS
        private func secure(_ socket: Socket, _ tls: TLSContext, _ host: String) {
            do throws(SystemError) {
                let session = try TLSSession(tls, host: host)
                let secured = TLSSocket(socket, session)
                handshaking = secured
                lateness = SystemError("TLS", reason: "no answer in time; does the server speak TLS on this port?")
                shakeHands(secured)
            } catch {
                finish(.failure(error))
            }
        }

        private func shakeHands(_ secured: TLSSocket) {
            do throws(SystemError) {
                if try secured.handshake() { return finish(.success(.tls(secured))) }
                try loop.watch(
                    secured.socket.descriptor, for: secured.wantsToWrite ? [.readable, .writable] : .readable,
                    handler: self)
            } catch {
                // The host's other addresses would be refused, or refuse us, for the same reason.
                if error.isLasting { return finish(.failure(error)) }
                lastError = error
                tryNext()
            }
        }
    #endif

    private func finish(_ result: Result<Transport, SystemError>) {
        let completion = self.completion
        self.completion = nil
        release()
        completion?(result)
    }

    private func release() {
        if let timer { loop.cancel(timer) }
        timer = nil
        if let socket { loop.unwatch(socket.descriptor) }
        socket = nil
        #if TLS
            handshaking = nil
        #endif
    }
}
