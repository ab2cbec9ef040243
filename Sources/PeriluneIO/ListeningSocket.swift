#if os(Linux)
    import CLinuxIO
#endif

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A non-blocking socket that takes connections.
///
/// It is closed when the last reference goes.
package final class ListeningSocket: Sendable {
    /// What came of waiting for a connection.
    package enum Accepted: Sendable {
        case connection(Socket)
        case none
        /// There are no descriptors or no memory for one now; the connection goes on waiting.
        case exhausted
        case failed(SystemError)
    }

    package let descriptor: Int32
    private let isTCP: Bool
    private let path: String?

    /// Listens at an endpoint. Port 0 gets one that is free; see ``port``. A host with several addresses is listened to
    /// at its first.
    ///
    /// At the path of a Unix socket nothing may stand but the socket of a server that is gone.
    package init(_ endpoint: SocketEndpoint) throws(SystemError) {
        let address: SocketAddress
        switch endpoint {
        case .tcp(let host, let port):
            let addresses = try SocketAddress.resolve(host: host, port: port, numericOnly: false)
            guard let first = addresses.first else { throw SystemError("listen", reason: "no such host") }
            (address, isTCP, path) = (first, true, nil)
        case .unix(let unixPath):
            address = try SocketAddress(unixPath: unixPath)
            (isTCP, path) = (false, unixPath)
            try Self.removeAbandoned(unixPath, address)
        }
        let socket = try Socket(family: address.family)
        // The socket closes its descriptor at its end; from here on this object does.
        descriptor = fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { throw SystemError("listen", number: errno) }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        let descriptor = descriptor
        guard address.withSockAddr({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, 1024) == 0 else {
            let number = errno
            close(descriptor)
            throw SystemError("listen", number: number)
        }
    }

    deinit {
        close(descriptor)
        if let path { unlink(path) }
    }

    /// Removes the socket file of a server that is gone, so that its path can be used again.
    private static func removeAbandoned(_ path: String, _ address: SocketAddress) throws(SystemError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw SystemError("listen", reason: "\(path) exists and is no socket")
        }
        let probe = try Socket(family: address.family)
        do throws(SystemError) {
            _ = try probe.connect(to: address)
        } catch {
            unlink(path)
            return
        }
        throw SystemError("listen", reason: "a server listens at \(path) already")
    }

    /// The port it has really got; 0 for a Unix socket.
    package var port: Int {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0, isTCP else { return 0 }
        return withUnsafeBytes(of: &address) { bytes in
            // The port stands at the same place for both families.
            Int(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        }
    }

    /// Takes a connection that waits.
    package func accept() -> Accepted {
        while true {
            // In one step where that is possible: a program that is started in between would inherit the connection.
            #if os(Linux)
                let flags = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
                let accepted = perilune_accept4(descriptor, nil, nil, flags)
            #else
                let accepted = Darwin.accept(descriptor, nil, nil)
            #endif
            if accepted >= 0 {
                #if !os(Linux)
                    _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
                    _ = fcntl(accepted, F_SETFL, O_NONBLOCK)
                #endif
                let socket = Socket(adopting: accepted)
                if isTCP { socket.setTCPOptions() }
                return .connection(socket)
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EAGAIN, EWOULDBLOCK: return .none
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
            case let number: return .failed(SystemError("accept", number: number))
            }
        }
    }
}
