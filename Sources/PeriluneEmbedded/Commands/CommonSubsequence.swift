/// The longest sequence of bytes that two strings have in common, in order but not in a row.
struct CommonSubsequence {
    /// A run of the sequence, and where it stands in each string.
    struct Match {
        var first: ClosedRange<Int>
        var second: ClosedRange<Int>
    }

    private let first: [UInt8]
    private let second: [UInt8]
    /// Of each beginning of the first string with each of the second, how long the sequence is.
    private let lengths: [UInt32]

    /// The bytes that the table may have: `proto-max-bulk-len`.
    private static let largestTable = 512 << 20

    /// O(n × m).
    init(_ first: [UInt8], _ second: [UInt8]) throws(CommandError) {
        (self.first, self.second) = (first, second)
        let width = second.count + 1
        // Neither is longer than 2^29.
        let size = (first.count + 1) * width
        guard size * MemoryLayout<UInt32>.size <= Self.largestTable else {
            throw CommandError("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
        }
        lengths = [UInt32](unsafeUninitializedCapacity: size) { lengths, count in
            lengths.initialize(repeating: 0)
            for row in first.indices {
                for column in second.indices {
                    let position = (row + 1) * width + column + 1
                    lengths[position] =
                        first[row] == second[column]
                        ? lengths[position - width - 1] + 1
                        : max(lengths[position - width], lengths[position - 1])
                }
            }
            count = size
        }
    }

    private func length(_ row: Int, _ column: Int) -> UInt32 { lengths[row * (second.count + 1) + column] }

    /// How many bytes the sequence has.
    var length: Int { Int(length(first.count, second.count)) }

    /// The runs that the sequence is made of, the last first. O(n + m).
    var matches: [Match] {
        var matches: [Match] = []
        var (row, column) = (first.count, second.count)
        var isInMatch = false
        while row > 0, column > 0 {
            if first[row - 1] == second[column - 1] {
                row -= 1
                column -= 1
                if isInMatch, let last = matches.popLast() {
                    matches.append(
                        Match(first: row...last.first.upperBound, second: column...last.second.upperBound))
                } else {
                    matches.append(Match(first: row...row, second: column...column))
                }
                isInMatch = true
            } else {
                if length(row - 1, column) > length(row, column - 1) { row -= 1 } else { column -= 1 }
                isInMatch = false
            }
        }
        return matches
    }

    /// The sequence.
    var bytes: [UInt8] { matches.reversed().flatMap { first[$0.first] } }
}

extension Command {
    /// `LCS key key [LEN] [IDX] [MINMATCHLEN length] [WITHMATCHLEN]`
    static func findCommonSubsequence(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        var strings: [[UInt8]] = []
        for index in 1...2 {
            do throws(CommandError) {
                strings.append(try keyspace.string(for: arguments[index])?.bytes ?? [])
            } catch {
                throw CommandError("ERR The specified keys must contain string values")
            }
        }
        var (wantsLength, wantsMatches, withLength, shortest) = (false, false, false, 0)
        var index = 3
        while index < arguments.count {
            let option = arguments[index]
            if option.isWord("idx") {
                wantsMatches = true
            } else if option.isWord("len") {
                wantsLength = true
            } else if option.isWord("withmatchlen") {
                withLength = true
            } else if option.isWord("minmatchlen"), index + 1 < arguments.count {
                shortest = try arguments.integer(index + 1)
                index += 1
            } else {
                throw .syntax
            }
            index += 1
        }
        if wantsMatches, wantsLength {
            throw CommandError("ERR If you want both the length and indexes, please just use IDX.")
        }
        let sequence = try CommonSubsequence(strings[0], strings[1])
        if wantsLength { return .integer(sequence.length) }
        guard wantsMatches else { return .bulk(sequence.bytes) }
        let matches = sequence.matches.filter { $0.first.count >= shortest }.map { match in
            let positions = [match.first, match.second].map { range in
                CommandReply.array([.integer(range.lowerBound), .integer(range.upperBound)])
            }
            return CommandReply.array(positions + (withLength ? [.integer(match.first.count)] : []))
        }
        return .typed(
            .map, [.bulk(Array("matches".utf8)), .array(matches), .bulk(Array("len".utf8)), .integer(sequence.length)])
    }
}
