#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A non-blocking stream socket.
///
/// The descriptor is closed when the last reference goes, and never before: no thread can write into a descriptor
/// that another one has closed and the system has given away again.
package final class Socket: Sendable {
    /// The descriptor. Valid as long as this object lives.
    package let descriptor: Int32

    /// What came of reading or writing.
    package enum Outcome: Sendable, Hashable {
        /// So many bytes, at least one.
        case bytes(Int)
        /// Not now.
        case wouldBlock
        /// The peer has closed its side.
        case endOfFile
        /// The connection is broken.
        case failed(SystemError)
    }

    /// Opens a socket of an address family: non-blocking, closed on exec, never raising SIGPIPE.
    package init(family: Int32) throws(SystemError) {
        #if os(Linux)
            let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
            let descriptor = socket(family, type, 0)
            guard descriptor >= 0 else { throw SystemError("socket", number: errno) }
        #else
            let descriptor = socket(family, SOCK_STREAM, 0)
            guard descriptor >= 0 else { throw SystemError("socket", number: errno) }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        #endif
        self.descriptor = descriptor
        #if canImport(Darwin)
            set(SOL_SOCKET, SO_NOSIGPIPE, 1)
        #endif
    }

    /// Takes over a descriptor that is non-blocking already.
    package init(adopting descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Begins to connect. The socket becomes writable when that has ended; ``pendingError`` then tells how.
    ///
    /// - Returns: Whether it is connected already.
    package func connect(to address: SocketAddress) throws(SystemError) -> Bool {
        let result = address.withSockAddr { pointer, length in
            #if canImport(Glibc)
                Glibc.connect(descriptor, pointer, length)
            #elseif canImport(Musl)
                Musl.connect(descriptor, pointer, length)
            #else
                Darwin.connect(descriptor, pointer, length)
            #endif
        }
        if result == 0 { return true }
        switch errno {
        // An interrupted connect goes on by itself. On a Unix socket EAGAIN means that the server's backlog is full.
        case EINPROGRESS, EINTR: return false
        case let number: throw SystemError("connect", number: number)
        }
    }

    /// The error that ended a pending connect, or `nil` when it succeeded.
    package var pendingError: SystemError? {
        var number: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length) == 0 else {
            return SystemError("getsockopt", number: errno)
        }
        return number == 0 ? nil : SystemError("connect", number: number)
    }

    /// Whether the socket has a peer.
    package var isConnected: Bool {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) == 0 }
        }
    }

    /// Whether it is a Unix domain socket.
    package var isUnix: Bool { address(getsockname)?.family == AF_UNIX }

    /// The numeric address and port of the peer, as `127.0.0.1:6379` or `[::1]:6379`; `nil` when it is gone.
    package var peerName: String? { address(getpeername)?.name }

    /// The numeric address and port of this end.
    package var localName: String? { address(getsockname)?.name }

    private func address(
        _ ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> (family: Int32, name: String?)? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard ask(descriptor, address, &length) == 0 else { return nil }
                return (Int32(address.pointee.sa_family), Self.name(of: address, length))
            }
        }
    }

    private static func name(of address: UnsafePointer<sockaddr>, _ length: socklen_t) -> String? {
        var host = [CChar](repeating: 0, count: 64)
        var port = [CChar](repeating: 0, count: 8)
        let flags = NI_NUMERICHOST | NI_NUMERICSERV
        guard
            getnameinfo(
                address, length, &host, socklen_t(host.count), &port, socklen_t(port.count), Int32(flags)) == 0
        else { return nil }
        let text = { (bytes: [CChar]) in
            String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        let isIPv6 = Int32(address.pointee.sa_family) == AF_INET6
        return isIPv6 ? "[\(text(host))]:\(text(port))" : "\(text(host)):\(text(port))"
    }

    /// Sends every small write at once, and finds out within about a minute that a silent peer is gone.
    package func setTCPOptions() {
        set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        set(SOL_SOCKET, SO_KEEPALIVE, 1)
        #if os(Linux)
            set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, 15)
        #else
            set(Int32(IPPROTO_TCP), TCP_KEEPALIVE, 15)
        #endif
        set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, 15)
        set(Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
    }

    /// Options make a connection better, not possible: a refused one is no failure.
    private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Sends what fits, without blocking.
    package func send(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        guard !bytes.isEmpty else { return .bytes(0) }
        #if canImport(Darwin)
            let flags = MSG_DONTWAIT
        #else
            let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
        #endif
        while true {
            #if canImport(Glibc)
                let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags)
            #elseif canImport(Musl)
                let count = Musl.send(descriptor, bytes.baseAddress, bytes.count, flags)
            #else
                let count = Darwin.send(descriptor, bytes.baseAddress, bytes.count, flags)
            #endif
            if count > 0 { return .bytes(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK: return .wouldBlock
            case let number: return .failed(SystemError("send", number: number))
            }
        }
    }

    /// Receives what has come, without blocking.
    package func receive(into space: UnsafeMutableRawBufferPointer) -> Outcome {
        while true {
            let count = recv(descriptor, space.baseAddress, space.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .endOfFile }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK: return .wouldBlock
            case let number: return .failed(SystemError("recv", number: number))
            }
        }
    }
}
