/// Gathers a header line by line.
struct ScriptHeaderReader {
    private typealias Line = AnnotationLine
    private typealias Word = AnnotationLine.Word

    private var header = ScriptHeader()
    private var errors: [ScriptHeaderError] = []
    private var text: [String] = []
    /// The first annotation.
    private var first: SourceRange?
    /// Whether there is one that only a header has.
    private var isHeader = false
    /// Whether there is one with the script's name, as it may be written.
    private var isNamed = false

    /// Reads a line.
    ///
    /// - Parameters:
    ///   - bytes: The line from `---` on, without blanks at its end; its indices are offsets in the source.
    ///   - position: Where it begins.
    /// - Returns: Whether the header may go on.
    mutating func read(_ bytes: ArraySlice<UInt8>, at position: SourcePosition) -> Bool {
        guard let line = AnnotationLine(bytes, at: position) else {
            let content = bytes.dropFirst(3)
            // A ruler of dashes is decoration, not documentation.
            if !content.isEmpty, content.allSatisfy({ $0 == UInt8(ascii: "-") }) { return true }
            text.append(String(decoding: content.first == 0x20 ? content.dropFirst() : content, as: UTF8.self))
            return true
        }
        let name = String(line.name)
        guard let annotation = ScriptHeader.Annotation(rawValue: name) else {
            switch ScriptHeader.ForeignAnnotation(name) {
            case .file: return true
            case .code: return false
            case nil: refuse(line, name)
            }
            return true
        }
        first = first ?? line.range
        if annotation.marksHeader { isHeader = true }
        if annotation == .script { isNamed = true }
        do throws(ScriptHeaderError) {
            if header.ranges[annotation] == nil {
                header.ranges[annotation] = line.range
            } else if !annotation.repeats {
                throw line.error("second '@\(name)'; a script has one")
            }
            try apply(annotation, line)
        } catch {
            errors.append(error)
        }
        return true
    }

    /// Nobody knows the annotation.
    private mutating func refuse(_ line: AnnotationLine, _ name: String) {
        let nearest = ScriptHeader.Annotation.nearest(to: name)
        first = first ?? line.range
        if nearest?.marksHeader == true { isHeader = true }
        if nearest == .script { isNamed = true }
        let known = ScriptHeader.Annotation.allCases.map { "@" + $0.rawValue }.joined(separator: ", ")
        let right = nearest.map { "did you mean '@\($0.rawValue)'?" } ?? "known are \(known)"
        errors.append(
            ScriptHeaderError(
                kind: .unknown(suggestion: nearest?.rawValue), range: line.nameRange,
                message: "unknown annotation '@\(name)'; \(right)"))
    }

    /// What has been read.
    ///
    /// - Parameter end: The offset of the first line that is not of the header.
    func finish(at end: Int) -> ScriptHeader.Reading {
        guard isHeader, let first else { return ScriptHeader.Reading(header: nil, errors: [], end: end) }
        var (header, errors) = (header, errors)
        if !isNamed {
            errors.append(
                ScriptHeaderError(
                    kind: .unnamed, range: first, message: "annotations without a name; add '---@script area.name'"))
        }
        var lines = text.drop { $0.isEmpty }
        while lines.last?.isEmpty == true { lines.removeLast() }
        header.summary = lines.first ?? ""
        header.description = Array(lines.dropFirst().drop { $0.isEmpty })
        return ScriptHeader.Reading(header: header, errors: errors, end: end)
    }

    // MARK: Annotations

    private mutating func apply(_ annotation: ScriptHeader.Annotation, _ line: Line) throws(ScriptHeaderError) {
        switch annotation {
        case .script: try readScript(line)
        case .key: header.keys.append(try readKey(line, "@key bucket string"))
        case .keys: header.variadicKey = try readKey(line, "@keys buckets string")
        case .arg: try readArgument(line)
        case .args: try readGroup(line)
        case .return: try readReturn(line)
        case .flags: try readFlags(line)
        case .repeatable:
            if let extra = line.words.first {
                throw extra.error("'@repeatable' takes no value, got '\(extra.text)'; a remark goes after '#'")
            }
            header.isRepeatable = true
        case .redis: try readRedis(line)
        case .budget: try readBudget(line)
        }
    }

    private mutating func readScript(_ line: Line) throws(ScriptHeaderError) {
        guard line.words.count == 1, let word = line.words.first, case let name = word.text,
            name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isIdentifier)
        else {
            throw line.error(
                "'@script' takes one name of lower-case parts joined by dots, as in '@script ratelimit.token_bucket'")
        }
        header.name = String(name)
        header.column = word.range.start.column
    }

    private func readKey(_ line: Line, _ example: String) throws(ScriptHeaderError) -> ScriptHeader.Key {
        guard line.words.count == 2 else {
            throw line.error("a key takes a name and a type, as in '\(example)'")
        }
        if header.variadicKey != nil { throw line.error("'@keys' must be the last of the keys") }
        let name = try newName(line.words[0], taken: header.keys.map(\.name))
        guard let type = ScriptHeader.KeyType(rawValue: String(line.words[1].text)) else {
            throw unknown("key type", line.words[1], ScriptHeader.KeyType.allCases.map(\.rawValue))
        }
        return ScriptHeader.Key(
            name: name, type: type, summary: line.summary, range: line.range,
            column: line.words[0].range.start.column)
    }

    private mutating func readArgument(_ line: Line) throws(ScriptHeaderError) {
        if header.argumentGroup != nil { throw line.error("'@args' must be the last of the arguments") }
        guard line.words.count >= 2 else {
            throw line.error("an argument takes a name, a type and bounds, as in '@arg capacity integer >0'")
        }
        let name = try newName(line.words[0], taken: header.arguments.map(\.name))
        header.arguments.append(
            try argument(
                name, at: line.words[0], line.words[1], line.words.dropFirst(2), line.range, summary: line.summary))
    }

    private mutating func readGroup(_ line: Line) throws(ScriptHeaderError) {
        guard line.words.count >= 2 else {
            throw line.error(
                "'@args' takes a name and columns, as in '@args limits capacity:integer>0 interval:microseconds'")
        }
        let name = try newName(line.words[0], taken: header.arguments.map(\.name))
        var columns: [ScriptHeader.Argument] = []
        for word in line.words.dropFirst() {
            let text = word.text
            guard let colon = text.firstIndex(of: ":") else {
                throw word.error("column '\(text)' has no type; write 'name:type', as in 'capacity:integer>0'")
            }
            let columnName = try newName(word.part(text[..<colon]), taken: columns.map(\.name))
            let rest = text[text.index(after: colon)...]
            let type = rest.prefix { $0 != ">" && $0 != "<" }
            var bounds: [Word] = []
            var remaining = rest[type.endIndex...]
            while let mark = remaining.first {
                let tail = remaining.dropFirst().prefix { $0 != ">" && $0 != "<" }
                bounds.append(word.part(remaining[remaining.startIndex..<tail.endIndex]))
                remaining = remaining[tail.endIndex...]
                guard mark == ">" || mark == "<" else { break }
            }
            columns.append(try argument(columnName, at: word, word.part(type), bounds[...], word.range, summary: ""))
        }
        header.argumentGroup = ScriptHeader.ArgumentGroup(
            name: name, columns: columns, summary: line.summary, range: line.range,
            column: line.words[0].range.start.column)
    }

    private func argument(
        _ name: String, at word: Word, _ typeWord: Word, _ bounds: ArraySlice<Word>, _ range: SourceRange,
        summary: String
    ) throws(ScriptHeaderError) -> ScriptHeader.Argument {
        guard let type = ScriptHeader.ArgumentType(rawValue: String(typeWord.text)) else {
            throw unknown("type of '\(name)'", typeWord, ScriptHeader.ArgumentType.allCases.map(\.rawValue))
        }
        var minimum: Int64?
        var maximum: Int64?
        for bound in bounds {
            let (isLower, value) = try self.bound(bound)
            if isLower, minimum == nil {
                minimum = value
            } else if !isLower, maximum == nil {
                maximum = value
            } else {
                throw bound.error("'\(name)' has two bounds of one kind; keep one")
            }
        }
        if let minimum, let maximum, minimum > maximum {
            throw word.error("no value of '\(name)' is within its bounds \(minimum) to \(maximum)")
        }
        return ScriptHeader.Argument(
            name: name, type: type, minimum: minimum, maximum: maximum, summary: summary, range: range,
            column: word.range.start.column)
    }

    /// `>0`, `>=0`, `<10`, `<=10` as an inclusive bound.
    private func bound(_ word: Word) throws(ScriptHeaderError) -> (isLower: Bool, value: Int64) {
        let text = word.text
        let isLower = text.first == ">"
        let isUpper = text.first == "<"
        let isInclusive = text.dropFirst().first == "="
        let digits = text.dropFirst(isInclusive ? 2 : 1)
        guard isLower || isUpper, let value = Int64(digits), value.magnitude <= 1 << 53 else {
            throw word.error("unknown bound '\(text)'; write '>0', '>=0', '<10' or '<=10', with integers up to 2^53")
        }
        if isInclusive { return (isLower, value) }
        return (isLower, isLower ? value + 1 : value - 1)
    }

    private mutating func readReturn(_ line: Line) throws(ScriptHeaderError) {
        guard line.words.count == 1, let word = line.words.first else {
            throw line.error("'@return' takes one type, as in '@return integer'")
        }
        var name = word.text
        let isOptional = name.last == "?"
        if isOptional { name.removeLast() }
        guard let type = ScriptHeader.ReturnType(rawValue: String(name)) else {
            throw unknown("return type", word.part(name), ScriptHeader.ReturnType.allCases.map(\.rawValue))
        }
        header.returns = ScriptHeader.Return(
            type: type, isOptional: isOptional, summary: line.summary, range: line.range)
    }

    private mutating func readFlags(_ line: Line) throws(ScriptHeaderError) {
        let names = line.words.flatMap { word in word.text.split(separator: ",").map { word.part($0) } }
        if names.isEmpty { throw line.error("'@flags' takes flags of Redis, as in '@flags no-writes, allow-stale'") }
        for name in names {
            guard let flag = ScriptHeader.Flag(rawValue: String(name.text)) else {
                throw unknown("flag", name, ScriptHeader.Flag.allCases.map(\.rawValue))
            }
            header.flags.insert(flag)
        }
    }

    private mutating func readRedis(_ line: Line) throws(ScriptHeaderError) {
        let text = line.words.map(\.text).joined()
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
            let parts = word.text.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, let value = Int(parts[1]), value > 0 else {
                throw word.error("unknown budget '\(word.text)'; write 'calls=3' or 'instructions=5000'")
            }
            switch parts[0] {
            case "calls": budget.calls = value
            case "instructions": budget.instructions = value
            default: throw unknown("budget", word.part(parts[0]), ["calls", "instructions"])
            }
        }
        if line.words.isEmpty { throw line.error("'@budget' takes limits, as in '@budget calls=3'") }
        header.budget = budget
    }

    // MARK: Words

    private func newName(_ word: Word, taken: [String]) throws(ScriptHeaderError) -> String {
        let name = word.text
        guard isIdentifier(name) else {
            throw word.error("'\(name)' is no name; use a lower-case letter, then letters, digits and '_'")
        }
        if taken.contains(String(name)) { throw word.error("'\(name)' is declared twice") }
        return String(name)
    }

    private func isIdentifier(_ name: Substring) -> Bool {
        guard let first = name.utf8.first, first >= UInt8(ascii: "a"), first <= UInt8(ascii: "z") else { return false }
        return name.utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "_") }
    }

    private func unknown(_ what: String, _ word: Word, _ choices: [String]) -> ScriptHeaderError {
        word.error("unknown \(what) '\(word.text)'; one of \(choices.joined(separator: ", "))")
    }
}
