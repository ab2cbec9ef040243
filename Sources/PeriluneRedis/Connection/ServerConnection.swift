import PeriluneCore
import PeriluneIO

/// What a connection for calls and one for subscriptions do alike. Everything here runs on the loop's thread.
protocol ServerConnection: EventHandler {
    var decoder: RESPDecoder { get set }
    var handshake: Handshake? { get set }
    var connector: Connector? { get set }
    /// The connection from the handshake on.
    var transport: Transport? { get set }
    var waitsToWrite: Bool { get set }
    /// The thread; `nil` before the first caller and after the end.
    var loop: EventLoop? { get }

    /// Does whatever the machine's state asks for.
    func advance()
    /// Decodes what was received.
    func decode()
    /// The connection, or the attempt to make it, is of no use any more.
    func lose(_ error: EngineError)
}

extension ServerConnection {
    func handle(_ readiness: Readiness) {
        if readiness.contains(.readable) { receive() }
        if readiness.contains(.writable), waitsToWrite { advance() }
    }

    func receive() {
        // What was read from the socket already is not announced again.
        repeat { receiveOnce() } while transport?.holdsInput == true
    }

    private func receiveOnce() {
        guard let transport else { return }
        switch transport.receive(into: decoder.space()) {
        case .bytes(let count):
            decoder.received(count)
            decode()
        case .wouldBlock: break
        case .endOfFile: lose(.closedByServer)
        case .failed(let error): lose(EngineError(breaking: error))
        }
    }

    /// Sends what the transport itself holds, when there is nothing else to be sent.
    func flush(_ transport: Transport) {
        switch transport.flush() {
        case .wouldBlock: watch(transport, toWrite: true)
        case .failed(let error): lose(EngineError(breaking: error))
        case .bytes, .endOfFile: watch(transport, toWrite: false)
        }
    }

    func watch(_ transport: Transport, toWrite: Bool) {
        guard waitsToWrite != toWrite, let loop else { return }
        waitsToWrite = toWrite
        do throws(SystemError) {
            try loop.watch(transport.descriptor, for: toWrite ? [.readable, .writable] : .readable, handler: self)
        } catch {
            lose(EngineError(.connectionLost, "the connection cannot be watched: \(error)"))
        }
    }

    /// Closes the connection, or gives the attempt up, and forgets what came over it.
    func closeTransport() {
        connector?.cancel()
        connector = nil
        handshake = nil
        if let transport {
            transport.close()
            loop?.unwatch(transport.descriptor)
        }
        transport = nil
        waitsToWrite = false
        decoder = RESPDecoder()
    }
}

extension EngineError {
    static var closedByServer: EngineError { EngineError(.connectionLost, "the server closed the connection") }

    /// What an error of a connection that stood means.
    init(breaking error: SystemError) {
        self.init(error.isLasting ? .misconfigured : .connectionLost, "the connection broke: \(error)")
    }
}
