/// Walks a script in source order and writes it again, changing what 5.4 reads differently.
///
/// Everything between edits is copied, comments and blanks included, so lines stay as they are.
struct DialectRewriter {
    let chunk: LuaChunk
    let source: [UInt8]
    let options: LuaDialect.Options
    private let prefix: [String]
    private var used: Set<LuaDialect.Helper> = []
    private var output: [UInt8] = []
    /// What has been copied or replaced so far.
    var cursor = 0
    /// Names of locals that 5.4 reserves or treats apart, and what they become.
    private let localNames: [String: String]
    /// What the operands are called, for error texts.
    var operands = LuaOperandNames()
    /// Whether the script has words that make 5.4 ask a table for its length, or whether it equals another: no table
    /// does without them, and operators are faster than helpers.
    let mentionsLength, mentionsEquality: Bool

    init(_ chunk: LuaChunk, options: LuaDialect.Options) {
        self.chunk = chunk
        self.options = options
        source = chunk.tokens.source
        let taken = Set(chunk.tokens.names)
        prefix = LuaDialect.Helper.allCases.map { Self.fresh("__" + $0.rawValue, taken) }
        var localNames: [String: String] = [:]
        for reserved in ["goto", "_ENV"] where taken.contains(reserved) {
            localNames[reserved] = Self.fresh("__" + reserved, taken)
        }
        self.localNames = localNames
        mentionsLength = Self.mentions("__len", source)
        mentionsEquality = Self.mentions("__eq", source)
        output.reserveCapacity(source.count + source.count / 2)
    }

    private static func fresh(_ name: String, _ taken: Set<String>) -> String {
        guard taken.contains(name) else { return name }
        var number = 1
        while taken.contains(name + String(number)) { number += 1 }
        return name + String(number)
    }

    private static func mentions(_ word: String, _ source: [UInt8]) -> Bool {
        let word = Array(word.utf8)
        return source.withUnsafeBufferPointer { bytes in
            bytes.indices.contains { bytes[$0] == word[0] && bytes[$0...].starts(with: word) }
        }
    }

    mutating func run() -> RewrittenSource {
        if options.ticksChunk { insertTick() }
        rewrite(chunk.block)
        copy(to: endOfText)
        let helpers = LuaDialect.Helper.allCases.filter { used.contains($0) }
        let names = helpers.map(name(of:))
        var text: [UInt8] = []
        text.reserveCapacity(output.count + 80)
        if !names.isEmpty { text += "local \(names.joined(separator: ","))=...;".utf8 }
        text += "return function(...) ".utf8
        text += output
        // On a line of its own: the script may end in a comment.
        text += "\nend".utf8
        return RewrittenSource(text: text, helpers: helpers, helperNames: names, operandNames: operands.text)
    }

    /// Where the text ends for 5.4, which takes a trailing NUL byte for a token.
    private var endOfText: Int {
        chunk.tokens.tokens.last?.start ?? source.count
    }

    private func name(of helper: LuaDialect.Helper) -> String {
        let index = LuaDialect.Helper.allCases.firstIndex(of: helper) ?? 0
        return prefix[index]
    }

    // MARK: Writing

    /// Copies the source up to an offset.
    mutating func copy(to offset: Int) {
        guard offset > cursor else { return }
        output += source[cursor..<offset]
        cursor = offset
    }

    /// Writes something that the source does not have.
    mutating func insert(_ text: String) {
        output += text.utf8
    }

    /// Writes the name of a helper.
    mutating func insert(_ helper: LuaDialect.Helper) {
        used.insert(helper)
        output += name(of: helper).utf8
    }

    /// Steps over a stretch of the source, keeping its line breaks.
    mutating func skip(to offset: Int) {
        while cursor < offset {
            let byte = source[cursor]
            if byte == .lineFeed || byte == .carriageReturn { output.append(byte) }
            cursor += 1
        }
    }

    /// Copies up to a range and puts something in its place.
    mutating func replace(_ range: SourceRange, by text: String) {
        copy(to: range.start.offset)
        insert(text)
        skip(to: range.end.offset)
    }

    // MARK: Names

    /// A variable. 5.4 reserves `goto` and gives `_ENV` a meaning: locals of that name are renamed, and globals are
    /// reached through the real `_ENV`, so that a missing one is still reported by its name.
    mutating func rewriteVariable(_ name: LuaName, _ binding: LuaBinding) {
        guard let replacement = localNames[name.text] else { return }
        if binding == .global {
            replace(name.range, by: "_ENV[\"\(name.text)\"]")
        } else {
            replace(name.range, by: replacement)
        }
    }

    /// The declaration of a local.
    mutating func rewriteDeclaration(_ index: Int) {
        let name = chunk.locals[index].name
        if let replacement = localNames[name.text] { replace(name.range, by: replacement) }
    }

    /// A field after `.`, from the dot on.
    mutating func rewriteField(_ name: LuaName, from dot: SourcePosition) {
        guard name.text == "goto" else { return }
        copy(to: dot.offset)
        insert("[")
        cursor += 1
        replace(name.range, by: "\"goto\"]")
    }

    // MARK: Literals

    /// A number becomes a float. Decimal text stays as it was, since 5.4 converts it the same way.
    mutating func rewriteNumber(_ value: Double, _ range: SourceRange) {
        let text = source[range.start.offset..<range.end.offset]
        if text.allSatisfy(\.isDigit) {
            copy(to: range.end.offset)
            insert(".0")
        } else if text.contains(0) || isHexadecimal(text) {
            // "inf" is not a literal; 1e999 is its value.
            replace(range, by: value == .infinity ? "1e999" : value.description)
        }
    }

    private func isHexadecimal(_ text: ArraySlice<UInt8>) -> Bool {
        text.count > 1 && text[text.startIndex] == UInt8(ascii: "0")
            && text[text.startIndex + 1] | 0x20 == UInt8(ascii: "x")
    }

    /// Whether an index may stay an integer: digits that fit 5.4's fast path for array access.
    func isPlainIndex(_ key: LuaExpression) -> Bool {
        guard case .number = key.kind, key.range.count <= 9 else { return false }
        return source[key.range.start.offset..<key.range.end.offset].allSatisfy(\.isDigit)
    }

    /// Drops the backslash of escapes that 5.1 does not know and 5.4 reads or refuses (`\x`, `\z`, `\u`, `\q`).
    mutating func rewriteString(_ range: SourceRange) {
        let end = range.end.offset
        guard source[range.start.offset] != UInt8(ascii: "[") else { return }
        var index = range.start.offset
        while index + 1 < end {
            guard source[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            switch source[index + 1] {
            case UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"),
                UInt8(ascii: "t"), UInt8(ascii: "v"), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), .lineFeed, .carriageReturn:
                break
            default:
                copy(to: index)
                cursor += 1
            }
            index += 2
        }
    }
}
