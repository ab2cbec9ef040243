extension ScriptHeader {
    /// Reads the header of a script.
    ///
    /// - Parameter source: The script, with its shebang line if it has one.
    /// - Returns: The header, or nil when the script has no annotations.
    /// - Throws: ``ScriptHeaderError`` for the first annotation that is wrong.
    /// - Complexity: O(n) in the length of the header.
    public static func parse(_ source: [UInt8]) throws(ScriptHeaderError) -> ScriptHeader? {
        var parser = ScriptHeaderParser()
        var start = 0
        var number = 0
        while start < source.count {
            let end = source[start...].firstIndex(of: .lineFeed) ?? source.count
            number += 1
            let line = trim(source[start..<end])
            start = end + 1
            if number == 1, line.first == UInt8(ascii: "#") { continue }
            if line.isEmpty { continue }
            guard line.starts(with: "--".utf8), !isLongComment(line.dropFirst(2)) else { break }
            guard line.starts(with: "---".utf8) else { continue }
            try parser.read(String(decoding: line.dropFirst(3), as: UTF8.self), line: number)
        }
        return try parser.finish()
    }

    /// Reads the header of a script. See ``parse(_:)-([UInt8])``.
    public static func parse(_ source: String) throws(ScriptHeaderError) -> ScriptHeader? {
        try parse(Array(source.utf8))
    }

    private static func trim(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == .carriageReturn }
        var trimmed = line.drop(while: isBlank)
        while let last = trimmed.last, isBlank(last) { trimmed.removeLast() }
        return trimmed
    }

    /// `--[[` or `--[==[`.
    private static func isLongComment(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.first == UInt8(ascii: "[") else { return false }
        return text.dropFirst().drop { $0 == UInt8(ascii: "=") }.first == UInt8(ascii: "[")
    }
}

/// Gathers a header line by line.
private struct ScriptHeaderParser {
    private var header = ScriptHeader()
    private var text: [String] = []
    private var firstTagLine: Int?
    private var seen: Set<String> = []

    private enum Tag: String, CaseIterable {
        case script, key, keys, arg, args, `return`, flags, repeatable, redis, budget

        /// Whether a header may have several of it.
        var repeats: Bool { self == .key || self == .arg || self == .flags }
    }

    /// The words before `#` and the text after it.
    private struct Line {
        let words: [Substring]
        let summary: String
        let number: Int

        func error(_ message: String) -> ScriptHeaderError {
            ScriptHeaderError(line: number, message: message)
        }
    }

    mutating func read(_ content: String, line number: Int) throws(ScriptHeaderError) {
        guard content.first == "@" else {
            // A ruler of dashes is decoration, not documentation.
            if !content.isEmpty, content.allSatisfy({ $0 == "-" }) { return }
            text.append(String(content.first == " " ? content.dropFirst() : Substring(content)))
            return
        }
        let body = content.dropFirst()
        let word = body.prefix { $0 != " " && $0 != "\t" }
        firstTagLine = firstTagLine ?? number
        guard let tag = Tag(rawValue: String(word)) else {
            let known = Tag.allCases.map { "@" + $0.rawValue }.joined(separator: ", ")
            throw ScriptHeaderError(line: number, message: "unknown annotation '@\(word)'; known are \(known)")
        }
        if !seen.insert(tag.rawValue).inserted, !tag.repeats {
            throw ScriptHeaderError(line: number, message: "second '@\(tag.rawValue)'; a script has one")
        }
        try apply(tag, split(body.dropFirst(word.count), number))
    }

    func finish() throws(ScriptHeaderError) -> ScriptHeader? {
        guard let firstTagLine else { return nil }
        guard !header.name.isEmpty else {
            throw ScriptHeaderError(
                line: firstTagLine, message: "annotations without a name; add '---@script area.name'")
        }
        var result = header
        var lines = text.drop { $0.isEmpty }
        while lines.last?.isEmpty == true { lines.removeLast() }
        result.summary = lines.first ?? ""
        result.description = Array(lines.dropFirst().drop { $0.isEmpty })
        return result
    }

    private func split(_ text: Substring, _ number: Int) -> Line {
        var words = text
        var summary = Substring()
        var previous: Character = " "
        for index in text.indices {
            if text[index] == "#", previous == " " || previous == "\t" {
                words = text[..<index]
                summary = text[text.index(after: index)...]
                break
            }
            previous = text[index]
        }
        summary = summary.drop { $0 == " " || $0 == "\t" }
        return Line(
            words: words.split { $0 == " " || $0 == "\t" }, summary: String(summary), number: number)
    }

    // MARK: Annotations

    private mutating func apply(_ tag: Tag, _ line: Line) throws(ScriptHeaderError) {
        switch tag {
        case .script: try readScript(line)
        case .key: header.keys.append(try readKey(line, "@key bucket string"))
        case .keys: header.variadicKey = try readKey(line, "@keys buckets string")
        case .arg: try readArgument(line)
        case .args: try readGroup(line)
        case .return: try readReturn(line)
        case .flags: try readFlags(line)
        case .repeatable:
            if let extra = line.words.first {
                throw line.error("'@repeatable' takes no value, got '\(extra)'; a remark goes after '#'")
            }
            header.isRepeatable = true
        case .redis: try readRedis(line)
        case .budget: try readBudget(line)
        }
    }

    private mutating func readScript(_ line: Line) throws(ScriptHeaderError) {
        guard line.words.count == 1, let name = line.words.first,
            name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isIdentifier)
        else {
            throw line.error(
                "'@script' takes one name of lower-case parts joined by dots, as in '@script ratelimit.token_bucket'")
        }
        header.name = String(name)
        header.line = line.number
    }

    private func readKey(_ line: Line, _ example: String) throws(ScriptHeaderError) -> ScriptHeader.Key {
        guard line.words.count == 2 else {
            throw line.error("a key takes a name and a type, as in '\(example)'")
        }
        if header.variadicKey != nil { throw line.error("'@keys' must be the last of the keys") }
        let name = try newName(line.words[0], line, taken: header.keys.map(\.name))
        guard let type = ScriptHeader.KeyType(rawValue: String(line.words[1])) else {
            throw line.error(unknown("key type", line.words[1], ScriptHeader.KeyType.allCases.map(\.rawValue)))
        }
        return ScriptHeader.Key(name: name, type: type, summary: line.summary, line: line.number)
    }

    private mutating func readArgument(_ line: Line) throws(ScriptHeaderError) {
        if header.argumentGroup != nil { throw line.error("'@args' must be the last of the arguments") }
        guard line.words.count >= 2 else {
            throw line.error("an argument takes a name, a type and bounds, as in '@arg capacity integer >0'")
        }
        let name = try newName(line.words[0], line, taken: header.arguments.map(\.name))
        header.arguments.append(
            try argument(name, line.words[1], line.words.dropFirst(2), line, summary: line.summary))
    }

    private mutating func readGroup(_ line: Line) throws(ScriptHeaderError) {
        guard line.words.count >= 2 else {
            throw line.error(
                "'@args' takes a name and columns, as in '@args limits capacity:integer>0 interval:microseconds'")
        }
        let name = try newName(line.words[0], line, taken: header.arguments.map(\.name))
        var columns: [ScriptHeader.Argument] = []
        for word in line.words.dropFirst() {
            guard let colon = word.firstIndex(of: ":") else {
                throw line.error("column '\(word)' has no type; write 'name:type', as in 'capacity:integer>0'")
            }
            let columnName = try newName(word[..<colon], line, taken: columns.map(\.name))
            let rest = word[word.index(after: colon)...]
            let type = rest.prefix { $0 != ">" && $0 != "<" }
            var bounds: [Substring] = []
            var remaining = rest[type.endIndex...]
            while let mark = remaining.first {
                let tail = remaining.dropFirst().prefix { $0 != ">" && $0 != "<" }
                bounds.append(remaining[remaining.startIndex..<tail.endIndex])
                remaining = remaining[tail.endIndex...]
                guard mark == ">" || mark == "<" else { break }
            }
            columns.append(try argument(columnName, type, bounds[...], line, summary: ""))
        }
        header.argumentGroup = ScriptHeader.ArgumentGroup(
            name: name, columns: columns, summary: line.summary, line: line.number)
    }

    private func argument(
        _ name: String, _ typeName: Substring, _ bounds: ArraySlice<Substring>, _ line: Line, summary: String
    ) throws(ScriptHeaderError) -> ScriptHeader.Argument {
        guard let type = ScriptHeader.ArgumentType(rawValue: String(typeName)) else {
            throw line.error(
                unknown("type of '\(name)'", typeName, ScriptHeader.ArgumentType.allCases.map(\.rawValue)))
        }
        var minimum: Int64?
        var maximum: Int64?
        for bound in bounds {
            let (isLower, value) = try self.bound(bound, line)
            if isLower, minimum == nil {
                minimum = value
            } else if !isLower, maximum == nil {
                maximum = value
            } else {
                throw line.error("'\(name)' has two bounds of one kind; keep one")
            }
        }
        if let minimum, let maximum, minimum > maximum {
            throw line.error("no value of '\(name)' is within its bounds \(minimum) to \(maximum)")
        }
        return ScriptHeader.Argument(
            name: name, type: type, minimum: minimum, maximum: maximum, summary: summary, line: line.number)
    }

    /// `>0`, `>=0`, `<10`, `<=10` as an inclusive bound.
    private func bound(_ text: Substring, _ line: Line) throws(ScriptHeaderError) -> (isLower: Bool, value: Int64) {
        let isLower = text.first == ">"
        let isUpper = text.first == "<"
        let isInclusive = text.dropFirst().first == "="
        let digits = text.dropFirst(isInclusive ? 2 : 1)
        guard isLower || isUpper, let value = Int64(digits), value.magnitude <= 1 << 53 else {
            throw line.error("unknown bound '\(text)'; write '>0', '>=0', '<10' or '<=10', with integers up to 2^53")
        }
        if isInclusive { return (isLower, value) }
        return (isLower, isLower ? value + 1 : value - 1)
    }

    private mutating func readReturn(_ line: Line) throws(ScriptHeaderError) {
        guard line.words.count == 1, var name = line.words.first else {
            throw line.error("'@return' takes one type, as in '@return integer'")
        }
        let isOptional = name.last == "?"
        if isOptional { name.removeLast() }
        guard let type = ScriptHeader.ReturnType(rawValue: String(name)) else {
            throw line.error(unknown("return type", name, ScriptHeader.ReturnType.allCases.map(\.rawValue)))
        }
        header.returns = ScriptHeader.Return(
            type: type, isOptional: isOptional, summary: line.summary, line: line.number)
    }

    private mutating func readFlags(_ line: Line) throws(ScriptHeaderError) {
        let names = line.words.flatMap { $0.split(separator: ",") }
        if names.isEmpty { throw line.error("'@flags' takes flags of Redis, as in '@flags no-writes, allow-stale'") }
        for name in names {
            guard let flag = ScriptHeader.Flag(rawValue: String(name)) else {
                throw line.error(unknown("flag", name, ScriptHeader.Flag.allCases.map(\.rawValue)))
            }
            header.flags.insert(flag)
        }
    }

    private mutating func readRedis(_ line: Line) throws(ScriptHeaderError) {
        let text = line.words.joined()
        let parts = text.dropFirst(2).split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { $0.allSatisfy(\.isNumber) ? Int($0) : nil }
        guard text.hasPrefix(">="), numbers.count == parts.count, (1...3).contains(numbers.count) else {
            throw line.error("'@redis' takes the least version, as in '@redis >=6.2'")
        }
        header.minimumRedis = ScriptHeader.Version(
            major: numbers[0], minor: numbers.count > 1 ? numbers[1] : 0, patch: numbers.count > 2 ? numbers[2] : 0)
    }

    private mutating func readBudget(_ line: Line) throws(ScriptHeaderError) {
        var budget = ScriptHeader.Budget()
        for word in line.words {
            let parts = word.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, let value = Int(parts[1]), value > 0 else {
                throw line.error("unknown budget '\(word)'; write 'calls=3' or 'instructions=5000'")
            }
            switch parts[0] {
            case "calls": budget.calls = value
            case "instructions": budget.instructions = value
            default: throw line.error(unknown("budget", parts[0], ["calls", "instructions"]))
            }
        }
        if line.words.isEmpty { throw line.error("'@budget' takes limits, as in '@budget calls=3'") }
        header.budget = budget
    }

    // MARK: Words

    private func newName(_ name: Substring, _ line: Line, taken: [String]) throws(ScriptHeaderError) -> String {
        guard isIdentifier(name) else {
            throw line.error("'\(name)' is no name; use a lower-case letter, then letters, digits and '_'")
        }
        if taken.contains(String(name)) { throw line.error("'\(name)' is declared twice") }
        return String(name)
    }

    private func isIdentifier(_ name: Substring) -> Bool {
        guard let first = name.utf8.first, first >= UInt8(ascii: "a"), first <= UInt8(ascii: "z") else { return false }
        return name.utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "_") }
    }

    private func unknown(_ what: String, _ name: Substring, _ choices: [String]) -> String {
        "unknown \(what) '\(name)'; one of \(choices.joined(separator: ", "))"
    }
}
