import SwiftParser
import SwiftSyntax

/// A text in which `{name}` and `{name.property}` stand for arguments, and `{{` and `}}` for braces.
enum CachedTemplate {
    /// Makes of the text the literal that says the same within the function, where `\(name)` can be written.
    ///
    /// What already is an interpolation is left alone, and so are escapes such as `\u{E9}`.
    ///
    /// - Parameter names: The names that can be used: as they are meant, and as they are written.
    static func expand(
        _ literal: StringLiteralExprSyntax, names: [(name: String, written: String)]
    ) throws(CachedProblem) -> String {
        let escape = "\\" + (literal.openingPounds?.text ?? "")
        var text = (literal.openingPounds?.text ?? "") + literal.openingQuote.text
        for segment in literal.segments {
            if let segment = segment.as(StringSegmentSyntax.self) {
                text += try expand(segment.content.text[...], escape: escape, names: names)
            } else {
                text += segment.description
            }
        }
        return text + literal.closingQuote.text + (literal.closingPounds?.text ?? "")
    }

    private static func expand(
        _ content: Substring, escape: String, names: [(name: String, written: String)]
    ) throws(CachedProblem) -> String {
        var rest = content
        var text = ""
        while let first = rest.first {
            if rest.hasPrefix(escape) {
                // An escape is taken whole: the braces of `\u{E9}` are its own.
                let isScalar = rest.dropFirst(escape.count).hasPrefix("u{")
                let end =
                    isScalar
                    ? rest.firstIndex(of: "}")
                    : rest.index(rest.startIndex, offsetBy: escape.count, limitedBy: rest.endIndex)
                let last = end.map { $0 < rest.endIndex ? rest.index(after: $0) : $0 } ?? rest.endIndex
                text += rest[..<last]
                rest = rest[last...]
            } else if rest.hasPrefix("{{") || rest.hasPrefix("}}") {
                text.append(first)
                rest = rest.dropFirst(2)
            } else if first == "{" {
                guard let close = rest.firstIndex(of: "}") else { throw .unclosedBrace }
                let path = rest[rest.index(after: rest.startIndex)..<close]
                text += try escape + "(" + reference(path, names: names) + ")"
                rest = rest[close...].dropFirst()
            } else if first == "}" {
                throw .unopenedBrace
            } else {
                text.append(first)
                rest = rest.dropFirst()
            }
        }
        return text
    }

    /// The expression that a path of names stands for.
    private static func reference(
        _ path: Substring, names: [(name: String, written: String)]
    ) throws(CachedProblem) -> String {
        let parts = path.split(separator: ".", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.allSatisfy({ String($0).isValidSwiftIdentifier(for: .memberAccess) })
        else {
            throw .notAPath(String(path))
        }
        guard let root = names.first(where: { $0.name == first }) else {
            throw .unknownName(String(first), known: names.map(\.name))
        }
        return ([root.written] + parts.dropFirst().map(String.init)).joined(separator: ".")
    }
}
