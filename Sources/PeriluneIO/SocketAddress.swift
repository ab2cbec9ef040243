#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a server listens.
package enum SocketEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// A host name or a numeric address of either family, and a port.
    case tcp(host: String, port: Int)
    /// The path of a Unix domain socket.
    case unix(path: String)

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }
}

/// An address a socket can connect to.
package struct SocketAddress: Sendable {
    private let storage: sockaddr_storage
    private let length: socklen_t

    /// The address family, for example `AF_INET6`.
    package var family: Int32 { Int32(storage.ss_family) }

    private init(copying address: UnsafeRawPointer, length: Int) {
        var storage = sockaddr_storage()
        let length = min(length, MemoryLayout<sockaddr_storage>.size)
        let bytes = UnsafeRawBufferPointer(start: address, count: length)
        withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: bytes) }
        self.storage = storage
        self.length = socklen_t(length)
    }

    /// The address of a Unix domain socket.
    ///
    /// - Throws: When the path is longer than the system takes (107 bytes on Linux, 103 on macOS).
    package init(unixPath path: String) throws(SystemError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { space in
            guard !bytes.isEmpty, bytes.count < space.count else { return false }
            space.copyBytes(from: bytes)
            return true
        }
        guard fits else { throw SystemError("connect", reason: "the path of the Unix socket is empty or too long") }
        self.init(copying: &address, length: MemoryLayout<sockaddr_un>.size)
    }

    /// The addresses of a host, in the order to try them.
    ///
    /// Blocks while name servers are asked, unless `numericOnly`.
    package static func resolve(
        host: String, port: Int, numericOnly: Bool
    ) throws(SystemError) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if os(Linux)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        hints.ai_flags = AI_NUMERICSERV | (numericOnly ? AI_NUMERICHOST : 0)
        var first: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, String(port), &hints, &first)
        guard result == 0 else {
            throw SystemError("getaddrinfo", reason: String(cString: gai_strerror(result)))
        }
        defer { freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        var next = first
        while let info = next?.pointee {
            if let address = info.ai_addr {
                addresses.append(SocketAddress(copying: address, length: Int(info.ai_addrlen)))
            }
            next = info.ai_next
        }
        return addresses
    }

    func withSockAddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
