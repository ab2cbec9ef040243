import HTTPTypes
import NIOCore
import NIOHTTP1
import PeriluneHummingbird

/// How long a client may keep the server waiting.
struct ConnectionDeadlines: Sendable {
    /// From the start of a connection to the end of the first request's head. When all connections are taken, also from
    /// an answer to the next request: up to twice that time.
    var idle = TimeAmount.seconds(10)
    /// From the end of a request's head to the end of its body. Enough for the longest body at 7 kB/s.
    var body = TimeAmount.seconds(10)
    /// For the client to take what was written for it.
    var answer = TimeAmount.seconds(10)
    /// From the last answer on a connection to its end. Meanwhile what still arrives is read and dropped: closing with
    /// bytes unread would make the system reset the connection, and the client might never see the answer.
    var linger = TimeAmount.seconds(2)
}

/// The error that the reader of a body gets when the body does not arrive in time.
struct RequestTimeout: Error {}

/// The event by which whoever is about to read a body asks for it, so that a client which waits for
/// `100 Continue` (RFC 9110, 10.1.1) sends it.
struct BodyIsWanted: Sendable {}

/// The event by which whoever works on an answer for long asks to be told when nobody waits for it any more: when the client
/// has closed the connection, or its sending half, or when the answer is written.
struct EndIsWatched: Sendable {
    let promise: EventLoopPromise<Void>
}

/// Bounds what one connection can take: no client holds one, and with it a descriptor, for as long as it likes.
///
/// Hummingbird's own idle timeout is about connections on which nothing happens. A client that sends a byte now and
/// then is not idle, and a refused request is read to its end, however long that takes. So here each request has a
/// deadline, and a request that is answered before all of it was read is the last one of its connection.
///
/// Stands next to the parser: what an answer says about the connection is decided where both directions are seen.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let deadlines: ConnectionDeadlines
    private let limit: ConnectionLimit

    /// How many requests have begun, how many have been read to their ends, and how many have been answered. Answers
    /// come in the order of requests.
    private var begun = 0
    private var whole = 0
    private var answered = 0

    private var awaitsContinue = false
    private var parserError: HTTPParserError?
    private var isLastAnswer = false
    private var isEnding = false
    private var isDeserted = false
    private var watcher: EventLoopPromise<Void>?

    private var idleDeadline: Scheduled<Void>?
    private var bodyDeadline: Scheduled<Void>?
    private var answerDeadline: Scheduled<Void>?
    private var end: Scheduled<Void>?

    init(deadlines: ConnectionDeadlines, limit: ConnectionLimit) {
        self.deadlines = deadlines
        self.limit = limit
    }

    // MARK: Requests

    func handlerAdded(context: ChannelHandlerContext) {
        watchIdleness(context, answered: 0)
    }

    /// Closes the connection if it has done nothing and others need it.
    ///
    /// One timer for the length of the connection, and not one that each request starts and stops.
    ///
    /// - Parameter before: How many requests were answered when the timer was started.
    private func watchIdleness(_ context: ChannelHandlerContext, answered before: Int) {
        idleDeadline = schedule(after: deadlines.idle, context) { this, context in
            let isWaiting = this.begun == before && this.answered == before
            if isWaiting, before == 0 || this.limit.isReached {
                context.close(promise: nil)
            } else {
                this.watchIdleness(context, answered: this.answered)
            }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return }
        switch Self.unwrapInboundIn(data) {
        case .head(let head):
            begun += 1
            awaitsContinue =
                head.version == .http1_1
                && head.headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
        case .body:
            awaitsContinue = false
        case .end:
            whole += 1
            Self.cancel(&bodyDeadline)
            awaitsContinue = false
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Here and not with the head: nearly every request arrives in one piece and needs no timer.
        if begun > whole, parserError == nil, !isEnding, bodyDeadline == nil { startBodyDeadline(context) }
        context.fireChannelReadComplete()
    }

    private func startBodyDeadline(_ context: ChannelHandlerContext) {
        bodyDeadline = schedule(after: deadlines.body, context) { this, context in
            this.bodyDeadline = nil
            if this.answered < this.whole {
                // The server is not done with the requests before: this one may wait unread through no fault of its
                // client.
                this.startBodyDeadline(context)
            } else {
                context.fireErrorCaught(RequestTimeout())
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError {
            parserError = error
            Self.cancel(&bodyDeadline)
        }
        context.fireErrorCaught(error)
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch Self.unwrapOutboundIn(data) {
        case .head(var head):
            awaitsContinue = false
            var body: ByteBuffer?
            if let parserError, head.status == .badRequest, head.headers["content-length"] == ["0"] {
                body = Self.explain(parserError, in: &head)
            }
            // When all connections are taken, one that waits for its client's next request is taken from others. Not
            // while such a request has been read: it would be carried out without an answer.
            isLastAnswer = whole <= answered || limit.isReached && begun == answered + 1
            if isLastAnswer { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
            if let body { context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        case .body:
            context.write(data, promise: promise)
        case .end:
            answered += 1
            tellWatcher()
            guard isLastAnswer else { return context.write(data, promise: promise) }
            context.writeAndFlush(data, promise: promise)
            close(context: context, mode: .output, promise: nil)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            Self.cancel(&answerDeadline)
        } else if answerDeadline == nil, !isEnding {
            answerDeadline = schedule(after: deadlines.answer, context) { $1.close(promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        if let event = event as? EndIsWatched {
            // Requests are worked on one after the other.
            tellWatcher()
            watcher = event.promise
            if isDeserted { tellWatcher() }
            promise?.succeed()
            return
        }
        guard event is BodyIsWanted else { return context.triggerUserOutboundEvent(event, promise: promise) }
        if awaitsContinue, answered == whole, !isEnding {
            awaitsContinue = false
            let head = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(Self.wrapOutboundOut(.head(head)), promise: nil)
        }
        promise?.succeed()
    }

    /// Turns Hummingbird's empty answer to what is not HTTP into a problem document.
    private static func explain(_ error: HTTPParserError, in head: inout HTTPResponseHead) -> ByteBuffer {
        let detail =
            switch error {
            case .invalidMethod: "The request does not begin with one of HTTP's methods."
            case .invalidVersion: "The version of HTTP is not one that this server speaks: HTTP/1.1."
            case .headerOverflow: "The header is longer than this server reads."
            case .invalidContentLength, .unexpectedContentLength:
                "Content-Length must be one number, and stands alone or not at all."
            default: "This is not a request in HTTP/1.1."
            }
        let problem = Problem(.badRequest, detail)
        let body = ByteBuffer(bytes: problem.document)
        for field in problem.fields { head.headers.replaceOrAdd(name: field.name.rawName, value: field.value) }
        head.headers.replaceOrAdd(name: "Content-Length", value: String(body.readableBytes))
        return body
    }

    // MARK: The end

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output, !isEnding {
            isEnding = true
            Self.cancel(&idleDeadline)
            Self.cancel(&bodyDeadline)
            Self.cancel(&answerDeadline)
            // Until the client has taken the answer; see outputClosed.
            end = schedule(after: deadlines.answer, context) { $1.close(promise: nil) }
        }
        context.close(mode: mode, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { desert() }
        if case ChannelEvent.outputClosed = event {
            Self.cancel(&end)
            end = schedule(after: deadlines.linger, context) { $1.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancelAll()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        cancelAll()
    }

    private func desert() {
        isDeserted = true
        tellWatcher()
    }

    private func tellWatcher() {
        watcher?.succeed()
        watcher = nil
    }

    private func cancelAll() {
        desert()
        isEnding = true
        Self.cancel(&idleDeadline)
        Self.cancel(&bodyDeadline)
        Self.cancel(&answerDeadline)
        Self.cancel(&end)
    }

    private func schedule(
        after delay: TimeAmount, _ context: ChannelHandlerContext,
        _ action: @escaping (ConnectionGuard, ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: delay) { action(self, context) }
    }

    private static func cancel(_ timer: inout Scheduled<Void>?) {
        timer?.cancel()
        timer = nil
    }
}

@available(*, unavailable)
extension ConnectionGuard: Sendable {}
