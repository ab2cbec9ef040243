/// Commands on streams at random.
package struct StreamLines {
    /// About the time in identifiers of the entries that were added last.
    private var top = 1
    /// Of times at which many entries were added at once, how many.
    private var filled: [(time: Int, count: Int)] = []

    package init() {}

    package static let setUp: [[String]] = [
        ["XINFO", "STREAM", "s", "FULL", "COUNT", "0"], ["XINFO", "STREAM", "t", "FULL", "COUNT", "0"],
        ["DEL", "s", "t", "u"], ["SET", "x", "text"], ["XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"],
        ["XGROUP", "CREATE", "s", "h", "$"], ["XGROUP", "CREATE", "t", "g", "0-5", "MKSTREAM", "ENTRIESREAD", "3"],
    ]

    /// Adds many entries of equal form.
    private static let fill = """
        local added
        for i = 1, tonumber(ARGV[2]) do
          added = redis.call('XADD', KEYS[1], ARGV[1] .. '-*', 'field', ARGV[3] .. i, 'other', i)
        end
        return added
        """

    private func key(_ fuzz: inout CommandFuzz) -> String {
        fuzz.chance(12) ? fuzz.pick("x", "none") : fuzz.pick("s", "s", "t")
    }

    private func group(_ fuzz: inout CommandFuzz) -> String { fuzz.chance(16) ? "none" : fuzz.pick("g", "g", "h") }

    private func consumer(_ fuzz: inout CommandFuzz) -> String { fuzz.pick("a", "b", "c", "") }

    /// The identifier of an entry that may exist.
    private func id(_ fuzz: inout CommandFuzz) -> String {
        if fuzz.chance(25) {
            return fuzz.pick(
                "0", "0-0", "18446744073709551615-18446744073709551615", "18446744073709551615", "-", "+", "x", "",
                "1-",
                "-1", "1-x", "007", "1-007", " 5", "+5-+1", "1--1", "1--01", "18446744073709551616", "1-2-3", "*", "$",
                ">", "5-*", "(", "((5")
        }
        if fuzz.chance(2), let (time, count) = filled.randomElement(using: &fuzz.generator) {
            return "\(time)-\(fuzz.below(count))"
        }
        let time = max(top + 3 - (fuzz.chance(2) ? fuzz.below(12) : fuzz.below(250)), 0)
        return fuzz.chance(2) ? "\(time)-\(fuzz.below(3))" : "\(time)"
    }

    private func bound(_ fuzz: inout CommandFuzz) -> String {
        fuzz.chance(3) ? fuzz.pick("-", "+") : fuzz.chance(4) ? "(" + id(&fuzz) : id(&fuzz)
    }

    private func idleTime(_ fuzz: inout CommandFuzz) -> String {
        fuzz.chance(12) ? fuzz.integer() : fuzz.pick("0", "0", "10", "200", "1000", "10000")
    }

    private func count(_ fuzz: inout CommandFuzz) -> [String] {
        fuzz.chance(2)
            ? [] : [fuzz.pick("COUNT", "count"), fuzz.chance(6) ? fuzz.integer() : String(fuzz.below(8) + 1)]
    }

    private func trim(_ fuzz: inout CommandFuzz) -> [String] {
        var words =
            fuzz.chance(2)
            ? ["MAXLEN", fuzz.pick("=", "~", "~"), fuzz.chance(10) ? fuzz.integer() : String(fuzz.below(350))]
            : ["MINID", fuzz.pick("=", "~", "~"), id(&fuzz)]
        if fuzz.chance(4) { words.remove(at: 1) }
        if fuzz.chance(5) { words += ["LIMIT", fuzz.pick("0", "1", "100", "150", "300", "-1")] }
        if fuzz.chance(30) { words += fuzz.pick(["MAXLEN", "5"], ["MINID", "~", "5"]) }
        return words
    }

    private func fields(_ fuzz: inout CommandFuzz) -> [String] {
        let value: (inout CommandFuzz) -> String = { fuzz in
            fuzz.pick(
                "", "1", "-1", "127", "128", "4096", "70000", "-9223372036854775808", "text",
                String(repeating: "y", count: fuzz.below(80)), String(repeating: "z", count: fuzz.below(4500)))
        }
        return (0...(fuzz.chance(3) ? fuzz.below(3) : 0)).flatMap { _ in
            [fuzz.pick("field", "field", "other", "7", ""), value(&fuzz)]
        }
    }

    /// The next command.
    package mutating func line(_ fuzz: inout CommandFuzz) -> CommandFuzz.Line {
        if fuzz.chance(3) { top += 1 }
        switch fuzz.below(30) {
        case 0..<5: return .init(add(&fuzz))
        case 5:
            top += 1
            let count = fuzz.below(150) + 1
            filled = filled.suffix(2) + [(top, count)]
            return .init([
                "EVAL", Self.fill, "1", fuzz.pick("s", "s", "t"), String(top), String(count),
                fuzz.pick("", "v", String(repeating: "w", count: 60)),
            ])
        case 6, 7: return .init(["XDEL", key(&fuzz)] + fuzz.several(1...fuzz.pick(3, 90)) { id(&$0) })
        case 8, 9: return .init(["XTRIM", key(&fuzz)] + trim(&fuzz))
        case 10: return .init(["XRANGE", key(&fuzz), bound(&fuzz), bound(&fuzz)] + count(&fuzz))
        case 11: return .init(["XREVRANGE", key(&fuzz), bound(&fuzz), bound(&fuzz)] + count(&fuzz))
        case 12: return .init(["XREAD"] + count(&fuzz) + ["STREAMS", key(&fuzz), key(&fuzz), id(&fuzz), id(&fuzz)])
        case 13..<17:
            return .init(
                ["XREADGROUP", "GROUP", group(&fuzz), consumer(&fuzz)] + count(&fuzz)
                    + (fuzz.chance(5) ? ["NOACK"] : [])
                    + ["STREAMS", key(&fuzz), key(&fuzz), fuzz.chance(3) ? id(&fuzz) : ">", fuzz.pick(">", ">", "0")])
        case 17, 18: return .init(["XACK", key(&fuzz), group(&fuzz)] + fuzz.several(1...9) { id(&$0) })
        case 19: return .init(pending(&fuzz))
        case 20, 21: return .init(claim(&fuzz))
        case 22, 23:
            return .init(
                ["XAUTOCLAIM", key(&fuzz), group(&fuzz), consumer(&fuzz), idleTime(&fuzz), bound(&fuzz)] + count(&fuzz)
                    + (fuzz.chance(3) ? ["JUSTID"] : []))
        case 24, 25: return .init(information(&fuzz))
        case 26, 27: return .init(groupCommand(&fuzz))
        case 28 where fuzz.chance(2): return .init(setID(&fuzz))
        default:
            return .init(
                fuzz.pick(
                    ["XLEN", key(&fuzz)], ["TYPE", "s"], ["OBJECT", "ENCODING", "s"], ["COPY", "s", "u", "REPLACE"],
                    ["COPY", "u", "t", "REPLACE"], ["RENAME", "t", "u"], ["XINFO", "STREAM", "u", "FULL"],
                    ["GET", "s"], ["DEL", "u"]))
        }
    }

    private mutating func add(_ fuzz: inout CommandFuzz) -> [String] {
        let identifier: String
        if fuzz.chance(400) {
            identifier = fuzz.pick("*", "18446744073709551615-18446744073709551615", "18446744073709551615-5")
        } else {
            identifier = fuzz.chance(3) ? "\(top)-*" : id(&fuzz)
        }
        return ["XADD", key(&fuzz)] + (fuzz.chance(8) ? ["NOMKSTREAM"] : []) + (fuzz.chance(4) ? trim(&fuzz) : [])
            + [identifier] + fields(&fuzz)
    }

    private func pending(_ fuzz: inout CommandFuzz) -> [String] {
        let words = ["XPENDING", key(&fuzz), group(&fuzz)]
        if fuzz.chance(3) { return words }
        return words + (fuzz.chance(3) ? ["IDLE", idleTime(&fuzz)] : []) + [bound(&fuzz), bound(&fuzz)]
            + [fuzz.chance(8) ? fuzz.integer() : "20"] + (fuzz.chance(3) ? [consumer(&fuzz)] : [])
    }

    private func claim(_ fuzz: inout CommandFuzz) -> [String] {
        var words = ["XCLAIM", key(&fuzz), group(&fuzz), consumer(&fuzz), idleTime(&fuzz)]
        words += fuzz.several(1...6) { id(&$0) }
        if fuzz.chance(4) { words += [fuzz.pick("IDLE", "TIME"), fuzz.chance(2) ? fuzz.integer() : "50"] }
        if fuzz.chance(6) { words += ["TIME", "1700000000100"] }
        if fuzz.chance(6) { words += ["RETRYCOUNT", fuzz.integer()] }
        if fuzz.chance(3) { words.append("FORCE") }
        if fuzz.chance(3) { words.append("JUSTID") }
        if fuzz.chance(8) { words += ["LASTID", id(&fuzz)] }
        return words
    }

    private func information(_ fuzz: inout CommandFuzz) -> [String] {
        switch fuzz.below(5) {
        case 0: return ["XINFO", "STREAM", key(&fuzz)]
        case 1: return ["XINFO", "STREAM", key(&fuzz), "FULL"]
        case 2: return ["XINFO", "STREAM", key(&fuzz), "full"] + count(&fuzz)
        case 3: return ["XINFO", "GROUPS", key(&fuzz)]
        default: return ["XINFO", "CONSUMERS", key(&fuzz), group(&fuzz)]
        }
    }

    private func groupCommand(_ fuzz: inout CommandFuzz) -> [String] {
        let subject = [key(&fuzz), group(&fuzz)]
        let position = fuzz.chance(3) ? "$" : id(&fuzz)
        let read = fuzz.chance(3) ? ["ENTRIESREAD", fuzz.chance(2) ? fuzz.integer() : String(fuzz.below(200))] : []
        switch fuzz.below(12) {
        case 0..<3: return ["XGROUP", "CREATE"] + subject + [position] + (fuzz.chance(3) ? ["MKSTREAM"] : []) + read
        case 3..<6: return ["XGROUP", "SETID"] + subject + [position] + read
        case 6: return ["XGROUP", "DESTROY"] + subject
        case 7, 8: return ["XGROUP", "CREATECONSUMER"] + subject + [consumer(&fuzz)]
        case 9, 10: return ["XGROUP", "DELCONSUMER"] + subject + [consumer(&fuzz)]
        default: return ["XGROUP", fuzz.pick("FOO", "create", "")] + subject
        }
    }

    private func setID(_ fuzz: inout CommandFuzz) -> [String] {
        var words = ["XSETID", key(&fuzz), id(&fuzz)]
        if fuzz.chance(3) { words += ["ENTRIESADDED", fuzz.chance(3) ? fuzz.integer() : String(fuzz.below(900))] }
        if fuzz.chance(3) { words += ["MAXDELETEDID", id(&fuzz)] }
        return words
    }
}
