import Foundation
import PeriluneTestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A connection on which a test says and hears one thing after the other. Blocks: see ``converse(port:_:)``.
final class Conversation {
    struct Failure: Error {
        let call: String
        let number: Int32
    }

    private let descriptor: Int32
    private var unread: [UInt8] = []

    init(port: Int) throws {
        descriptor = try Loopback.connection(toPort: port)
    }

    deinit { close(descriptor) }

    /// Sends a text.
    ///
    /// - Returns: `false` when the other end has ended the connection.
    /// - Throws: Also when the other end neither reads nor ends it for a minute.
    @discardableResult func say(_ text: String) throws -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Loopback.transmit(descriptor, $0) }
            guard sent > 0 else {
                guard Self.isTheEnd(errno) else { throw Failure(call: "send", number: errno) }
                return false
            }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    /// Waits for a text.
    ///
    /// - Returns: What came up to its end, or up to the end of the connection.
    func hear(until text: String) throws -> String {
        while true {
            if let end = unread.firstRange(of: Array(text.utf8))?.upperBound {
                defer { unread.removeFirst(end) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            guard try receive() else { return try hearTheRest() }
        }
    }

    /// Waits for the other end to close.
    func hearTheRest() throws -> String {
        while try receive() {}
        defer { unread = [] }
        return String(decoding: unread, as: UTF8.self)
    }

    /// Whether an error says that the other end has closed.
    private static func isTheEnd(_ number: Int32) -> Bool { number == EPIPE || number == ECONNRESET }

    private func receive() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = Loopback.receive(descriptor, into: &buffer)
        guard count >= 0 else {
            guard Self.isTheEnd(errno) else { throw Failure(call: "recv", number: errno) }
            return false
        }
        unread += buffer[..<count]
        return count > 0
    }
}

/// Holds a conversation on a thread of its own: those that Swift's tasks run on are the server's.
func converse<Result: Sendable>(
    port: Int, _ body: @escaping @Sendable (Conversation) throws -> Result
) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(with: Swift.Result { try body(Conversation(port: port)) })
        }
    }
}
