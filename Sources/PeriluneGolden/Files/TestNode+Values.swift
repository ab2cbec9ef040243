import PeriluneCore

// What stands in tests, beyond plain values.

extension TestNode {
    /// A time in seconds since 1970, with up to six digits after the point, in microseconds.
    func time() throws(ScriptTestError) -> Int64 {
        let wanted = "not a time; wanted are seconds since 1970, such as 1700000000.5"
        let parts = try text().split(separator: ".", omittingEmptySubsequences: false)
        guard let seconds = parts.first.flatMap({ Int64($0) }), (0...9_000_000_000_000).contains(seconds),
            parts.count <= 2
        else { throw error(wanted) }
        guard parts.count == 2 else { return seconds * 1_000_000 }
        let digits = parts[1]
        guard (1...6).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }),
            let fraction = Int64(digits + String(repeating: "0", count: 6 - digits.count))
        else { throw error(wanted) }
        return seconds * 1_000_000 + fraction
    }

    /// A length of time: a number of microseconds, or a number with a unit, such as `500ms`.
    func microseconds() throws(ScriptTestError) -> Int64 {
        let text = try text()
        if let value = Int64(text), value >= 0 { return value }
        guard text.first?.isNumber == true, let duration = DurationText.duration(of: text) else {
            throw error("not a length of time; wanted is for example 500ms, 10s, 2min, or a number of microseconds")
        }
        return duration.wholeMicroseconds
    }

    /// A command by its words, the name first.
    func words() throws(ScriptTestError) -> [[UInt8]] {
        var words: [[UInt8]] = []
        for word in try elements("a command, such as [DEL, key]") { words.append(try word.bytes()) }
        guard !words.isEmpty else { throw error("no command; wanted is for example [DEL, key]") }
        return words
    }

    /// What a reply is expected to be.
    func replyExpectation() throws(ScriptTestError) -> ReplyExpectation {
        if isMapping {
            let fields = try self.fields(["status", "error", "integer", "bulk", "unordered", "pairs"])
            guard let (kind, value) = fields.first, fields.count == 1 else {
                throw error("wanted is one of status, error, integer, bulk, unordered and pairs")
            }
            switch kind {
            case "status": return .status(try value.text())
            case "error": return .error(try value.text())
            case "bulk": return .bulk(try value.bytes())
            case "unordered":
                var groups: [[ReplyExpectation]] = []
                for element in try value.elements("a list of replies") {
                    groups.append([try element.replyExpectation()])
                }
                return .unordered(try few(groups))
            case "pairs":
                var groups: [[ReplyExpectation]] = []
                for (name, reply) in try value.entries("names with the replies that follow them") {
                    groups.append([.bulk(try name.bytes()), try reply.replyExpectation()])
                }
                return .unordered(try few(groups))
            default:
                guard let range = value.range else {
                    throw value.error("not an integer; wanted is for example 7 or 1..5")
                }
                return .integer(range)
            }
        }
        if isList {
            var elements: [ReplyExpectation] = []
            for element in try self.elements("a list of replies") { elements.append(try element.replyExpectation()) }
            return .array(elements)
        }
        if isNull { return .null }
        if word == "any" { return .any }
        if let range { return .integer(range) }
        if let word, word.contains(".."), word.allSatisfy({ $0.isNumber || $0 == "." || $0 == "-" || $0 == " " }) {
            throw error("not a range; wanted is for example 1..5, or the text in quotes")
        }
        if let word, ["true", "false"].contains(word.lowercased()) {
            throw error("no reply is \(word): a script's true is 1 and its false null")
        }
        return .bulk(try bytes())
    }

    /// Groups without an order, of which not too many have to be tried at every place.
    private func few(_ groups: [[ReplyExpectation]]) throws(ScriptTestError) -> [[ReplyExpectation]] {
        let count = groups.count { $0.contains(where: \.isOpen) && !$0.allSatisfy { $0 == .any } }
        guard count <= ReplyExpectation.mostOpenGroups else {
            let most = ReplyExpectation.mostOpenGroups
            throw error("\(count) elements that several replies fit, in any order; no more than \(most) are tried")
        }
        return groups
    }

    /// What a key holds or is expected to hold.
    func keyFields(
        isExpectation: Bool
    ) throws(ScriptTestError) -> (value: KeyExpectation.Value, timeToLive: KeyExpectation.TimeToLive) {
        let fields = try self.fields((isExpectation ? ["type"] : []) + KeyContent.types + ["ttl"])
        let contents = fields.filter { $0.key != "ttl" }
        guard contents.count <= 1 else {
            throw error("a key has one of \(contents.keys.sorted().joined(separator: ", ")); keep one")
        }
        var timeToLive = KeyExpectation.TimeToLive.any
        if let ttl = fields["ttl"] { timeToLive = try ttl.timeToLive(isExact: !isExpectation) }
        guard let (type, value) = contents.first else { return (.present, timeToLive) }
        guard type == "type" else { return (.content(try value.content(type: type)), timeToLive) }
        let name = try value.text()
        guard KeyContent.types.contains(name) else {
            throw value.error("unknown type; one of \(KeyContent.types.joined(separator: ", "))")
        }
        return (.type(name), timeToLive)
    }

    private func timeToLive(isExact: Bool) throws(ScriptTestError) -> KeyExpectation.TimeToLive {
        if word == "none" { return .none }
        guard let range, range.lowerBound >= 0, !isExact || range.lowerBound == range.upperBound && range.lowerBound > 0
        else {
            throw error(
                "not a time to live; wanted are milliseconds, as in 1000\(isExact ? "" : " or 999..1000"), or none")
        }
        return .milliseconds(range)
    }

    private func content(type: String) throws(ScriptTestError) -> KeyContent {
        switch type {
        case "string": return .string(try bytes())
        case "hash": return .hash(try pairs("fields with their values"))
        case "zset":
            let scores = try pairs("members with their scores")
            for (member, value) in try entries("members with their scores") {
                guard let score = Double(try value.text()), !score.isNaN else {
                    throw member.error("its score is not a number")
                }
            }
            return .zset(scores)
        case "set": return .set(Set(try list("a list of members")))
        case "list": return .list(try list("a list of elements"))
        default:
            var entries: [KeyContent.StreamEntry] = []
            for element in try elements("a list of entries, such as {id: 1-0, fields: {name: value}}") {
                let fields = try element.fields(["id", "fields"])
                guard let id = fields["id"], let contents = fields["fields"] else {
                    throw element.error("an entry has an id and fields, as in {id: 1-0, fields: {name: value}}")
                }
                var words: [[UInt8]] = []
                for (name, value) in try contents.entries("fields with their values") {
                    words += [try name.bytes(), try value.bytes()]
                }
                guard !words.isEmpty else { throw contents.error("an entry without fields") }
                entries.append(KeyContent.StreamEntry(id: try id.bytes(), fields: words))
            }
            return .stream(entries)
        }
    }

    private func pairs(_ wanted: String) throws(ScriptTestError) -> [[UInt8]: [UInt8]] {
        var pairs: [[UInt8]: [UInt8]] = [:]
        for (name, value) in try entries(wanted) { pairs[try name.bytes()] = try value.bytes() }
        guard !pairs.isEmpty else { throw error("empty; a key that holds nothing does not exist") }
        return pairs
    }

    private func list(_ wanted: String) throws(ScriptTestError) -> [[UInt8]] {
        var list: [[UInt8]] = []
        for element in try elements(wanted) { list.append(try element.bytes()) }
        guard !list.isEmpty else { throw error("empty; a key that holds nothing does not exist") }
        return list
    }
}
