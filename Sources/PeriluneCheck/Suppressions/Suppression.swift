import PeriluneLua

/// A comment by which a person says that a rule does not apply: `-- perilune:ignore R005 reason`.
///
/// Behind code it is about its line; on a line of its own about the statement that follows, up to the first block in it.
/// `perilune:ignore-file` is about the whole file.
struct Suppression: Sendable {
    /// What it is about.
    enum Scope: Sendable, Hashable {
        case file
        /// What begins at one of these offsets.
        case stretch(Range<Int>)
    }

    /// Whether it is one of the directives that there are; what is nearly one would be passed over in silence.
    let isUnderstood: Bool
    /// The rules as they are written.
    let words: [String]
    /// Why; empty when it does not say.
    let reason: String
    let scope: Scope
    /// The comment.
    let range: SourceRange

    /// All those of a script.
    ///
    /// - Complexity: O(n log n) in the size of the script.
    static func all(in chunk: LuaChunk) -> [Suppression] {
        let source = chunk.tokens.source
        let comments = chunk.tokens.comments.compactMap { comment in
            Words(source[comment.range.start.offset..<comment.range.end.offset]).map { (comment.range, $0) }
        }
        guard !comments.isEmpty else { return [] }
        let statements = Statements(chunk)
        return comments.map { range, words in
            Suppression(
                isUnderstood: words.isUnderstood, words: words.isUnderstood ? words.rules : [], reason: words.reason,
                scope: words.isForFile ? .file : .stretch(stretch(of: range, in: chunk, statements)), range: range)
        }
    }

    /// The line that a comment stands behind, or the statement that follows it.
    private static func stretch(
        of comment: SourceRange, in chunk: LuaChunk, _ statements: Statements
    ) -> Range<Int> {
        let tokens = chunk.tokens.tokens
        let next = tokens.partitionPoint { $0.start >= comment.start.offset }
        if next > 0, tokens[next - 1].endLine == comment.start.line {
            return (comment.start.offset - comment.start.column + 1)..<comment.start.offset
        }
        return statements.stretch(after: comment.end.offset)
    }
}

/// What a comment says.
private struct Words {
    /// Whether it is one of the directives that there are.
    let isUnderstood: Bool
    let isForFile: Bool
    let rules: [String]
    let reason: String

    /// `nil` for a comment of another kind.
    init?(_ comment: ArraySlice<UInt8>) {
        var text = String(decoding: comment, as: UTF8.self)[...].drop { $0 == "-" || $0 == "[" || $0 == "=" }
        text = text.drop(while: \.isWhitespace)
        guard text.prefix(9).lowercased() == "perilune:" else { return nil }
        isUnderstood = ["perilune:ignore", "perilune:ignore-file"].contains { directive in
            text.hasPrefix(directive) && text.dropFirst(directive.count).first.map(\.isWhitespace) ?? true
        }
        isForFile = text.hasPrefix("perilune:ignore-file")
        text = text.drop { !$0.isWhitespace }
        while let last = text.last, last == "]" || last == "=" || last.isWhitespace { text.removeLast() }
        var rules: [String] = []
        var rest = text.drop(while: \.isWhitespace)
        while true {
            let word = rest.prefix { !$0.isWhitespace && $0 != "," }
            if !word.isEmpty { rules.append(String(word)) }
            rest = rest.dropFirst(word.count).drop(while: \.isWhitespace)
            guard rest.first == "," else { break }
            rest = rest.dropFirst().drop(while: \.isWhitespace)
        }
        self.rules = rules
        reason = String(rest)
    }
}

/// Where statements begin, and the blocks in them.
private struct Statements {
    private var starts: [SourceRange] = []
    private var blocks: [Int] = []

    init(_ chunk: LuaChunk) {
        var starts: [SourceRange] = []
        var blocks: [Int] = []
        LuaWalk(
            statement: { starts.append($0.range) }, block: { blocks.append($0.range.start.offset) }
        ).walk(chunk.block)
        self.starts = starts.sorted { $0.start < $1.start }
        self.blocks = blocks.sorted()
    }

    /// The offsets of the first statement behind a place, up to the first block in it.
    ///
    /// - Complexity: O(log statements).
    func stretch(after offset: Int) -> Range<Int> {
        let next = starts.partitionPoint { $0.start.offset >= offset }
        guard next < starts.count else { return offset..<offset }
        let begin = starts[next].start.offset
        let end = max(begin + 1, starts[next].end.offset)
        let block = blocks.partitionPoint { $0 > begin }
        return begin..<(block < blocks.count ? min(blocks[block], end) : end)
    }
}
