import Foundation

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
