/// A connection that bytes travel on: a socket, or TLS over one.
package enum Transport: Sendable {
    /// The bytes as they are.
    case plain(Socket)
    #if TLS
        /// The bytes encrypted.
        case tls(TLSSocket)
    #endif

    /// The descriptor to watch. Valid as long as this value lives.
    package var descriptor: Int32 {
        switch self {
        case .plain(let socket): socket.descriptor
        #if TLS
            case .tls(let tls): tls.socket.descriptor
        #endif
        }
    }

    /// The socket on which any thread may send; `nil` where only the loop's thread may use the connection.
    package var sharedSocket: Socket? {
        switch self {
        case .plain(let socket): socket
        #if TLS
            case .tls: nil
        #endif
        }
    }

    /// Sends what fits, without blocking.
    ///
    /// - Returns: How much was taken. Some of it may be left for ``flush()``.
    package func send(_ bytes: UnsafeRawBufferPointer) -> Socket.Outcome {
        switch self {
        case .plain(let socket): socket.send(bytes)
        #if TLS
            case .tls(let tls): tls.send(bytes)
        #endif
        }
    }

    /// Sends what was taken before and has not left yet.
    ///
    /// - Returns: `.bytes(0)` when nothing is left, `.wouldBlock` when the rest must wait until the descriptor is
    ///   writable.
    package func flush() -> Socket.Outcome {
        switch self {
        case .plain: .bytes(0)
        #if TLS
            case .tls(let tls): tls.flush()
        #endif
        }
    }

    /// Receives what has come, without blocking.
    package func receive(into space: UnsafeMutableRawBufferPointer) -> Socket.Outcome {
        switch self {
        case .plain(let socket): socket.receive(into: space)
        #if TLS
            case .tls(let tls): tls.receive(into: space)
        #endif
        }
    }

    /// Whether more can be received though the descriptor need not be readable. Then nobody will be told so.
    package var holdsInput: Bool {
        switch self {
        case .plain: false
        #if TLS
            case .tls(let tls): tls.holdsInput
        #endif
        }
    }

    /// Tells the peer, where that can be told and be done at once, that nothing more comes. The descriptor is closed when
    /// the last reference goes.
    package func close() {
        switch self {
        case .plain: break
        #if TLS
            case .tls(let tls): tls.close()
        #endif
        }
    }
}
