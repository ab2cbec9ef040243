/// A line of a header that begins with `---@`, taken apart.
struct AnnotationLine {
    /// A word where it stands.
    struct Word {
        let text: Substring
        let range: SourceRange

        /// A part of the word where it stands.
        ///
        /// - Parameter text: A part of ``text``.
        func part(_ text: Substring) -> Word {
            let before = self.text[..<text.startIndex].utf8.count
            return Word(text: text, range: range.part(from: before, count: text.utf8.count))
        }

        /// That it is wrong.
        func error(_ message: String) -> ScriptHeaderError {
            ScriptHeaderError(kind: .malformed, range: range, message: message)
        }
    }

    /// The name of the annotation.
    let name: Substring
    /// From `@` to the end of the name.
    let nameRange: SourceRange
    /// The words between the name and `#`.
    let words: [Word]
    /// The text after `#`.
    let summary: String
    /// From `@` to the end of the last word.
    let range: SourceRange

    /// - Parameters:
    ///   - bytes: The line from its first `-` on, without blanks at its end; its indices are offsets in the source.
    ///   - start: Where it begins.
    /// - Returns: `nil` when it is another line.
    init?(_ bytes: ArraySlice<UInt8>, at start: SourcePosition) {
        guard bytes.starts(with: "---@".utf8) else { return nil }
        func position(_ offset: Int) -> SourcePosition {
            SourcePosition(offset: offset, line: start.line, column: start.column + offset - start.offset)
        }
        func range(_ slice: ArraySlice<UInt8>) -> SourceRange {
            SourceRange(start: position(slice.startIndex), end: position(slice.endIndex))
        }
        let body = bytes.dropFirst(4)
        let name = body.prefix { !Self.isBlank($0) }
        let rest = body[name.endIndex...]
        let mark = rest.indices.first { rest[$0] == UInt8(ascii: "#") && Self.isBlank(bytes[$0 - 1]) }
        let words = rest[..<(mark ?? rest.endIndex)].split(whereSeparator: Self.isBlank)
        let summary = mark.map { rest[($0 + 1)...].drop(while: Self.isBlank) } ?? []
        self.name = String(decoding: name, as: UTF8.self)[...]
        nameRange = SourceRange(start: position(name.startIndex - 1), end: position(name.endIndex))
        self.words = words.map { Word(text: String(decoding: $0, as: UTF8.self)[...], range: range($0)) }
        self.summary = String(decoding: summary, as: UTF8.self)
        self.range = SourceRange(
            start: position(name.startIndex - 1), end: position(words.last?.endIndex ?? name.endIndex))
    }

    /// That it is wrong as a whole.
    func error(_ message: String) -> ScriptHeaderError {
        ScriptHeaderError(kind: .malformed, range: range, message: message)
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == .carriageReturn }
}

extension SourceRange {
    /// Some bytes of a range on one line, as far as it has them: text that is not UTF-8 has more when it is decoded.
    fileprivate func part(from first: Int, count: Int) -> SourceRange {
        func position(_ place: Int) -> SourcePosition {
            let place = min(place, self.count)
            return SourcePosition(offset: start.offset + place, line: start.line, column: start.column + place)
        }
        return SourceRange(start: position(first), end: position(first + count))
    }
}
