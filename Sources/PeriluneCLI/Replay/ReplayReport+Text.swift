import Perilune

/// How a report is shown.
struct ReportStyle: Hashable {
    /// The width of the chart, and of the table where ``cutsNames`` is set, in columns.
    var width = 80
    /// Whether colours may be used.
    var hasColour = false
    /// Whether long identifiers are cut to keep lines within ``width``: on a terminal, but not in a file.
    var cutsNames = false
}

extension ReplayReport {
    /// The report for people.
    func text(style: ReportStyle = ReportStyle()) -> String {
        var lines = summary
        if !hardestHit.isEmpty { lines += [""] + table(style: style) }
        if let bars = statistics.histogram.bars(atMost: HistogramChart.bars(in: style.width)) {
            lines += [""] + HistogramChart(bars: bars, timeZone: statistics.timeZone, style: style).lines
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var summary: [String] {
        let statistics = self.statistics
        let limits = policy.limits.map { "\($0.name) \($0.quota) per \(periodText($0))" }
        var rows: [(String, String)] = [
            ("log", printable(name, atMost: 200)),
            ("policy", "\(limits.joined(separator: ", ")); \(policy.algorithm.rawValue), by \(field.rawValue)"),
        ]
        if let from = statistics.from, let to = statistics.to {
            let span = durationText(to.microseconds - from.microseconds)
            rows.append(("time", "\(from) to \(to), \(span)"))
        }
        let counts = [statistics.requests, statistics.allowed, statistics.denied].map(grouped)
        let width = counts.reduce(0) { max($0, $1.count) }
        let total = statistics.requests
        rows.append(("requests", counts[0].aligned(width)))
        rows.append(("allowed", "\(counts[1].aligned(width))  \(percent(statistics.allowed, of: total))"))
        rows.append(("denied", "\(counts[2].aligned(width))  \(percent(statistics.denied, of: total))\(byLimit)"))
        rows.append(("identifiers", identifiers))
        rows.append(("lines", lines))
        if let first = statistics.firstMalformed {
            rows.append(("", "first malformed: line \(grouped(first.number)), \(first.fault)"))
            rows.append(("", first.text))
        }
        if let doubt = statistics.doubt { rows.append(("reliable", "no: \(doubt)")) }
        let names = rows.reduce(0) { max($0, $1.0.count) }
        return rows.map { "\($0.0.padded(names))  \($0.1)" }
    }

    private var byLimit: String {
        guard statistics.denied > 0 else { return "" }
        let counts = zip(policy.limits, statistics.deniedByLimit).map { "\($0.name) \(grouped($1))" }
        return "  (by limit: \(counts.joined(separator: ", ")))"
    }

    private var identifiers: String {
        let count = statistics.identifiers.records.count
        let hit = statistics.identifiers.hit
        let text = "\(grouped(count)) seen, \(grouped(hit)) hit (\(percent(hit, of: count)))"
        let untracked = statistics.untracked.allowed + statistics.untracked.denied
        guard untracked > 0 else { return text }
        return text + "; not told apart beyond these: \(grouped(untracked)) requests, of which "
            + "\(grouped(statistics.untracked.denied)) denied"
    }

    private var lines: String {
        var parts = ["\(grouped(statistics.malformed)) malformed", "\(grouped(statistics.skipped)) empty"]
        var outOfOrder = "\(grouped(statistics.outOfOrder)) out of order"
        if statistics.outOfOrder > 0 { outOfOrder += " by up to \(durationText(statistics.longestDelay))" }
        parts.append(outOfOrder)
        if statistics.clamped > 0 {
            parts.append("\(grouped(statistics.clamped)) too late for their own time, replayed at a later one")
        }
        return parts.joined(separator: ", ")
    }

    /// The hardest hit identifiers.
    private func table(style: ReportStyle) -> [String] {
        let title = "hardest hit"
        let heads = ["requests", "denied", "first denial", "longest denial"]
        var cells: [[String]] = []
        for record in hardestHit {
            cells.append([
                grouped(record.requests), grouped(record.denied), time(record.firstDenial).description,
                durationText(record.longestDenial),
            ])
        }
        let widths = heads.indices.map { column in
            cells.reduce(heads[column].count) { max($0, $1[column].count) }
        }
        let others = widths.reduce(0) { $0 + $1 + 2 }
        let longest = style.cutsNames ? max(style.width - others, 15) : 120
        let names = hardestHit.map { printable($0.name, atMost: longest) }
        let nameWidth = names.reduce(title.count) { max($0, $1.count) }
        func row(_ name: String, _ cells: [String]) -> String {
            let aligned = zip(cells, widths).map { $0.aligned($1) }
            return ([name.padded(nameWidth)] + aligned).joined(separator: "  ")
        }
        return [row(title, heads)] + zip(names, cells).map { row($0, $1) }
    }

    /// The period of a limit: `min`, `h`, `10 s`.
    private func periodText(_ limit: RateLimit) -> String {
        let period = limit.period.wholeMicroseconds
        let units: [(length: Int64, name: String)] = [
            (86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s"), (1_000, "ms"),
        ]
        for unit in units where period % unit.length == 0 {
            return period == unit.length ? unit.name : "\(period / unit.length) \(unit.name)"
        }
        return "\(period) µs"
    }
}
