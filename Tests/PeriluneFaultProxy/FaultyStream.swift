import DequeModule
import PeriluneCore
import PeriluneIO
import PeriluneTestSupport

/// The bytes under way in one direction of a connection, and what the faults make of them. Knows no sockets and no clock.
struct FaultyStream {
    /// What is to be done with the bytes.
    enum Next: Equatable {
        /// There are none.
        case nothing
        /// Nothing before this time.
        case wait(until: UInt64)
        /// These can be sent.
        case send(ArraySlice<UInt8>)
        /// All are sent, and the sender has ended.
        case end
        /// The connection is to be reset.
        case reset
    }

    private struct Chunk {
        let arrival: UInt64
        var bytes: ArraySlice<UInt8>
    }

    /// The bytes that can be under way.
    static let capacity = 256 << 10
    private static let mostChunks = 4096

    private(set) var faults: NetworkFaults.Direction
    /// The bytes that still get through before the connection is reset.
    var bytesUntilReset: Int?
    /// Whether bytes were forgotten.
    private(set) var hasSwallowed = false
    /// The bytes that were sent.
    private(set) var sentCount = 0
    private var random: SeededGenerator
    private var chunks = Deque<Chunk>()
    private var byteCount = 0
    private var lastArrival: UInt64 = 0
    private var isEnded = false
    /// What is left of a piece, and when the next one may go.
    private var pieceRest: Int?
    private var nextPiece: UInt64 = 0

    init(_ faults: NetworkFaults.Direction, seed: UInt64) {
        self.faults = faults
        random = SeededGenerator(seed: seed)
    }

    /// The bytes that can be added now.
    var room: Int {
        if isEnded { return 0 }
        return chunks.count < Self.mostChunks ? Self.capacity - byteCount : 0
    }

    /// Has other faults from now on. Bytes that are under way arrive when they would have.
    mutating func change(to faults: NetworkFaults.Direction) {
        self.faults = faults
        pieceRest = nil
        nextPiece = 0
    }

    /// Adds bytes that were sent now.
    mutating func append(_ bytes: UnsafeRawBufferPointer, now: UInt64) {
        if faults.swallows { hasSwallowed = true }
        guard !hasSwallowed, !bytes.isEmpty else { return }
        chunks.append(Chunk(arrival: arrival(now), bytes: Array(bytes)[...]))
        byteCount += bytes.count
    }

    /// The sender has sent its last.
    mutating func end(now: UInt64) {
        isEnded = true
        lastArrival = arrival(now)
    }

    private mutating func arrival(_ now: UInt64) -> UInt64 {
        let jitter = faults.jitter.wholeNanoseconds
        let delay = faults.latency.wholeNanoseconds &+ (jitter == 0 ? 0 : UInt64.random(in: 0...jitter, using: &random))
        lastArrival = max(lastArrival, MonotonicTime.adding(delay, to: now))
        return lastArrival
    }

    /// What is to be done now.
    mutating func next(now: UInt64) -> Next {
        if bytesUntilReset == 0 { return .reset }
        guard let chunk = chunks.first else {
            guard isEnded else { return .nothing }
            return hasSwallowed || lastArrival <= now ? .end : .wait(until: lastArrival)
        }
        guard chunk.arrival <= now else { return .wait(until: chunk.arrival) }
        var count = min(chunk.bytes.count, bytesUntilReset ?? .max)
        if let pieces = faults.pieces {
            guard nextPiece <= now else { return .wait(until: nextPiece) }
            let piece = pieceRest ?? max(1, Int.random(in: pieces, using: &random))
            pieceRest = piece
            count = min(count, piece)
        }
        return .send(chunk.bytes.prefix(count))
    }

    /// So many of the bytes that could be sent were.
    mutating func sent(_ count: Int, now: UInt64) {
        guard let chunk = chunks.first else { return }
        if count < chunk.bytes.count {
            chunks[0].bytes.removeFirst(count)
        } else {
            chunks.removeFirst()
        }
        byteCount -= count
        sentCount += count
        if let rest = bytesUntilReset { bytesUntilReset = max(0, rest - count) }
        guard let piece = pieceRest else { return }
        pieceRest = piece > count ? piece - count : nil
        if pieceRest == nil { nextPiece = MonotonicTime.adding(max(1, faults.pause.wholeNanoseconds), to: now) }
    }
}
