import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Hummingbird's HTTP/1.1 with a ``ConnectionGuard`` on every connection.
struct GuardedHTTP1Channel: ServerChildChannel {
    let http1: HTTP1Channel
    let deadlines: ConnectionDeadlines
    let limit: ConnectionLimit

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        http1.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let parser = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self).handler
            try pipeline.addHandler(ConnectionGuard(deadlines: deadlines, limit: limit), position: .after(parser))
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await http1.handle(value: value, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// A server of ``GuardedHTTP1Channel``.
    static func guarded(
        idleTimeout: TimeAmount, deadlines: ConnectionDeadlines, limit: ConnectionLimit
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            GuardedHTTP1Channel(
                http1: HTTP1Channel(responder: responder, configuration: .init(idleTimeout: idleTimeout)),
                deadlines: deadlines, limit: limit)
        }
    }
}
