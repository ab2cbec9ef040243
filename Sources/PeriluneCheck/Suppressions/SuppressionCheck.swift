import PeriluneLua

/// Takes away what is suppressed, and looks at the suppressions themselves.
enum SuppressionCheck {
    static let rules = [unused, wrong]

    static let unused = Rule(
        900, "unused-suppression", .warning, summary: "A suppression that suppresses nothing.",
        reason: """
            The script has changed, or the rule has: the comment says something that is not so any more, and would hide \
            what comes later. --fix takes it out.
            """,
        bad: "-- perilune:ignore R005 the key is the same for all\nreturn redis.call('GET', KEYS[1])",
        good: "-- perilune:ignore R005 the key is the same for all\nreturn redis.call('GET', 'settings')")
    static let wrong = Rule(
        901, "wrong-suppression", .warning, summary: "A suppression of no rule, or without a reason.",
        reason: """
            A comment `-- perilune:ignore R005 reason` names rules that there are, separated by commas, and says why \
            they do not apply: whoever reads the script next has to know.
            """,
        bad: "-- perilune:ignore R005\nreturn redis.call('GET', 'settings')",
        good: "-- perilune:ignore R005 the key is the same for all\nreturn redis.call('GET', 'settings')")

    /// What remains of findings.
    ///
    /// - Parameters:
    ///   - findings: Of a script, as severe as its settings say.
    ///   - settings: Which rules look at a place. That one which does not finds nothing says nothing.
    ///   - isSameFile: Whether two places are in one file.
    static func applied(
        to findings: [Finding], in chunk: LuaChunk, settings: (SourceRange) -> RuleSettings,
        isSameFile: (SourceRange, SourceRange) -> Bool
    ) -> [Finding] {
        let suppressions = Suppression.all(in: chunk)
        guard !suppressions.isEmpty else { return findings }
        var left = Dictionary(grouping: findings, by: \.rule)
            .mapValues { $0.sorted { $0.range.start < $1.range.start } }
        var own: [Finding] = []
        for suppression in suppressions {
            let range = suppression.range
            if !suppression.isUnderstood {
                own.append(finding(wrong, "not understood; wanted is perilune:ignore or perilune:ignore-file", range))
            } else if suppression.words.isEmpty {
                own.append(finding(wrong, "names no rule; write for example R005", range))
            } else if suppression.reason.isEmpty {
                own.append(finding(wrong, "says no reason", range))
            }
            var idle: [Rule.ID] = []
            for word in suppression.words {
                guard let rule = RuleCatalog.rule(named: word) else {
                    own.append(finding(wrong, "there is no rule '\(PlainText.line(word))'", range))
                    continue
                }
                let isUsed = suppression.remove(from: &left[rule.id, default: []], isSameFile: isSameFile)
                if !isUsed, settings(range).level(of: rule) != .off { idle.append(rule.id) }
            }
            if !idle.isEmpty { own.append(unused(idle, suppression, in: chunk)) }
        }
        return left.values.flatMap { $0 } + own.compactMap { settings($0.range).applied(to: $0) }
    }

    private static func unused(_ idle: [Rule.ID], _ suppression: Suppression, in chunk: LuaChunk) -> Finding {
        let names = idle.map(\.rawValue).joined(separator: ", ")
        let fix =
            idle.count == suppression.words.count
            ? Fix("remove the suppression", [removal(of: suppression.range, in: chunk)]) : nil
        return finding(unused, "\(names) \(idle.count > 1 ? "find" : "finds") nothing here", suppression.range, fix)
    }

    private static func finding(_ rule: Rule, _ message: String, _ range: SourceRange, _ fix: Fix? = nil) -> Finding {
        Finding(rule.id, rule.severity, message, at: range, fix: fix)
    }

    /// An edit that takes a comment out; with its line, if it has one of its own. Where code follows, a blank stays.
    private static func removal(of range: SourceRange, in chunk: LuaChunk) -> Fix.Edit {
        let source = chunk.tokens.source
        let tokens = chunk.tokens.tokens
        let next = tokens.partitionPoint { $0.start >= range.end.offset }
        if next < tokens.count, tokens[next].kind != .endOfFile, tokens[next].line == range.end.line {
            return Fix.Edit(range, " ")
        }
        var start = range.start.offset
        while start > 0, source[start - 1] == 0x20 || source[start - 1] == 0x09 { start -= 1 }
        var end = range.end
        let ownsLine = start == 0 || source[start - 1] == UInt8(ascii: "\n")
        if ownsLine, end.offset < source.count, source[end.offset] == UInt8(ascii: "\n") {
            end = SourcePosition(offset: end.offset + 1, line: end.line + 1, column: 1)
        }
        let column = range.start.column - (range.start.offset - start)
        return Fix.Edit(
            SourceRange(start: SourcePosition(offset: start, line: range.start.line, column: column), end: end), "")
    }
}

extension Suppression {
    /// Takes away what it is about.
    ///
    /// - Parameter findings: Those of one rule, in the order of their places.
    /// - Returns: Whether there was anything.
    fileprivate func remove(
        from findings: inout [Finding], isSameFile: (SourceRange, SourceRange) -> Bool
    ) -> Bool {
        let count = findings.count
        switch scope {
        case .file: findings.removeAll { isSameFile($0.range, range) }
        case .stretch(let offsets):
            let first = findings.partitionPoint { $0.range.start.offset >= offsets.lowerBound }
            let last = findings.partitionPoint { $0.range.start.offset >= offsets.upperBound }
            findings.removeSubrange(first..<max(first, last))
        }
        return findings.count < count
    }
}
