#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Makes one connection: resolves the host and tries its addresses in turn until one answers or the time is up.
///
/// Belongs to its loop's thread; `@unchecked Sendable` because its methods are called there only.
package final class Connector: EventHandler, @unchecked Sendable {
    /// Receives the connected socket, or why there is none. Called once, on the loop's thread.
    package typealias Completion = (Result<Socket, SystemError>) -> Void

    private let loop: EventLoop
    private let endpoint: SocketEndpoint
    private let deadline: UInt64
    private var completion: Completion?
    private var untried: ArraySlice<SocketAddress> = []
    private var socket: Socket?
    private var family: Int32 = 0
    private var timer: EventLoop.Timer?
    private var lastError = SystemError("connect", reason: "the host has no address")

    /// Prepares an attempt.
    ///
    /// - Parameter deadline: The monotonic time by which the connection stands or has failed.
    package init(
        to endpoint: SocketEndpoint, on loop: EventLoop, deadline: UInt64, completion: @escaping Completion
    ) {
        self.loop = loop
        self.endpoint = endpoint
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
                if try socket.connect(to: address) { return connected(socket, to: address.family) }
                try loop.watch(socket.descriptor, for: .writable, handler: self)
                self.socket = socket
                family = address.family
                // An address that swallows packets must leave time for the ones after it.
                let now = MonotonicTime.now
                let share = (deadline > now ? deadline - now : 0) / UInt64(untried.count + 1)
                timer = loop.schedule(at: now + share) { [weak self] in
                    guard let self, completion != nil else { return }
                    lastError = SystemError("connect", reason: "no answer in time")
                    tryNext()
                }
                return
            } catch {
                lastError = error
            }
        }
        finish(.failure(lastError))
    }

    package func handle(_ readiness: Readiness) {
        guard let socket else { return }
        if let error = socket.pendingError {
            lastError = error
            tryNext()
        } else if socket.isConnected {
            connected(socket, to: family)
        }
        // Otherwise the event was one of an earlier socket with the same descriptor.
    }

    /// Nobody notifies a connector.
    package func attend() {}

    private func connected(_ socket: Socket, to family: Int32) {
        if family != AF_UNIX { socket.setTCPOptions() }
        finish(.success(socket))
    }

    private func finish(_ result: Result<Socket, SystemError>) {
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
    }
}
