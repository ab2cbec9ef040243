import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A connection that reads whole replies, in whatever version of RESP.
package final class RESPSocket {
    private let descriptor: Int32
    private var input: [UInt8] = []

    package init(unixSocket path: String) throws {
        descriptor = try Loopback.connection(toUnixSocket: path)
        Loopback.limitWaiting(descriptor)
    }

    package init(port: Int) throws {
        descriptor = try Loopback.connection(toPort: port)
    }

    deinit {
        close(descriptor)
    }

    package func send(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Loopback.transmit(descriptor, $0) }
            guard sent > 0 else { throw HTTPClient.Failure.system("send", errno) }
            rest = rest.dropFirst(sent)
        }
    }

    /// Sends the words of a command, which have no spaces in them, and waits for the reply.
    package func ask(_ words: String...) throws -> String {
        try send(words.joined(separator: " ") + "\r\n")
        return try readReply()
    }

    /// The bytes of the next reply, with `\r\n` as spaces.
    package func readReply() throws -> String {
        while true {
            if let end = Self.end(of: input, from: 0) {
                defer { input.removeFirst(end) }
                return String(decoding: input[..<end], as: UTF8.self).replacing("\r\n", with: " ")
            }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = Loopback.receive(descriptor, into: &buffer)
            guard count >= 0 else { throw HTTPClient.Failure.system("recv", errno) }
            if count == 0 { return "(closed) " + String(decoding: input, as: UTF8.self) }
            input += buffer[..<count]
        }
    }

    /// Where the reply ends that begins at a place; `nil` when it is not all there.
    private static func end(of bytes: [UInt8], from start: Int) -> Int? {
        guard start < bytes.count, let lineEnd = bytes[start...].firstRange(of: Array("\r\n".utf8))?.upperBound else {
            return nil
        }
        let number = Int(String(decoding: bytes[(start + 1)..<(lineEnd - 2)], as: UTF8.self)) ?? 0
        switch Character(Unicode.Scalar(bytes[start])) {
        case "$", "=", "!":
            if number < 0 { return lineEnd }
            return lineEnd + number + 2 <= bytes.count ? lineEnd + number + 2 : nil
        case "*", "~", ">", "%":
            var end = lineEnd
            for _ in 0..<max(bytes[start] == UInt8(ascii: "%") ? number * 2 : number, 0) {
                guard let next = self.end(of: bytes, from: end) else { return nil }
                end = next
            }
            return end
        default: return lineEnd
        }
    }
}
