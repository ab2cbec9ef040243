import PeriluneCore
import PeriluneIO
import PeriluneTestSupport

/// Takes connections and knows those that there are. Used by the loop's thread alone, but for `counts`, which is locked;
/// hence `@unchecked Sendable`.
final class ProxyListener: EventHandler, @unchecked Sendable {
    private let loop: EventLoop
    private let socket: ListeningSocket
    private let target: SocketEndpoint
    private var faults: NetworkFaults
    private var random: SeededGenerator
    private var connections: [ObjectIdentifier: ProxiedConnection] = [:]
    let counts = Locked(FaultProxy.Counts())

    /// How long no connection is taken when the system has nothing left for one.
    private static let rest: UInt64 = 100_000_000

    init(
        _ socket: ListeningSocket, to target: SocketEndpoint, _ faults: NetworkFaults, seed: UInt64, on loop: EventLoop
    ) {
        self.loop = loop
        self.socket = socket
        self.target = target
        self.faults = faults
        random = SeededGenerator(seed: seed)
    }

    func start() {
        do throws(SystemError) {
            try loop.watch(socket.descriptor, for: .readable, handler: self)
        } catch {
            pause()
        }
    }

    func change(_ change: (inout NetworkFaults) -> Void) {
        change(&faults)
        for connection in connections.values { connection.change(to: faults) }
    }

    func disconnect(byReset: Bool) {
        for connection in connections.values { connection.close(byReset: byReset) }
    }

    func stop() {
        loop.unwatch(socket.descriptor)
        disconnect(byReset: false)
    }

    func attend() {}

    func handle(_ readiness: Readiness) {
        // Not without end: those who are connected get their turn, too.
        for _ in 0..<64 {
            switch socket.accept() {
            case .connection(let client): take(client)
            case .none, .failed: return
            case .exhausted: return pause()
            }
        }
    }

    private func take(_ client: Socket) {
        guard !faults.refusesConnections else {
            counts.withLock { $0.refused += 1 }
            return ProxiedConnection.resetAtClose(client)
        }
        let connection = ProxiedConnection(client, faults, seed: random.next(), on: loop) { [weak self] in
            self?.forget($0)
        }
        connections[ObjectIdentifier(connection)] = connection
        counts.withLock { counts in
            counts.accepted += 1
            counts.open += 1
        }
        connection.start(to: target)
    }

    private func forget(_ connection: ProxiedConnection) {
        connections[ObjectIdentifier(connection)] = nil
        counts.withLock { counts in
            counts.open -= 1
            counts.bytesToServer += connection.sentCounts.toServer
            counts.bytesToClient += connection.sentCounts.toClient
        }
    }

    /// The connection that waits would make the socket ready again and again.
    private func pause() {
        loop.unwatch(socket.descriptor)
        _ = loop.schedule(at: MonotonicTime.adding(Self.rest, to: MonotonicTime.now)) { [weak self] in self?.start() }
    }
}
