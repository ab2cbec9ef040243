import Logging
import PeriluneCore
import PeriluneIO

/// Takes the connections of one listening socket. Used by the loop's thread alone, hence `@unchecked Sendable`.
final class PortAcceptor: EventHandler, @unchecked Sendable {
    private let socket: ListeningSocket
    private let state: PortState
    private let loop: EventLoop

    /// How long no connection is taken when the system has nothing left for one.
    private static let pause: UInt64 = 100_000_000

    init(_ socket: ListeningSocket, _ state: PortState, _ loop: EventLoop) {
        self.socket = socket
        self.state = state
        self.loop = loop
    }

    func start() {
        do {
            try loop.watch(socket.descriptor, for: .readable, handler: self)
            state.onClose { [loop, socket] in loop.unwatch(socket.descriptor) }
        } catch {
            state.logger.error("The port cannot be watched.", metadata: ["error": "\(error)"])
        }
    }

    func attend() {}

    func handle(_ readiness: Readiness) {
        // Not without end: those who are connected get their turn, too.
        for _ in 0..<64 {
            switch socket.accept() {
            case .connection(let client): PortConnection.open(client, state, loop)
            case .none: return
            case .exhausted: return rest()
            case .failed(let error):
                state.logger.warning("A connection could not be taken.", metadata: ["error": "\(error)"])
                return
            }
        }
    }

    /// The connection that waits would make the socket ready again and again.
    private func rest() {
        state.logger.warning("There are no descriptors left for new connections.")
        loop.unwatch(socket.descriptor)
        _ = loop.schedule(at: MonotonicTime.adding(Self.pause, to: MonotonicTime.now)) { [self] in
            guard !state.isClosed else { return }
            do {
                try loop.watch(socket.descriptor, for: .readable, handler: self)
            } catch {
                state.logger.error("The port cannot be watched.", metadata: ["error": "\(error)"])
            }
        }
    }
}
