import PeriluneCore
import PeriluneTestSupport
import Testing

/// Random commands, right and wrong, on a real server and on the embedded engine.
struct CommandFuzz {
    /// A command as words, and what its reply's order says.
    struct Line {
        var words: [String]
        var order = ReplyOrder.same

        init(_ words: [String?], order: ReplyOrder = .same) {
            self.words = words.compactMap { $0 }
            self.order = order
        }
    }

    var generator: SeededGenerator
    let seed: UInt64

    init(seed: UInt64 = .random(in: 0...UInt64.max)) {
        self.seed = seed
        generator = SeededGenerator(seed: seed)
    }

    /// Runs so many commands at a clock that moves, until the engines disagree.
    ///
    /// - Parameters:
    ///   - distorting: Whether some commands get wrong arguments.
    ///   - setUp: Commands to begin with, again and again.
    mutating func compare(
        _ number: Int, distorting: Bool = true, setUp: [[String]], _ next: (inout CommandFuzz) -> Line
    ) async throws {
        let pair = try EnginePair()
        var recent: [[String]] = []
        do {
            for step in 0..<number {
                if step % 400 == 0 {
                    for words in setUp { _ = try await send(Line(words), to: pair, &recent) }
                }
                if chance(8) { pair.advance(Int64.random(in: 0...400_000, using: &generator)) }
                var line = next(&self)
                if distorting, chance(15) { distort(&line) }
                _ = try await send(line, to: pair, &recent)
            }
        } catch let difference as Difference {
            Issue.record("seed \(seed): \(difference) after \(recent.suffix(12))")
        }
    }

    /// A word too many, one too few, or two in each other's place.
    private mutating func distort(_ line: inout Line) {
        // One that takes everything must not come to take something at random, which the other would not take; a key
        // must not be copied to another database; and scripts are for other tests.
        if ["SPOP", "COPY", "EVAL"].contains(line.words[0]) { return }
        switch below(3) {
        case 0 where line.words.count > 1: line.words.removeLast()
        case 1: line.words.append(pick("x", "1", ""))
        case 2 where line.words.count > 2:
            line.words.swapAt(line.words.count - 1, Int.random(in: 1..<line.words.count, using: &generator))
        default: return
        }
        // What answered everything may now answer something at random.
        if line.words[0].contains("RAND") { line.order = .random }
    }

    private func send(_ line: Line, to pair: EnginePair, _ recent: inout [[String]]) async throws -> RedisReply {
        recent.append(line.words)
        return try await pair.send(
            RedisCommand(line.words[0], line.words.dropFirst().map { .string($0) }), order: line.order)
    }
}

// MARK: - Choices

extension CommandFuzz {
    mutating func pick<Choice>(_ choices: Choice...) -> Choice {
        choices[Int.random(in: 0..<choices.count, using: &generator)]
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

    /// True once in so many times.
    mutating func chance(_ times: Int) -> Bool { below(times) == 0 }

    /// So many words from a source, between two bounds.
    mutating func several(_ range: ClosedRange<Int>, _ source: (inout CommandFuzz) -> String) -> [String] {
        (0..<Int.random(in: range, using: &generator)).map { _ in source(&self) }
    }

    /// An integer argument, often at the edge of what is allowed.
    mutating func integer() -> String {
        pick(
            "0", "1", "2", "3", "-1", "-2", "5", "100", "-100", "x", "", "1.5", "9223372036854775807",
            "-9223372036854775808", "9223372036854775808")
    }

    /// An index into a small collection.
    mutating func index() -> String {
        chance(12) ? integer() : String(below(12) - 6)
    }

    /// A number with a fraction, or none.
    mutating func number() -> String {
        pick(
            "1", "2", "-3", "0", "1.5", "0.1", "3.0", "1e3", "-0", "inf", "-inf", "+inf", "nan", "x", "", " 1", "1 ",
            "1e400", "1e-400", "0x10", "3.14159265358979", "1e17", "123456789012345678", "1e22", "9007199254740993",
            "0.30000000000000004", "5e-324", "1.7976931348623157e308", "0000000000000000000000000000000000000000002")
    }
}
