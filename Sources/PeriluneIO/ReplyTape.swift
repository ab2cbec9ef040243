import CHiredis
import PeriluneCore

/// What hiredis' reader found in a reply, in the order it found it.
///
/// The reader would like to build a tree and calls back for every node. Writing the nodes down flat and building the
/// tree once the reply is complete needs no memory per node, and none at all before the elements have really come: the
/// `*1000000` of a hostile server costs nothing.
final class ReplyTape {
    private enum Entry {
        case leaf(RedisReply)
        case array(Int)
    }

    private let limits: RESPDecoder.Limits
    private var entries: [Entry] = []
    /// Why a node was refused. The reader itself only knows "out of memory".
    private(set) var refusal: String?

    init(limits: RESPDecoder.Limits) {
        self.limits = limits
    }

    /// The functions by which the reader calls back. Its private data must be an unretained reference to a tape.
    static func makeCallbacks() -> redisReplyObjectFunctions {
        var callbacks = redisReplyObjectFunctions()
        callbacks.createString = { task, bytes, count in
            guard let task, let bytes, let tape = ReplyTape.of(task) else { return nil }
            return tape.addString(type: task.pointee.type, UnsafeRawBufferPointer(start: bytes, count: Int(count) + 2))
                ? task.pointee.privdata : nil
        }
        callbacks.createArray = { task, count in
            guard let task, let tape = ReplyTape.of(task) else { return nil }
            return tape.addArray(count: Int(count)) ? task.pointee.privdata : nil
        }
        callbacks.createInteger = { task, value in
            guard let task, let tape = ReplyTape.of(task) else { return nil }
            return tape.add(.leaf(.integer(Int(value)))) ? task.pointee.privdata : nil
        }
        callbacks.createNil = { task in
            guard let task, let tape = ReplyTape.of(task) else { return nil }
            return tape.add(.leaf(.null)) ? task.pointee.privdata : nil
        }
        // Every "object" is the tape itself, which the reader does not own.
        callbacks.freeObject = { _ in }
        return callbacks
    }

    private static func of(_ task: UnsafePointer<redisReadTask>) -> ReplyTape? {
        guard let data = task.pointee.privdata else { return nil }
        return Unmanaged<ReplyTape>.fromOpaque(data).takeUnretainedValue()
    }

    // MARK: Writing

    /// - Parameter bytes: The string and the line end after it, which the reader has not looked at.
    private func addString(type: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let text = UnsafeRawBufferPointer(rebasing: bytes.dropLast(2))
        guard bytes[bytes.count - 2] == UInt8(ascii: "\r"), bytes[bytes.count - 1] == UInt8(ascii: "\n") else {
            return refuse("a string does not end where its length says")
        }
        switch type {
        case REDIS_REPLY_STATUS: return add(.leaf(.status(String(decoding: text, as: UTF8.self))))
        case REDIS_REPLY_ERROR: return add(.leaf(.error(RedisError(String(decoding: text, as: UTF8.self)))))
        default: return add(.leaf(.bulk(Array(text))))
        }
    }

    private func addArray(count: Int) -> Bool {
        guard count <= limits.arrayElements else {
            return refuse("an array of \(count) elements, more than \(limits.arrayElements)")
        }
        return add(.array(count))
    }

    private func add(_ entry: Entry) -> Bool {
        guard entries.count < limits.replyNodes else {
            return refuse("a reply of more than \(limits.replyNodes) elements")
        }
        entries.append(entry)
        return true
    }

    private func refuse(_ reason: String) -> Bool {
        refusal = reason
        return false
    }

    // MARK: Reading

    /// Builds the reply that is complete, and clears the tape.
    ///
    /// - Returns: `nil` when the tape does not hold exactly one reply, which no RESP2 server can bring about.
    func takeReply() -> RedisReply? {
        defer { entries.removeAll(keepingCapacity: entries.count < 4096) }
        var position = 0
        let reply = build(&position)
        return position == entries.count ? reply : nil
    }

    /// Recursion is bounded: the reader refuses deep nesting.
    private func build(_ position: inout Int) -> RedisReply? {
        guard position < entries.count else { return nil }
        let entry = entries[position]
        position += 1
        switch entry {
        case .leaf(let reply): return reply
        case .array(let count):
            guard count <= entries.count - position else { return nil }
            var elements: [RedisReply] = []
            elements.reserveCapacity(count)
            for _ in 0..<count {
                guard let element = build(&position) else { return nil }
                elements.append(element)
            }
            return .array(elements)
        }
    }
}
