import PeriluneCore
import PeriluneIO
import PeriluneTestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A client's connection and the one to the server that belongs to it. Used by the loop's thread alone, hence
/// `@unchecked Sendable`.
final class ProxiedConnection: @unchecked Sendable {
    enum Side {
        case client, server

        var other: Side { self == .client ? .server : .client }
    }

    /// What is known of one socket and of the bytes that come from it.
    private struct End {
        var socket: Socket?
        var handler: Handler?
        var interest: Readiness = []
        /// Whether the socket takes no bytes now.
        var isFull = false
        /// The bytes from here to the other end.
        var stream: FaultyStream
        /// When the stream goes on.
        var timer: EventLoop.Timer?
        /// Whether the last byte and the end after it have gone to the other end.
        var isOver = false
    }

    /// Tells the connection which of its sockets is ready.
    private final class Handler: EventHandler, @unchecked Sendable {
        // `@unchecked` as the connection itself.
        private let side: Side
        private weak var connection: ProxiedConnection?

        init(_ side: Side, _ connection: ProxiedConnection) {
            self.side = side
            self.connection = connection
        }

        func handle(_ readiness: Readiness) { connection?.handle(readiness, of: side) }

        func attend() {}
    }

    /// The time in which the server must accept.
    private static let connectTime: UInt64 = 10_000_000_000

    private let loop: EventLoop
    private var client: End
    private var server: End
    private var connector: Connector?
    private var random: SeededGenerator
    private var isOpen = true
    private let closed: (ProxiedConnection) -> Void

    /// - Parameter closed: Called once, when the connection has ended.
    init(
        _ socket: Socket, _ faults: NetworkFaults, seed: UInt64, on loop: EventLoop,
        closed: @escaping (ProxiedConnection) -> Void
    ) {
        self.loop = loop
        self.closed = closed
        random = SeededGenerator(seed: seed)
        client = End(socket: socket, stream: FaultyStream(faults.toServer, seed: random.next()))
        server = End(stream: FaultyStream(faults.toClient, seed: random.next()))
        setReset(faults)
    }

    /// The bytes that have got to the server and to the client.
    var sentCounts: (toServer: Int, toClient: Int) { (client.stream.sentCount, server.stream.sentCount) }

    func start(to target: SocketEndpoint) {
        client.handler = Handler(.client, self)
        let deadline = MonotonicTime.adding(Self.connectTime, to: MonotonicTime.now)
        connector = Connector(to: target, on: loop, deadline: deadline) { [weak self] in self?.connected($0) }
        connector?.start()
        watch()
    }

    private func connected(_ result: Result<Transport, SystemError>) {
        connector = nil
        guard case .success(.plain(let socket)) = result else { return close(byReset: true) }
        server.socket = socket
        server.handler = Handler(.server, self)
        forward(from: .client)
    }

    /// Has other faults from now on.
    func change(to faults: NetworkFaults) {
        client.stream.change(to: faults.toServer)
        server.stream.change(to: faults.toClient)
        setReset(faults)
        forward(from: .client)
        forward(from: .server)
    }

    private func setReset(_ faults: NetworkFaults) {
        server.stream.bytesUntilReset = faults.resetAfter.map { max(0, Int.random(in: $0, using: &random)) }
    }

    /// Ends both connections, with a reset or in good order.
    func close(byReset: Bool) {
        guard isOpen else { return }
        isOpen = false
        connector?.cancel()
        connector = nil
        for side in [Side.client, .server] {
            let end = self[side]
            if let timer = end.timer { loop.cancel(timer) }
            guard let socket = end.socket else { continue }
            if !end.interest.isEmpty { loop.unwatch(socket.descriptor) }
            if byReset { Self.resetAtClose(socket) }
        }
        client.socket = nil
        server.socket = nil
        closed(self)
    }

    // MARK: Bytes

    private subscript(side: Side) -> End {
        get { side == .client ? client : server }
        _modify {
            if side == .client { yield &client } else { yield &server }
        }
    }

    private func handle(_ readiness: Readiness, of side: Side) {
        if readiness.contains(.writable), self[side].isFull {
            self[side].isFull = false
            forward(from: side.other)
        }
        if readiness.contains(.readable), isOpen { receive(from: side) }
    }

    private func receive(from side: Side) {
        let room = min(self[side].stream.room, 64 << 10)
        guard room > 0, let socket = self[side].socket else { return watch() }
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { space in
            switch socket.receive(into: space) {
            case .bytes(let count):
                self[side].stream.append(UnsafeRawBufferPointer(rebasing: space[..<count]), now: MonotonicTime.now)
                forward(from: side)
            case .wouldBlock: break
            case .endOfFile:
                self[side].stream.end(now: MonotonicTime.now)
                forward(from: side)
            case .failed: close(byReset: true)
            }
        }
    }

    /// Sends what has come from one side and is due on the other.
    private func forward(from side: Side) {
        while isOpen, let target = self[side.other].socket, !self[side.other].isFull, !self[side].isOver {
            let now = MonotonicTime.now
            switch self[side].stream.next(now: now) {
            case .nothing: return watch()
            case .wait(let time):
                wait(side, until: time)
                return watch()
            case .send(let bytes):
                switch bytes.withUnsafeBytes({ target.send($0) }) {
                case .bytes(let count): self[side].stream.sent(count, now: now)
                case .wouldBlock: self[side.other].isFull = true
                case .endOfFile, .failed: return close(byReset: true)
                }
            case .end: end(side, target)
            case .reset: return close(byReset: true)
            }
        }
        watch()
    }

    private func end(_ side: Side, _ target: Socket) {
        // Nobody behind a network that swallows learns of an end. Here it ends, so that nothing is left behind.
        if self[side].stream.hasSwallowed { return close(byReset: false) }
        self[side].isOver = true
        shutdown(target.descriptor, Int32(SHUT_WR))
        if self[side.other].isOver { close(byReset: false) }
    }

    private func wait(_ side: Side, until time: UInt64) {
        if let timer = self[side].timer { loop.cancel(timer) }
        self[side].timer = loop.schedule(at: time) { [weak self] in
            self?[side].timer = nil
            self?.forward(from: side)
        }
    }

    /// Looks for bytes as long as there is room for them, and for room as long as there are bytes.
    private func watch() {
        guard isOpen else { return }
        for side in [Side.client, .server] {
            let end = self[side]
            guard let socket = end.socket, let handler = end.handler else { continue }
            var interest: Readiness = []
            if end.stream.room > 0 { interest.insert(.readable) }
            if end.isFull { interest.insert(.writable) }
            guard interest != end.interest else { continue }
            self[side].interest = interest
            // A socket that is not watched at all does not tell again and again that its peer is gone.
            guard !interest.isEmpty else {
                loop.unwatch(socket.descriptor)
                continue
            }
            do throws(SystemError) {
                try loop.watch(socket.descriptor, for: interest, handler: handler)
            } catch {
                return close(byReset: true)
            }
        }
    }

    /// Lets the closing of a socket send a reset, whatever is still to be sent.
    static func resetAtClose(_ socket: Socket) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket.descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}
