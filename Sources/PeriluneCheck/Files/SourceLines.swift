import PeriluneLua

/// The lines of a source as Lua counts them: LF, CR, and either with the other behind it, end one.
struct SourceLines: Sendable {
    private let lines: [ArraySlice<UInt8>]

    /// How many there are: one at least.
    var count: Int { lines.count }

    /// - Complexity: O(n).
    init(_ bytes: [UInt8]) {
        var lines: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        Self.forEachEnd(in: bytes[...]) { end in
            lines.append(bytes[start..<end.lowerBound])
            start = end.upperBound
        }
        lines.append(bytes[start...])
        self.lines = lines
    }

    /// A line by its number, from 1, without what ends it; `nil` when there is none.
    subscript(number: Int) -> ArraySlice<UInt8>? {
        lines.indices.contains(number - 1) ? lines[number - 1] : nil
    }

    /// The column of a place in units of UTF-16, from 1, which editors count; its own, in bytes, where the line is not
    /// known.
    func utf16Column(of position: SourcePosition) -> Int {
        guard let line = self[position.line] else { return position.column }
        return String(decoding: line.prefix(position.column - 1), as: UTF8.self).utf16.count + 1
    }

    /// Visits the bytes that end lines.
    static func forEachEnd(in bytes: ArraySlice<UInt8>, _ body: (Range<Int>) -> Void) {
        let (feed, carriage) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
        var position = bytes.startIndex
        while let first = bytes[position...].firstIndex(where: { $0 == feed || $0 == carriage }) {
            let second = first + 1
            let isPair =
                second < bytes.endIndex && bytes[second] != bytes[first]
                && (bytes[second] == feed || bytes[second] == carriage)
            position = isPair ? second + 1 : second
            body(first..<position)
        }
    }
}
