import PeriluneCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Plain blocking sockets on 127.0.0.1, for tests that play one side of a connection.
package enum Loopback {
    private static let givenPorts = Locked<Set<Int>>([])

    /// A port on which nobody listens, which this process gives to nobody else, and which no system gives by itself to
    /// a connection or a listener: it stays free until whoever asked for it takes it, also for another time.
    package static func freePort() throws -> Int {
        for _ in 0..<1000 {
            // Linux gives ports from 32768 on by itself, others from 49152 on.
            let port = Int.random(in: 10_000..<32_000)
            guard givenPorts.withLock({ $0.insert(port).inserted }) else { continue }
            guard let (descriptor, _) = try? listen(port: port) else { continue }
            close(descriptor)
            return port
        }
        throw RedisServer.StartError(description: "no free port")
    }

    /// Opens a listening socket, on a free port unless one is given.
    package static func listen(port: Int = 0, backlog: Int32 = 64) throws -> (descriptor: Int32, port: Int) {
        let descriptor = makeSocket()
        var address = loopback(port: port)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound, startListening(descriptor, backlog) else {
            close(descriptor)
            throw RedisServer.StartError(description: "no loopback port: \(String(cString: strerror(errno)))")
        }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// Waits for a connection.
    ///
    /// - Returns: -1 when the listener was shut down.
    static func acceptConnection(_ listener: Int32) -> Int32 {
        var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        while poll(&waiting, 1, -1) < 0 {}
        return accept(listener, nil, nil)
    }

    /// Two connected sockets that do not block.
    package static func socketPair() throws -> (Int32, Int32) {
        var pair: [Int32] = [-1, -1]
        #if os(Linux)
            let result = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair)
        #else
            let result = socketpair(AF_UNIX, SOCK_STREAM, 0, &pair)
        #endif
        guard result == 0 else { throw RedisServer.StartError(description: "no pair of sockets") }
        for descriptor in pair { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        return (pair[0], pair[1])
    }

    /// A connection to a Unix socket.
    package static func connection(toUnixSocket path: String) throws -> Int32 {
        #if os(Linux)
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isConnected else {
            close(descriptor)
            throw RedisServer.StartError(description: "no connection to \(path): \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    /// A connection to a port, on which whoever waits for more than a minute fails.
    package static func connection(toPort port: Int) throws -> Int32 {
        let descriptor = makeSocket()
        guard isConnected(descriptor, port) else {
            close(descriptor)
            throw HTTPClient.Failure.system("connect", errno)
        }
        limitWaiting(descriptor)
        return descriptor
    }

    /// Lets reads and writes on a socket fail when they wait for more than a minute.
    package static func limitWaiting(_ descriptor: Int32) {
        var timeout = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Receives what has come, as often as it takes: on a socket whose waiting is limited it is interrupted when the
    /// process is stopped and goes on.
    ///
    /// - Returns: As of `recv(2)`.
    package static func receive(_ descriptor: Int32, into buffer: inout [UInt8]) -> Int {
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count < 0, errno == EINTR else { return count }
        }
    }

    /// Sends bytes just so, without a signal when the peer has closed.
    ///
    /// - Returns: As of `send(2)`.
    package static func transmit(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        while true {
            let count = send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            guard count < 0, errno == EINTR else { return count }
        }
    }

    private static func isConnected(_ descriptor: Int32, _ port: Int) -> Bool {
        var address = loopback(port: port)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// Whether a Redis on the port answers a PING, be it that it wants a password.
    package static func answers(port: Int) -> Bool {
        let descriptor = makeSocket()
        defer { close(descriptor) }
        return isConnected(descriptor, port) && answers(descriptor)
    }

    /// Whether a Redis behind a Unix socket answers a PING, be it that it wants a password.
    package static func answers(unixSocket path: String) -> Bool {
        guard let descriptor = try? connection(toUnixSocket: path) else { return false }
        defer { close(descriptor) }
        return answers(descriptor)
    }

    private static func answers(_ descriptor: Int32) -> Bool {
        guard write(descriptor, "PING\r\n", 6) == 6 else { return false }
        var byte: UInt8 = 0
        var first: UInt8 = 0
        var text: [UInt8] = []
        while text.last != UInt8(ascii: "\n"), read(descriptor, &byte, 1) == 1 {
            if text.isEmpty { first = byte }
            text.append(byte)
        }
        return first == UInt8(ascii: "+") || text.starts(with: "-NOAUTH".utf8)
    }

    private static func startListening(_ descriptor: Int32, _ backlog: Int32) -> Bool {
        #if canImport(Darwin)
            Darwin.listen(descriptor, backlog) == 0
        #elseif canImport(Musl)
            Musl.listen(descriptor, backlog) == 0
        #else
            Glibc.listen(descriptor, backlog) == 0
        #endif
    }

    private static func makeSocket() -> Int32 {
        #if os(Linux)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        return descriptor
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
