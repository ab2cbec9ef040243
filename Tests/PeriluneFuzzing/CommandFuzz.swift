package import PeriluneCore
import PeriluneTestSupport

/// Random commands, right and wrong, for a real server and for the embedded engine.
package struct CommandFuzz {
    /// A command as words, and what its reply's order says.
    package struct Line {
        package var words: [String]
        package var order = ReplyOrder.same

        package init(_ words: [String?], order: ReplyOrder = .same) {
            self.words = words.compactMap { $0 }
            self.order = order
        }
    }

    package var generator: SeededGenerator
    package let seed: UInt64

    package init(seed: UInt64 = .random(in: 0...UInt64.max)) {
        self.seed = seed
        generator = SeededGenerator(seed: seed)
    }

    /// A word too many, one too few, or two in each other's place.
    package mutating func distort(_ line: inout Line) {
        // One that takes everything must not come to take something at random, which the other would not take; and a
        // key must not be copied to another database; nor must what is sorted by bytes be sorted by
        // numbers; nor must distances come to stand where places are looked for; and scripts are for other tests.
        if ["SPOP", "COPY", "EVAL", "SORT", "SORT_RO"].contains(line.words[0]) { return }
        if line.words.contains("STOREDIST") { return }
        switch below(3) {
        case 0 where line.words.count > 1: line.words.removeLast()
        case 1: line.words.append(pick("x", "1", ""))
        // An amount in the place of an offset would make a string of half a gigabyte and more.
        case 2 where line.words.count > 2 && !line.words[0].hasPrefix("BITFIELD"):
            line.words.swapAt(line.words.count - 1, Int.random(in: 1..<line.words.count, using: &generator))
        default: return
        }
        // What answered everything may now answer something at random.
        if line.words[0].contains("RAND") { line.order = .random }
    }
}

// MARK: - Choices

extension CommandFuzz {
    package mutating func pick<Choice>(_ choices: Choice...) -> Choice {
        choices[Int.random(in: 0..<choices.count, using: &generator)]
    }

    package mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

    /// True once in so many times.
    package mutating func chance(_ times: Int) -> Bool { below(times) == 0 }

    /// So many words from a source, between two bounds.
    package mutating func several(_ range: ClosedRange<Int>, _ source: (inout CommandFuzz) -> String) -> [String] {
        (0..<Int.random(in: range, using: &generator)).map { _ in source(&self) }
    }

    /// An integer argument, often at the edge of what is allowed.
    package mutating func integer() -> String {
        pick(
            "0", "1", "2", "3", "-1", "-2", "5", "100", "-100", "x", "", "1.5", "9223372036854775807",
            "-9223372036854775808", "9223372036854775808")
    }

    /// An index into a small collection.
    package mutating func index() -> String {
        chance(12) ? integer() : String(below(12) - 6)
    }

    /// A number with a fraction, or none.
    package mutating func number() -> String {
        pick(
            "1", "2", "-3", "0", "1.5", "0.1", "3.0", "1e3", "-0", "inf", "-inf", "+inf", "nan", "x", "", " 1", "1 ",
            "1e400", "1e-400", "0x10", "3.14159265358979", "1e17", "123456789012345678", "1e22", "9007199254740993",
            "0.30000000000000004", "5e-324", "1.7976931348623157e308", "0000000000000000000000000000000000000000002")
    }
}
