import PeriluneCore
import PeriluneEmbedded
import PeriluneIO

/// What comes for a client by itself: messages of its channels, and the reply to a command that has waited. Filled by
/// any thread, emptied by the loop's.
///
/// `@unchecked Sendable` because `contents` is locked, and `connection` is touched by the loop's thread alone.
final class PortMailbox: EventHandler, LateReplyReceiver, @unchecked Sendable {
    private struct Contents {
        var bytes: [UInt8] = []
        var hasReply = false
        var isFull = false
        /// The version of RESP that the client has chosen.
        var protocolVersion = 2
    }

    /// Bytes that wait for a client that does not read. A server closes the connections of subscribers at as many.
    private static let capacity = 32 << 20

    private let contents = Locked(Contents())
    private let loop: EventLoop
    /// Who is told that there is something.
    weak var connection: PortConnection?

    init(_ loop: EventLoop) {
        self.loop = loop
    }

    /// Puts in a message given by its words.
    func put(message words: [[UInt8]]) {
        let message = ByteBuffer()
        let reply = PortReply(output: message, version: contents.withLock { $0.protocolVersion })
        reply.push(words.count)
        for word in words { reply.bulk(word) }
        put(Array(message.bytes), isReply: false)
    }

    /// Puts in the reply that the client waits for.
    func receive(lateReply: [UInt8]) {
        put(lateReply, isReply: true)
    }

    /// Messages are written in another version of RESP from now on.
    func use(protocolVersion: Int) {
        contents.withLock { $0.protocolVersion = protocolVersion }
    }

    private func put(_ bytes: [UInt8], isReply: Bool) {
        contents.withLock { contents in
            if contents.bytes.count + bytes.count > Self.capacity, !isReply {
                contents.isFull = true
                contents.bytes = []
            }
            if !contents.isFull { contents.bytes += bytes }
            if isReply { contents.hasReply = true }
        }
        loop.notify(self)
    }

    /// Whether more came than may wait.
    var isFull: Bool {
        contents.withLock { $0.isFull }
    }

    var hasMail: Bool {
        contents.withLock { $0.isFull || $0.hasReply || !$0.bytes.isEmpty }
    }

    /// Takes what is in it.
    ///
    /// - Returns: The bytes, `nil` when there were too many of them; and whether the reply is among them.
    func take() -> (bytes: [UInt8]?, hasReply: Bool) {
        contents.withLock { contents in
            let taken = contents
            contents.bytes = []
            contents.hasReply = false
            return (taken.isFull ? nil : taken.bytes, taken.hasReply)
        }
    }

    func handle(_ readiness: Readiness) {}

    func attend() {
        connection?.collect()
    }
}
