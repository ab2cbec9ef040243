import PeriluneCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A server that misbehaves exactly as a test says: it runs a closure for each connection, on a thread of its own.
package final class FakeServer: Sendable {
    /// The loopback port.
    package let port: Int
    private let listener: Int32

    /// Starts to listen.
    ///
    /// - Parameter serve: Plays the server. The connection is closed when it returns.
    package init(_ serve: @escaping @Sendable (Peer) -> Void) throws {
        let (listener, port) = try Loopback.listen()
        self.listener = listener
        self.port = port
        DetachedThread.start {
            while true {
                let descriptor = Loopback.acceptConnection(listener)
                guard descriptor >= 0 else { break }
                DetachedThread.start { serve(Peer(descriptor)) }
            }
            close(listener)
        }
    }

    deinit {
        // Ends accept(); the thread closes the descriptor.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// The other end of one connection.
    ///
    /// `@unchecked Sendable` because it belongs to the thread that serves it.
    package final class Peer: @unchecked Sendable {
        private let descriptor: Int32
        private var unread: [UInt8] = []

        init(_ descriptor: Int32) { self.descriptor = descriptor }

        deinit { close(descriptor) }

        /// Waits for a command.
        ///
        /// - Returns: Its words; `nil` when the client has closed the connection.
        package func readCommand() -> [String]? {
            guard let count = readHeader("*") else { return nil }
            var words: [String] = []
            for _ in 0..<count {
                guard let length = readHeader("$"), let bytes = take(length), take(2) != nil else { return nil }
                words.append(String(decoding: bytes, as: UTF8.self))
            }
            return words
        }

        /// Waits for the head of an HTTP request without a body.
        ///
        /// - Returns: Its lines without the line breaks; `nil` when the client has closed the connection.
        package func readRequest() -> [String]? {
            let end = Array("\r\n\r\n".utf8)
            while true {
                if let range = unread.firstRange(of: end) {
                    defer { unread.removeFirst(range.upperBound) }
                    let head = String(decoding: unread[..<range.lowerBound], as: UTF8.self)
                    return head.split(separator: "\r\n").map(String.init)
                }
                guard fill() else { return nil }
            }
        }

        /// Sends text as it is.
        package func write(_ text: String) {
            let bytes = Array(text.utf8)
            #if canImport(Darwin)
                _ = send(descriptor, bytes, bytes.count, 0)
            #else
                _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            #endif
        }

        /// Answers the PING with which a client without a password begins.
        package func shakeHands() {
            if readCommand() != nil { write("+PONG\r\n") }
        }

        /// Reads and ignores everything until the client closes the connection.
        package func ignoreTheRest() {
            while readCommand() != nil {}
        }

        private func readHeader(_ type: Unicode.Scalar) -> Int? {
            while !unread.contains(UInt8(ascii: "\n")) { guard fill() else { return nil } }
            let line = unread.prefix { $0 != UInt8(ascii: "\r") }
            guard line.first == UInt8(ascii: type) else { return nil }
            unread.removeFirst(line.count + 2)
            return Int(String(decoding: line.dropFirst(), as: UTF8.self))
        }

        private func take(_ count: Int) -> [UInt8]? {
            while unread.count < count { guard fill() else { return nil } }
            defer { unread.removeFirst(count) }
            return Array(unread.prefix(count))
        }

        private func fill() -> Bool {
            var space = [UInt8](repeating: 0, count: 65536)
            let count = read(descriptor, &space, space.count)
            guard count > 0 else { return false }
            unread.append(contentsOf: space.prefix(count))
            return true
        }
    }
}

/// Threads that may block, which those of Swift's pool must not.
enum DetachedThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(run)).toOpaque()
        #if canImport(Darwin)
            var thread: pthread_t?
            let result = pthread_create(&thread, nil, { DetachedThread.enter($0) }, body)
            if result == 0, let thread { pthread_detach(thread) }
        #else
            var thread = pthread_t()
            let result = pthread_create(&thread, nil, { $0.map { DetachedThread.enter($0) } ?? nil }, body)
            if result == 0 { pthread_detach(thread) }
        #endif
        if result != 0 { Unmanaged<Body>.fromOpaque(body).release() }
    }

    private static func enter(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
    }
}
