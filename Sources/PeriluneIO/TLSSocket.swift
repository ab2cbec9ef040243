#if TLS
    /// A socket that speaks TLS.
    ///
    /// `@unchecked Sendable` because it belongs to its loop's thread: who holds a ``Transport`` lets other threads send
    /// on ``Transport/sharedSocket`` only, which this is not.
    package final class TLSSocket: @unchecked Sendable {
        let socket: Socket
        private let session: TLSSession
        /// Why sending failed, to be told when it does not make bytes look as if they were still here.
        private var failure: SystemError?

        /// Prepares a session on a socket that is connected.
        package init(_ socket: Socket, _ session: TLSSession) {
            self.socket = socket
            self.session = session
        }

        /// Goes on with the handshake.
        ///
        /// - Returns: Whether it is over. If not, it goes on when the socket is readable, or writable if it
        ///   ``wantsToWrite``.
        package func handshake() throws(SystemError) -> Bool {
            while true {
                let isOver: Bool
                do throws(SystemError) {
                    isOver = try session.handshake()
                } catch {
                    // The server gets to know why, if it can be told at once.
                    _ = flush()
                    throw error
                }
                let hadOutput = wantsToWrite
                if case .failed(let error) = flush() { throw error }
                if isOver { return true }
                if wantsToWrite { return false }
                // Perhaps it had more to say than there was room for.
                if hadOutput { continue }
                switch socket.receive(into: session.inputSpace) {
                case .bytes(let count): session.received(count)
                case .wouldBlock: return false
                case .endOfFile:
                    throw SystemError("TLS", reason: "the server closed the connection during the handshake")
                case .failed(let error): throw error
                }
            }
        }

        /// Whether something waits to be sent by ``flush()`` when the socket is writable.
        package var wantsToWrite: Bool { !session.output.isEmpty }

        /// Sends what fits, without blocking.
        ///
        /// - Returns: How much was taken; some of it may still have to be flushed.
        package func send(_ bytes: UnsafeRawBufferPointer) -> Socket.Outcome {
            if case .failed(let error) = flush() { return .failed(error) }
            let outcome = session.write(bytes)
            // Should it fail, some of the bytes may have gone out before: they count as sent, and the next call fails.
            _ = flush()
            return outcome
        }

        /// Sends what was encrypted before.
        ///
        /// - Returns: `.bytes(0)` when nothing is left.
        package func flush() -> Socket.Outcome {
            if let failure { return .failed(failure) }
            while true {
                let output = session.output
                switch socket.send(output) {
                case .bytes(let count):
                    guard count > 0 else { return .bytes(0) }
                    session.sent(count)
                case .wouldBlock, .endOfFile:
                    return .wouldBlock
                case .failed(let error):
                    let reason = lastWord() ?? error
                    failure = reason
                    return .failed(reason)
                }
            }
        }

        /// What the server said before it closed the connection, when that tells more than that it did.
        private func lastWord() -> SystemError? {
            withUnsafeTemporaryAllocation(byteCount: 1 << 14, alignment: 16) { space in
                // What it sent before is of no use any more; there is no more of it than fits in a few turns.
                for _ in 0..<64 {
                    switch receive(into: space) {
                    case .bytes: continue
                    case .failed(let error) where error.isLasting: return error
                    case .wouldBlock, .endOfFile, .failed: return nil
                    }
                }
                return nil
            }
        }

        /// Whether ``receive(into:)`` may have something though the socket has not.
        package var holdsInput: Bool { session.holdsInput }

        /// Receives what has come, without blocking.
        package func receive(into space: UnsafeMutableRawBufferPointer) -> Socket.Outcome {
            while true {
                let outcome = session.read(into: space)
                guard outcome == .wouldBlock else { return outcome }
                switch socket.receive(into: session.inputSpace) {
                case .bytes(let count): session.received(count)
                case let outcome: return outcome
                }
            }
        }

        /// Tells the peer, if that can be done at once, that nothing more comes.
        package func close() {
            session.close()
            _ = flush()
        }
    }
#endif
