/// A comment by which a script takes another file's text in, `--- @include "name"`, as BullMQ has it.
package struct ScriptInclude: Sendable, Hashable {
    /// What stands in the quotes.
    package let name: String
    /// The comment, without what ends its line.
    package let range: SourceRange

    /// What a script includes itself.
    ///
    /// - Complexity: O(size of the script).
    package static func all(in bytes: [UInt8]) -> [ScriptInclude] {
        // Few scripts have any, and those that have none need not be taken apart.
        guard mentionsInclude(bytes) else { return [] }
        return LuaLexer.tokenize(bytes.withoutShebang).comments.compactMap { comment in
            guard !comment.isLong, comment.range.start.column == 1 else { return nil }
            let text = bytes[comment.range.start.offset..<comment.range.end.offset]
            return name(in: text).map { ScriptInclude(name: $0, range: comment.range) }
        }
    }

    /// The name in `--- @include "name"`; `nil` for any other comment.
    package static func name(in comment: ArraySlice<UInt8>) -> String? {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        let text = comment.drop { $0 == UInt8(ascii: "-") }.drop(while: isBlank)
        guard comment.starts(with: "--".utf8), text.starts(with: "@include".utf8) else { return nil }
        let rest = text.dropFirst("@include".utf8.count)
        let argument = rest.drop(while: isBlank)
        guard argument.startIndex > rest.startIndex, let quote = argument.first, quote == 0x22 || quote == 0x27,
            let end = argument.dropFirst().firstIndex(of: quote), end > argument.startIndex + 1
        else { return nil }
        return String(decoding: argument[(argument.startIndex + 1)..<end], as: UTF8.self)
    }

    private static func mentionsInclude(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while let place = rest.firstIndex(of: UInt8(ascii: "@")) {
            rest = rest[place...]
            if rest.starts(with: "@include".utf8) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
