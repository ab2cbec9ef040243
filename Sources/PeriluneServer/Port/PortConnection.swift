import Logging
import PeriluneCore
import PeriluneIO

/// One client of a port. Used by the loop's thread alone, hence `@unchecked Sendable`.
final class PortConnection: EventHandler, @unchecked Sendable {
    let socket: Socket
    private let state: PortState
    private let loop: EventLoop
    private(set) var session: PortSession
    /// The client's number.
    private(set) var id = 0
    /// Bytes that came and are not done with; `nil` when there are none.
    private var decoder: RESPRequestDecoder?
    /// Replies that the client has not taken; `nil` when there are none.
    private var unsent: ByteBuffer?
    private var interest: Readiness = .readable
    private var isOpen = true
    /// Whether a request of this client is under way: it may be a script, within which others are attended to.
    private var isRunning = false
    private let mailbox: PortMailbox

    /// So many bytes of replies are made before they are sent; and while as many wait for the client, nothing is read
    /// from it.
    private static let replyBytes = 256 << 10

    /// So many bytes of requests are read from a client that waits for a reply.
    private static let requestBytes = 64 << 10

    private init(_ socket: Socket, _ state: PortState, _ loop: EventLoop) {
        self.socket = socket
        self.state = state
        self.loop = loop
        mailbox = PortMailbox(loop)
        session = PortSession(state, mailbox)
        mailbox.connection = self
    }

    static func open(_ socket: Socket, _ state: PortState, _ loop: EventLoop) {
        guard state.hasRoom else {
            let refusal: StaticString = "-ERR max number of clients reached\r\n"
            _ = socket.send(UnsafeRawBufferPointer(start: refusal.utf8Start, count: refusal.utf8CodeUnitCount))
            return
        }
        let connection = PortConnection(socket, state, loop)
        do {
            try loop.watch(socket.descriptor, for: .readable, handler: connection)
        } catch {
            state.logger.warning("A connection cannot be watched.", metadata: ["error": "\(error)"])
            return
        }
        connection.id = state.add(connection)
        connection.session.id = connection.id
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        loop.unwatch(socket.descriptor)
        state.remove(self)
        if state.runningScript == nil {
            session.end(state)
        } else {
            // The script has the engine.
            loop.execute { [self] in session.end(state) }
        }
    }

    /// Closes the connection in the loop's next round: what closing needs may be in use.
    func closeSoon() {
        loop.execute { [self] in close() }
    }

    func attend() {}

    func handle(_ readiness: Readiness) {
        guard !isRunning else { return }
        if readiness.contains(.writable), unsent != nil { send() }
        if readiness.contains(.readable), isOpen, unsent == nil { receive() }
    }

    /// Something has come for the client by itself.
    func collect() {
        // While the client takes no more, it stays where it is.
        guard isOpen, !isRunning else { return }
        if mailbox.isFull {
            state.logger.warning("A subscriber that does not read was cut off.")
            return close()
        }
        guard unsent == nil else { return }
        let (bytes, hasReply) = mailbox.take()
        guard let bytes else { return close() }
        if hasReply { session.waitingCall = nil }
        guard !bytes.isEmpty else { return }
        let output = state.takeBuffer()
        bytes.withUnsafeBytes { output.append($0) }
        unsent = output
        send()
        // What came while the client waited is not announced again.
        if hasReply, isOpen, unsent == nil {
            watch(for: .readable)
            if let decoder { answer(decoder) }
        }
    }

    // MARK: Receiving

    private func receive() {
        let decoder = self.decoder ?? state.takeDecoder()
        self.decoder = decoder
        if session.waitingCall != nil, decoder.byteCount > Self.requestBytes {
            // No more before it has its reply; that it goes away is noticed still.
            return interest.isEmpty ? close() : watch(for: [])
        }
        switch socket.receive(into: decoder.space()) {
        case .bytes(let count):
            session.lastActivity = MonotonicTime.now
            decoder.received(count)
            answer(decoder)
        case .wouldBlock: giveBackDecoder()
        case .endOfFile, .failed: close()
        }
    }

    /// Answers what has come, as far as the client takes the replies.
    private func answer(_ decoder: RESPRequestDecoder) {
        repeat {
            let output = state.takeBuffer()
            isRunning = true
            let hasMore = run(decoder, into: output)
            isRunning = false
            unsent = output
            send()
            if !hasMore { break }
        } while isOpen && unsent == nil
        if unsent == nil { giveBackDecoder() }
    }

    /// - Returns: Whether there is more to answer.
    private func run(_ decoder: RESPRequestDecoder, into output: ByteBuffer) -> Bool {
        do throws(RESPRequestError) {
            while true {
                if session.waitingCall != nil { return false }
                decoder.limits = session.isAuthenticated ? RESPRequestDecoder.Limits() : .unauthenticated
                let wasWhole = try decoder.withNext { request in
                    if state.runningScript == nil {
                        session.perform(request, state, output)
                    } else {
                        state.answerWhileBusy(request, &session, session.reply(to: output))
                    }
                }
                guard wasWhole else { return false }
                if session.isEnding { return false }
                if output.count >= Self.replyBytes { return true }
            }
        } catch {
            output.append("-ERR ")
            output.append(error.message)
            output.append("\r\n")
            session.isEnding = true
            return false
        }
    }

    private func giveBackDecoder() {
        guard let decoder, decoder.isEmpty else { return }
        state.giveBack(decoder)
        self.decoder = nil
    }

    // MARK: Sending

    private func send() {
        guard let output = unsent else { return }
        while !output.isEmpty {
            switch socket.send(output.bytes) {
            case .bytes(let count): output.consume(count)
            case .wouldBlock: return watch(for: .writable)
            case .endOfFile, .failed: return close()
            }
        }
        unsent = nil
        state.giveBack(output)
        if session.isEnding { return close() }
        if session.getsMail, mailbox.hasMail { loop.notify(mailbox) }
        guard interest != .readable, unsent == nil else { return }
        watch(for: .readable)
        // Requests that came before the client stopped reading are not announced again.
        if isOpen, let decoder { answer(decoder) }
    }

    private func watch(for interest: Readiness) {
        guard self.interest != interest else { return }
        self.interest = interest
        do {
            try loop.watch(socket.descriptor, for: interest, handler: self)
        } catch {
            close()
        }
    }
}
