import PeriluneCore
package import PeriluneIO

/// A TCP proxy between a client and a server that makes the network as bad as it is told.
///
/// It forwards every connection to its target on a thread of its own, at first without a fault. Each direction of a
/// connection holds at most 256 KiB; who sends more has to wait. What is drawn at random is the same for the same seed and
/// the same order of connections. It ends with the object.
package final class FaultProxy: Sendable {
    /// What has gone through a proxy.
    package struct Counts: Sendable, Hashable {
        /// Connections that were forwarded.
        package var accepted = 0
        /// Connections that were refused.
        package var refused = 0
        /// Connections that there are now.
        package var open = 0
        /// Bytes that got to the server, on connections that have ended.
        package var bytesToServer = 0
        /// Bytes that got to the client, on connections that have ended.
        package var bytesToClient = 0
    }

    /// The port at which clients are taken.
    package let port: Int
    private let loop: EventLoop
    private let listener: ProxyListener

    /// Starts a proxy.
    ///
    /// - Parameters:
    ///   - endpoint: Where clients are taken; by default a free port of 127.0.0.1.
    ///   - target: Where the server is.
    package init(
        at endpoint: SocketEndpoint = .tcp(host: "127.0.0.1", port: 0), to target: SocketEndpoint,
        faults: NetworkFaults = .none, seed: UInt64 = 0
    ) throws(SystemError) {
        let socket = try ListeningSocket(endpoint)
        port = socket.port
        loop = try EventLoop()
        let listener = ProxyListener(socket, to: target, faults, seed: seed, on: loop)
        self.listener = listener
        loop.execute { listener.start() }
    }

    /// Starts a proxy to a port of 127.0.0.1.
    package convenience init(
        toPort port: Int, faults: NetworkFaults = .none, seed: UInt64 = 0
    ) throws(SystemError) {
        try self.init(to: .tcp(host: "127.0.0.1", port: port), faults: faults, seed: seed)
    }

    deinit {
        loop.execute { [listener] in listener.stop() }
        loop.stop()
    }

    /// Has other faults from now on, for the connections that there are, too. Returns when they are in force.
    package func change(to faults: NetworkFaults) async {
        await change { $0 = faults }
    }

    /// Changes some of the faults. Returns when the change is in force.
    package func change(_ change: @escaping @Sendable (inout NetworkFaults) -> Void) async {
        await onLoop { $0.change(change) }
    }

    /// Ends all connections, with a reset or in good order. New ones are taken.
    package func disconnect(byReset: Bool) async {
        await onLoop { $0.disconnect(byReset: byReset) }
    }

    /// What has gone through so far.
    package var counts: Counts { listener.counts.withLock { $0 } }

    private func onLoop(_ body: @escaping @Sendable (ProxyListener) -> Void) async {
        await withCheckedContinuation { continuation in
            loop.execute { [listener] in
                body(listener)
                continuation.resume()
            }
        }
    }
}
