import PeriluneLua

/// Writes what fixes change, from their places: no search for what is alike.
///
/// Lines are those of `patch`, which end with LF alone.
struct UnifiedDiff {
    /// Lines that are replaced, from 0, and by what.
    private struct Change {
        let lines: Range<Int>
        let replacement: [ArraySlice<UInt8>]
    }

    /// How many lines around a change are shown.
    private static let context = 3
    private static let lineFeed = UInt8(ascii: "\n")

    private let path: String
    private let before: [ArraySlice<UInt8>]
    private var changes: [Change] = []

    init(_ script: FixedScript) {
        path = script.source.path
        before = Self.lines(script.source.bytes[...])
        // Where each line begins, and where the last one ends.
        let starts = before.map(\.startIndex) + [script.source.bytes.count]
        var shift = 0
        for span in Self.spans(script.fixes.flatMap(\.edits), starts) {
            let start = starts[span.lines.lowerBound] + shift
            shift += span.growth
            let end = starts[span.lines.upperBound] + shift
            changes.append(Change(lines: span.lines, replacement: Self.lines(script.bytes[start..<max(start, end)])))
        }
    }

    /// The lines that edits touch, those that touch the same ones together, and how many bytes they add.
    ///
    /// - Parameter starts: Where each line begins, and the end.
    private static func spans(_ edits: [Fix.Edit], _ starts: [Int]) -> [(lines: Range<Int>, growth: Int)] {
        let count = starts.count - 1
        // The line of a place; that behind the last line break is none of its own, what is put there follows the last.
        func line(_ offset: Int) -> Int {
            min(max(0, starts.partitionPoint { $0 > offset } - 1), max(0, count - 1))
        }
        var spans: [(lines: Range<Int>, growth: Int)] = []
        for edit in edits.sorted(by: { $0.range.start < $1.range.start }) {
            let (start, end) = (edit.range.start.offset, edit.range.end.offset)
            let first = line(start)
            // Whole lines in the place of whole lines leave the next one alone.
            let isWhole =
                end > start && starts[first] == start && starts[line(end)] == end
                && (edit.replacement.isEmpty || edit.replacement.last == lineFeed)
            let last = min(max(isWhole ? line(end) : line(end) + 1, first + 1), count)
            let growth = edit.replacement.count - edit.range.count
            if let previous = spans.last, first < previous.lines.upperBound {
                let upper = max(previous.lines.upperBound, last)
                spans[spans.count - 1] = (previous.lines.lowerBound..<upper, previous.growth + growth)
            } else {
                spans.append((first..<max(first, last), growth))
            }
        }
        return spans
    }

    /// Lines with what ends them.
    private static func lines(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = bytes
        while !rest.isEmpty {
            let end = rest.firstIndex(of: lineFeed).map { $0 + 1 } ?? rest.endIndex
            lines.append(rest[..<end])
            rest = rest[end...]
        }
        return lines
    }

    var bytes: [UInt8] {
        // A tab ends a name that has blanks.
        let name = PlainText.line(path) + (path.contains(" ") ? "\t" : "")
        var bytes = Array("--- \(name)\n+++ \(name)\n".utf8)
        var shift = 0
        var rest = changes[...]
        while let first = rest.popFirst() {
            // Changes whose surroundings touch are shown as one.
            var hunk = [first]
            while let next = rest.first, let last = hunk.last,
                next.lines.lowerBound - last.lines.upperBound <= 2 * Self.context
            {
                hunk.append(next)
                rest.removeFirst()
            }
            add(hunk, to: &bytes, &shift)
        }
        return bytes
    }

    private func add(_ changes: [Change], to bytes: inout [UInt8], _ shift: inout Int) {
        guard let first = changes.first, let last = changes.last else { return }
        let start = max(0, first.lines.lowerBound - Self.context)
        let end = min(before.count, last.lines.upperBound + Self.context)
        let growth = changes.reduce(0) { $0 + $1.replacement.count - $1.lines.count }
        let (old, new) = (Self.span(start, end - start), Self.span(start + shift, end - start + growth))
        bytes += Array("@@ -\(old) +\(new) @@\n".utf8)
        var position = start
        for change in changes {
            for line in before[position..<change.lines.lowerBound] { Self.add(" ", line, to: &bytes) }
            for line in before[change.lines] { Self.add("-", line, to: &bytes) }
            for line in change.replacement { Self.add("+", line, to: &bytes) }
            position = change.lines.upperBound
        }
        for line in before[position..<end] { Self.add(" ", line, to: &bytes) }
        shift += growth
    }

    private static func span(_ start: Int, _ count: Int) -> String { "\(count == 0 ? start : start + 1),\(count)" }

    private static func add(_ mark: String, _ line: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
        bytes += Array(mark.utf8) + line
        if line.last != lineFeed { bytes += Array("\n\\ No newline at end of file\n".utf8) }
    }
}
