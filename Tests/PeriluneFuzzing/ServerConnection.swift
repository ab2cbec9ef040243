import PeriluneCore
import PeriluneIO
import PeriluneTestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A connection to a redis-server that sends many commands at once and hands out their replies as bytes.
final class ServerConnection {
    private let descriptor: Int32
    private let requests = ByteBuffer()
    private let replies = ByteBuffer()

    /// Connects to a Unix socket.
    init(path: String) throws {
        descriptor = try Loopback.connection(toUnixSocket: path)
    }

    deinit {
        close(descriptor)
    }

    /// Puts a command into the next batch.
    func append(_ words: [String]) {
        RESPEncoder.append(RedisCommand(words[0], words.dropFirst().map { .string($0) }), to: requests)
    }

    /// Sends the batch. A server reads on however many replies wait, so that this cannot block for ever.
    func flush() throws {
        while !requests.isEmpty {
            let count = write(descriptor, requests.bytes.baseAddress, requests.bytes.count)
            guard count > 0 else { throw ServerGone() }
            requests.consume(count)
        }
    }

    /// Waits for the next reply. Its bytes are valid for the length of the call.
    func withNextReply<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        while true {
            if let end = RESPFrame.end(of: replies.bytes) {
                defer { replies.consume(end) }
                return try body(UnsafeRawBufferPointer(rebasing: replies.bytes[..<end]))
            }
            let space = replies.space(for: 1 << 16)
            let count = read(descriptor, space.baseAddress, space.count)
            guard count > 0 else { throw ServerGone() }
            replies.commit(count)
        }
    }
}

/// The server has closed the connection: it has ended, or crashed.
package struct ServerGone: Error, CustomStringConvertible {
    package var description: String { "redis-server has closed the connection" }
}

/// Where replies in RESP2 end.
enum RESPFrame {
    /// The length of the reply that bytes begin with; `nil` while it is not complete.
    static func end(of bytes: UnsafeRawBufferPointer) -> Int? {
        var position = 0
        var open = 1
        while open > 0 {
            guard position < bytes.count,
                let lineEnd = bytes[position...].firstIndex(of: UInt8(ascii: "\n"))
            else { return nil }
            open -= 1
            let type = bytes[position]
            let digits = bytes[(position + 1)..<(lineEnd - 1)]
            position = lineEnd + 1
            guard type == UInt8(ascii: "$") || type == UInt8(ascii: "*"), digits.first != UInt8(ascii: "-") else {
                continue
            }
            let number = digits.reduce(0) { $0 * 10 + Int($1 & 0x0F) }
            if type == UInt8(ascii: "$") { position += number + 2 } else { open += number }
        }
        return position <= bytes.count ? position : nil
    }
}
