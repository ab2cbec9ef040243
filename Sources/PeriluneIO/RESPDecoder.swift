import CHiredis
package import PeriluneCore

/// Turns the bytes a server sends into replies, however they were cut on the way.
///
/// Integers, strings and statuses that are the whole reply are decoded in place; everything else, and whatever looks
/// unusual, goes through hiredis' reply reader, the judge of what RESP2 is. Any violation is final: what comes after it
/// cannot be told apart from garbage, so the connection must be closed.
package final class RESPDecoder {
    /// How much of a server's reply is taken.
    package struct Limits: Sendable, Hashable {
        /// The bytes of one reply on the wire. Redis' own `proto-max-bulk-len` is 512 MiB.
        package var replyBytes = 512 << 20
        /// The elements of one array.
        package var arrayElements = 1 << 20
        /// The elements of all arrays of one reply together: what is 4 bytes on the wire takes about 50 in memory.
        package var replyNodes = 1 << 22
        /// The bytes of a status, an error or a number.
        package var lineBytes = 1 << 16

        package init() {}
    }

    /// What one attempt to decode in place came to.
    enum Attempt {
        case reply(RedisReply)
        case incomplete
        case unusual
        case violation(String)
    }

    /// Fed to hiredis at a time: it moves what is left to the front after every kilobyte it has consumed.
    private static let slice = 1 << 14

    let limits: Limits
    let input = ByteBuffer()
    private let usesFastPath: Bool
    private let tape: ReplyTape
    private let callbacks: UnsafeMutablePointer<redisReplyObjectFunctions>
    private var reader: UnsafeMutablePointer<redisReader>?
    // Whether hiredis holds the beginning of a reply. Then the rest of it goes there too.
    private var isInReader = false
    private var replyBytes = 0
    private var bytesThroughReader = 0
    private var failure: EngineError?

    /// Creates a decoder.
    ///
    /// - Parameter usesFastPath: Tests turn it off, to leave everything to hiredis and compare the two.
    package init(limits: Limits = Limits(), usesFastPath: Bool = true) {
        self.limits = limits
        self.usesFastPath = usesFastPath
        tape = ReplyTape(limits: limits)
        callbacks = .allocate(capacity: 1)
        callbacks.initialize(to: ReplyTape.makeCallbacks())
    }

    deinit {
        if let reader { redisReaderFree(reader) }
        callbacks.deallocate()
    }

    /// Memory to receive into; then ``received(_:)``.
    package func space() -> UnsafeMutableRawBufferPointer {
        input.space(for: 1 << 16)
    }

    /// Takes over so many bytes that were written into ``space()``.
    package func received(_ count: Int) {
        input.commit(count)
    }

    /// Takes over a copy of some bytes.
    package func receive(_ bytes: some Collection<UInt8>) {
        Array(bytes).withUnsafeBytes { input.append($0) }
    }

    /// The next reply that is complete.
    ///
    /// - Returns: `nil` when more bytes are needed.
    /// - Throws: ``EngineError/Code/protocolViolation``, and from then on always.
    package func next() throws(EngineError) -> RedisReply? {
        if let failure { throw failure }
        if !isInReader, usesFastPath {
            switch decodeInPlace() {
            case .reply(let reply): return reply
            case .incomplete: return nil
            case .unusual: break
            case .violation(let reason): throw fail(reason)
            }
        }
        return try nextFromReader()
    }

    private func nextFromReader() throws(EngineError) -> RedisReply? {
        guard let reader = try openReader() else { return nil }
        while true {
            var object: UnsafeMutableRawPointer?
            if reader.pointee.len > reader.pointee.pos {
                guard redisReaderGetReply(reader, &object) == REDIS_OK else {
                    throw fail(tape.refusal ?? Self.message(of: reader))
                }
            }
            if object != nil {
                guard let reply = tape.takeReply() else { throw fail("a reply that is not RESP2") }
                replyBytes = reader.pointee.len - reader.pointee.pos
                closeReaderIfDrained()
                return reply
            }
            try checkUnfinished(reader)
            guard !input.isEmpty else {
                closeReaderIfDrained()
                return nil
            }
            let slice = UnsafeRawBufferPointer(rebasing: input.bytes.prefix(Self.slice))
            guard redisReaderFeed(reader, slice.baseAddress, slice.count) == REDIS_OK else {
                throw fail(Self.message(of: reader))
            }
            replyBytes += slice.count
            bytesThroughReader += slice.count
            isInReader = true
            input.consume(slice.count)
        }
    }

    /// The reader is made when the first reply needs it.
    private func openReader() throws(EngineError) -> UnsafeMutablePointer<redisReader>? {
        if let reader { return reader }
        guard !input.isEmpty else { return nil }
        guard let reader = redisReaderCreateWithFunctions(callbacks) else { throw fail("out of memory") }
        // Otherwise it frees and allocates its buffer anew whenever it is empty and has been larger than 16 KiB.
        reader.pointee.maxbuf = 0
        reader.pointee.privdata = Unmanaged.passUnretained(tape).toOpaque()
        self.reader = reader
        return reader
    }

    private func closeReaderIfDrained() {
        guard let reader, reader.pointee.len == reader.pointee.pos, reader.pointee.ridx == -1 else { return }
        isInReader = false
        replyBytes = 0
        guard bytesThroughReader > ByteBuffer.idleCapacity else { return }
        // It keeps the memory that its largest reply took, so a new one takes its place from time to time.
        redisReaderFree(reader)
        self.reader = nil
        bytesThroughReader = 0
    }

    /// A reply that is not complete: refuses one that could only grow beyond the limits.
    private func checkUnfinished(_ reader: UnsafeMutablePointer<redisReader>) throws(EngineError) {
        guard replyBytes <= limits.replyBytes else { throw fail("a reply of more than \(limits.replyBytes) bytes") }
        let count = reader.pointee.len - reader.pointee.pos
        guard count > 0, let buffer = reader.pointee.buf else { return }
        let rest = UnsafeRawBufferPointer(start: buffer + reader.pointee.pos, count: count)
        // The reader is behind the type byte. A line that is complete and still here is the length of a string, for all
        // of which hiredis waits, however long it says it is.
        switch bulkHeader(rest, from: 0) {
        case .length: break
        case .violation(let reason): throw fail(reason)
        case .null, .incomplete, .unusual:
            if count > limits.lineBytes { throw fail("a line of more than \(limits.lineBytes) bytes") }
        }
    }

    private static func message(of reader: UnsafeMutablePointer<redisReader>) -> String {
        withUnsafeBytes(of: &reader.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private func fail(_ reason: String) -> EngineError {
        let error = EngineError(.protocolViolation, "the server sent what is no reply: \(reason)", mayHaveRun: true)
        failure = error
        return error
    }
}
