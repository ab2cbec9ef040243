import PeriluneCore
import PeriluneEmbedded
import PeriluneIO
import PeriluneTestSupport

/// A real server and the embedded engine that go through the same steps at the same times, many at once.
package final class Lockstep {
    /// What the two did not agree on.
    package struct Disagreement: CustomStringConvertible {
        /// The step, counted from the first; past the last when the data differs after all of them.
        package let step: Int
        package let description: String
    }

    private let embedded: EmbeddedEngine
    private let embeddedClock: ManualClock
    private let serverClock: SteeredClock
    private let server: RedisServer
    private var connection: ServerConnection
    /// The engine's client, as the connection is the server's.
    private var session = EngineSession()
    private let onlooker = Onlooker()
    /// The replies of the engine to the steps of a batch, one after the other.
    private var replies: [UInt8] = []
    private var ends: [Int] = []

    /// Lets every script run.
    private final class Onlooker: ScriptObserver {
        func scriptRuns(_ engine: ExclusiveEngine, for duration: Duration, hasWritten: Bool) -> Bool { false }
    }

    /// Steps that the server gets at once.
    private static let largestBatch = 128

    /// The time at which data is made anew, in microseconds since 1970.
    package static let beginning: Int64 = 1_700_000_000_123_456

    /// Starts a server.
    package init() throws {
        embeddedClock = ManualClock(microseconds: Self.beginning)
        serverClock = try SteeredClock(microseconds: Self.beginning)
        server = try RedisServer.start(environment: serverClock.environment)
        embedded = EmbeddedEngine(clock: embeddedClock)
        connection = try ServerConnection(path: server.unixSocket)
    }

    /// Begins anew: without data and scripts, at the beginning of time. Starts the server again when it is gone.
    package func reset() throws {
        set(Self.beginning)
        let steps = ["FLUSHALL", "SCRIPT FLUSH"].map {
            FuzzStep(.init($0.split(separator: " ").map { String($0) }))
        }
        do {
            _ = try run(steps[...])
        } catch is ServerGone {
            server.kill()
            try server.resume()
            connection = try ServerConnection(path: server.unixSocket)
            _ = try run(steps[...])
        }
    }

    private func set(_ microseconds: Int64) {
        embeddedClock.set(microseconds: microseconds)
        serverClock.set(microseconds: microseconds)
    }

    /// Goes through steps up to the first whose replies differ.
    package func run(_ steps: ArraySlice<FuzzStep>) throws -> Disagreement? {
        var begin = steps.startIndex
        while begin < steps.endIndex {
            // The clock stands still while the server works.
            if steps[begin].advance > 0 { set(embeddedClock.microseconds + steps[begin].advance) }
            let limit = min(begin + Self.largestBatch, steps.endIndex)
            let end = steps[(begin + 1)..<limit].firstIndex { $0.advance > 0 } ?? limit
            if let found = try runBatch(steps[begin..<end], first: begin - steps.startIndex) { return found }
            begin = end
        }
        return nil
    }

    private func runBatch(_ batch: ArraySlice<FuzzStep>, first: Int) throws -> Disagreement? {
        for step in batch {
            if step.isTransaction { connection.append(["MULTI"]) }
            connection.append(step.line.words)
            if step.isTransaction { connection.append(["EXEC"]) }
        }
        try connection.flush()
        replies.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        for step in batch { performEmbedded(step.line.words) }
        var found: Disagreement?
        var begin = 0
        // All replies are read, so that the connection can be used again.
        for (index, (step, end)) in zip(batch, ends).enumerated() {
            try withNextReply(to: step) { expected in
                try replies.withUnsafeBytes { bytes in
                    let answered = UnsafeRawBufferPointer(rebasing: bytes[begin..<end])
                    if found != nil || expected.elementsEqual(answered) { return }
                    guard let difference = try ReplyDifference(expected, answered, order: step.line.order) else {
                        return
                    }
                    found = Disagreement(
                        step: first + index,
                        description:
                            "\(step)\n  redis-server: \(difference.expected)\n  embedded:     \(difference.answered)")
                }
            }
            begin = end
        }
        return found
    }

    /// Hands out the server's reply to a step. That to a transaction is within another, unless it was not queued.
    private func withNextReply(to step: FuzzStep, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard step.isTransaction else { return try connection.withNextReply(body) }
        var isQueued = false
        try connection.withNextReply { _ in }
        try connection.withNextReply { reply in
            isQueued = reply.first == UInt8(ascii: "+")
            if !isQueued { try body(reply) }
        }
        try connection.withNextReply { reply in
            if isQueued { try body(UnsafeRawBufferPointer(rebasing: reply.dropFirst("*1\r\n".utf8.count))) }
        }
    }

    private func performEmbedded(_ words: [String]) {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        for word in words {
            bytes += word.utf8
            ends.append(bytes.count)
        }
        bytes.append(0)  // so that there is an address when all words are empty
        bytes.withUnsafeBytes { bytes in
            let argument = { (index: Int) in
                UnsafeRawBufferPointer(rebasing: bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
            }
            embedded.exclusively(observer: onlooker) { engine in
                engine.perform(count: words.count, argument: argument, session: &session) { replies += $0 }
            }
        }
        self.ends.append(replies.count)
    }

    /// Compares all keys: their types, values and times to live, and the encodings of collections.
    package func compareData() throws -> Disagreement? {
        let names = dataKeys()
        var steps = [FuzzStep(.init(["KEYS", "*"], order: .any))]
        for (name, type) in names {
            steps.append(FuzzStep(.init(["PTTL", name])))
            // A string's says how it came about, which the embedded engine does not keep.
            if type != "string" { steps.append(FuzzStep(.init(["OBJECT", "ENCODING", name]))) }
            let value: CommandFuzz.Line =
                switch type {
                case "hash": .init(["HGETALL", name], order: .anyOfPairs)
                case "list": .init(["LRANGE", name, "0", "-1"])
                case "set": .init(["SMEMBERS", name], order: .any)
                case "zset": .init(["ZRANGE", name, "0", "-1", "WITHSCORES"])
                case "stream": .init(["XINFO", "STREAM", name, "FULL", "COUNT", "0"])
                default: .init(["GET", name])
                }
            steps.append(FuzzStep(value))
        }
        return try run(steps[...])
    }

    /// The keys of the embedded engine with their types.
    private func dataKeys() -> [(name: String, type: String)] {
        func reply(_ words: [String]) -> RedisReply? {
            replies.removeAll(keepingCapacity: true)
            performEmbedded(words)
            return replies.withUnsafeBytes { try? ReplyDifference.decode($0) }
        }
        let names = reply(["KEYS", "*"])?.array?.compactMap(\.string) ?? []
        return names.map { ($0, reply(["TYPE", $0])?.string ?? "") }
    }
}
