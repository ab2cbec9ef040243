import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Several clients of one server, who say what a script tells them to, and what they hear, byte for byte.
///
/// A line of a script begins with a client's number. `1> GET k` sends words, in which `\n` stands for a line break that
/// begins another request; `1<` waits for a reply, `1<2` for two of them, `1!` closes the connection. `1~ -BUSY PING`
/// sends `PING` until the reply begins with `-BUSY`; `1=2` asks until two clients wait for a reply. The numbers of connections are left out.
package enum RESPConversation {
    /// Holds a conversation, on a thread of its own: those of Swift's tasks are the servers'.
    ///
    /// - Returns: What was said and heard.
    package static func hold(_ script: String, unixSocket: String) async throws -> [String] {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try run(script, unixSocket) })
            }
        }
    }

    private static func run(_ script: String, _ path: String) throws -> [String] {
        var clients: [Character: RESPSocket] = [:]
        var transcript: [String] = []
        for line in script.split(separator: "\n") {
            guard let name = line.first else { continue }
            let client = try clients[name] ?? RESPSocket(unixSocket: path)
            clients[name] = client
            let rest = line.dropFirst()
            if rest.first == ">" {
                transcript.append(String(line))
                try client.send(rest.dropFirst().replacing("\\n", with: "\r\n") + "\r\n")
            } else if rest.first == "<" {
                for _ in 0..<(Int(rest.dropFirst()) ?? 1) {
                    transcript.append("\(name)< " + withoutNumber(try client.readReply()))
                }
            } else if rest.first == "~" {
                let words = rest.dropFirst(2).split(separator: " ", maxSplits: 1)
                guard words.count == 2 else { continue }
                var reply = ""
                let end = ContinuousClock.now + .seconds(120)
                while !reply.hasPrefix(words[0]) {
                    if ContinuousClock.now > end { throw HTTPClient.Failure.malformed("\(line): \(reply)") }
                    try client.send(words[1] + "\r\n")
                    reply = try client.readReply()
                }
                transcript.append("\(name)~ " + reply)
            } else if rest.first == "=" {
                var reply = ""
                let end = ContinuousClock.now + .seconds(120)
                while !reply.contains("blocked_clients:\(rest.dropFirst()) ") {
                    if ContinuousClock.now > end { throw HTTPClient.Failure.malformed("\(line): \(reply)") }
                    try client.send("INFO clients\r\n")
                    reply = try client.readReply()
                }
            } else {
                clients[name] = nil
            }
        }
        return transcript
    }
}

/// A reply of `HELLO` without the connection's number.
private func withoutNumber(_ reply: String) -> String {
    guard let start = reply.firstRange(of: "$2 id :")?.upperBound else { return reply }
    return String(reply[..<start] + reply[start...].drop { $0.isNumber })
}

/// A connection that reads whole replies, in whatever version of RESP.
private final class RESPSocket {
    private let descriptor: Int32
    private var input: [UInt8] = []

    init(unixSocket path: String) throws {
        descriptor = try Loopback.connection(toUnixSocket: path)
        Loopback.limitWaiting(descriptor)
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { writeBytes(descriptor, $0) }
            guard sent > 0 else { throw HTTPClient.Failure.system("send", errno) }
            rest = rest.dropFirst(sent)
        }
    }

    /// The bytes of the next reply, with `\r\n` as spaces.
    func readReply() throws -> String {
        while true {
            if let end = Self.end(of: input, from: 0) {
                defer { input.removeFirst(end) }
                return String(decoding: input[..<end], as: UTF8.self).replacing("\r\n", with: " ")
            }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &buffer, buffer.count, 0)
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

private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
}
