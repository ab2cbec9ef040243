/// Allowed and denied requests over time, drawn with block characters: one chart above the other, since their numbers
/// are of different size and must be readable without colours.
struct HistogramChart {
    var bars: Histogram.Bars
    /// The log's time zone, in seconds ahead of UTC.
    var timeZone: Int32
    var style: ReportStyle

    /// How many bars fit.
    ///
    /// - Parameter width: Columns.
    static func bars(in width: Int) -> Int {
        min(max(width - gutter - 2, 10), ReplayReport.mostBars)
    }

    /// Columns before the axis, for its highest number.
    private static let gutter = 12
    private static let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    var lines: [String] {
        let width = durationText(bars.width * 1_000_000)
        var lines = ["requests over time, a column for every \(width)"]
        lines += panel("allowed", bars.buckets.map(\.allowed), height: 6, colour: "32")
        lines += panel("denied", bars.buckets.map(\.denied), height: 3, colour: "31")
        lines.append(axis)
        return lines
    }

    /// One chart with its own scale.
    private func panel(_ title: String, _ values: [Int], height: Int, colour: String) -> [String] {
        let highest = values.reduce(0, max)
        guard highest > 0 else { return [title.aligned(Self.gutter - 1) + " │ none"] }
        // What is more than nothing is never drawn as nothing.
        let steps = values.map { value in
            value == 0 ? 0 : max(Int((Double(value) / Double(highest) * Double(8 * height)).rounded()), 1)
        }
        return (0..<height).map { row in
            let floor = (height - 1 - row) * 8
            let cells = String(steps.map { Self.blocks[min(max($0 - floor, 0), 8)] })
            var label = ""
            if row == 0 { label = grouped(highest) }
            if row == height - 1 { label = title }
            return label.aligned(Self.gutter - 1) + " │" + coloured(trimmed(cells), colour)
        }
    }

    /// The times of the first and the last column.
    private var axis: String {
        let start = LogTime(seconds: bars.start, offset: timeZone)
        let last = LogTime(seconds: bars.start + Int64(bars.buckets.count - 1) * bars.width, offset: timeZone)
        let labels = [start, last].map { bars.width < 86_400 ? $0.short : $0.date }
        let indent = String(repeating: " ", count: Self.gutter)
        guard bars.buckets.count > 1 else { return indent + "└" + labels[0] }
        let gap = max(bars.buckets.count - labels[0].count - labels[1].count, 1)
        return indent + "└" + labels[0] + String(repeating: " ", count: gap) + labels[1]
    }

    private func coloured(_ text: String, _ colour: String) -> String {
        style.hasColour && !text.isEmpty ? "\u{1B}[\(colour)m\(text)\u{1B}[0m" : text
    }

    private func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
