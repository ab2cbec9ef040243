import PeriluneLua

/// Text of annotations within Markdown. Emphasis, code and links in it are the author's.
enum MarkdownText {
    /// A text in the cell of a table.
    static func cell(_ text: String) -> String {
        inline(text).unicodeScalars.map { $0 == "|" ? "\\|" : String($0) }.joined()
    }

    /// A text within a line: what would be taken for the begin of a tag is shown, but in code, where it is anyway.
    ///
    /// It is read by scalars, as Markdown is, of which a character may join several.
    static func inline(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        let lastTick = scalars.lastIndex(of: "`") ?? 0
        var shown = ""
        var isCode = false
        for (index, scalar) in scalars.enumerated() {
            // One that is not closed begins no code.
            if scalar == "`" { isCode = !isCode && index < lastTick }
            let next = index + 1 < scalars.count ? scalars[index + 1] : " "
            if scalar == "<", !isCode, next.properties.isAlphabetic || "/!?".unicodeScalars.contains(next) {
                shown += "\\"
            }
            shown.unicodeScalars.append(PlainText.isPlain(scalar) || scalar == "\n" ? scalar : "\u{FFFD}")
        }
        return shown
    }

    /// Lines of their own, none of which begins a heading.
    static func paragraphs(_ lines: [String]) -> [String] {
        inline(lines.joined(separator: "\n")).split(separator: "\n", omittingEmptySubsequences: false)
            .map { ($0.unicodeScalars.first == "#" ? "\\" : "") + $0 }
    }
}

/// The anchors that GitHub gives to headings.
struct MarkdownAnchors {
    private var counts: [String: Int] = [:]

    /// The anchor of the next heading, which is the name of a script: without its dots, in lower case, and with a number
    /// when an earlier heading has it already.
    mutating func anchor(of name: String) -> String {
        let anchor = name.lowercased().filter { $0 != "." }
        let count = counts[anchor, default: anchor == "scripts" ? 1 : 0]
        counts[anchor] = count + 1
        return count == 0 ? anchor : "\(anchor)-\(count)"
    }
}
