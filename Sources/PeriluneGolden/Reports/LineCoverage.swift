/// Which lines of a script its tests came to.
public struct LineCoverage: Sendable, Hashable {
    /// How messages and reports name the script.
    public let path: String
    /// How often each line was come to on which something can run.
    public private(set) var counts: [Int: Int]

    /// - Parameters:
    ///   - path: The script.
    ///   - activeLines: The lines on which something can run, from 1.
    public init(path: String, activeLines: Set<Int>) {
        self.path = path
        counts = Dictionary(uniqueKeysWithValues: activeLines.map { ($0, 0) })
    }

    /// - Parameter counts: How often each line was come to on which something can run.
    package init(path: String, counts: [Int: Int]) {
        self.path = path
        self.counts = counts
    }

    /// Adds what a test came to.
    ///
    /// - Parameter lines: How often each line was come to, the first line first.
    public mutating func add(_ lines: [Int]) {
        for (line, count) in counts where line <= lines.count {
            let (sum, overflow) = count.addingReportingOverflow(lines[line - 1])
            counts[line] = overflow ? .max : sum
        }
    }

    /// Adds what other tests of the script came to.
    public mutating func add(_ other: LineCoverage) {
        for (line, count) in other.counts {
            let (sum, overflow) = counts[line, default: 0].addingReportingOverflow(count)
            counts[line] = overflow ? .max : sum
        }
    }

    /// The lines that no test came to, in order.
    public var missed: [Int] { counts.filter { $0.value == 0 }.keys.sorted() }

    /// How many lines were come to.
    public var hitCount: Int { counts.count { $0.value > 0 } }

    /// How many there are.
    public var lineCount: Int { counts.count }

    /// The share of lines that were come to, in tenths of a percent, rounded down; 1000 for a script of no lines.
    public var permille: Int { lineCount == 0 ? 1000 : hitCount * 1000 / lineCount }

    /// The share in words, and which lines are missing: `88.8 % of 18 lines; not 21, 22`.
    var summary: String {
        var text = "\(permille / 10).\(permille % 10) % of \(counted(lineCount, "line"))"
        if !missed.isEmpty {
            text += "; not \(missed.prefix(20).map(String.init).joined(separator: ", "))"
            if missed.count > 20 { text += ", ..." }
        }
        return text
    }
}

extension LineCoverage {
    /// A tracefile as lcov's `genhtml` and most services for coverage read it.
    public static func lcov(_ scripts: [LineCoverage]) -> String {
        scripts.sorted { $0.path < $1.path }.map { script in
            let lines = script.counts.sorted { $0.key < $1.key }.map { "DA:\($0.key),\($0.value)\n" }
            // A path ends with its line.
            let path = script.path.filter { !$0.isNewline }
            return "TN:\nSF:\(path)\n\(lines.joined())LF:\(script.lineCount)\nLH:\(script.hitCount)\nend_of_record\n"
        }.joined()
    }
}
