package import Yams

/// Reads YAML of whoever wrote it.
package enum YAMLText {
    /// Why a text cannot be read.
    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        /// From 1; `nil` when it is about the whole.
        package let line: Int?
        package let column: Int?
        /// What is wrong and what would be right.
        package let message: String

        package var description: String {
            let place = line.map { "line \($0)\(column.map { ", column \($0)" } ?? ""): " } ?? ""
            return place + message
        }
    }

    /// The root of the one document of a text; `nil` when there is nothing in it.
    ///
    /// Aliases, `*name` for what `&name` stands before, are followed, but not within the keys of mappings: a few lines of
    /// aliases of aliases stand for more than fits in memory, and keys are compared whole. Whoever goes through a document
    /// must count its parts for the same reason.
    ///
    /// - Throws: ``Failure``.
    package static func root(of text: String) throws(Failure) -> Node? {
        if let plain = withoutAliases(text), let root = try composed(plain), let key = aliasInKey(of: root) {
            throw Failure(
                line: key.mark?.line, column: key.mark?.column,
                message: "an alias within a key; write out what it stands for")
        }
        return try composed(text)
    }

    private static func composed(_ text: String) throws(Failure) -> Node? {
        do {
            return try compose(yaml: text)
        } catch {
            throw Failure(error)
        }
    }
}

// MARK: - Aliases

extension YAMLText {
    /// What stands before the name of an alias that is made a text: a letter of nobody's.
    private static let mark: Unicode.Scalar = "\u{E000}"

    /// A text in which what looks like an alias is a text of its own; `nil` when nothing does.
    ///
    /// - Complexity: O(n) in the length of the text.
    private static func withoutAliases(_ text: String) -> String? {
        var plain = ""
        var isBeginning = true
        var hasAliases = false
        for scalar in text.unicodeScalars {
            if scalar == "*", isBeginning {
                plain.unicodeScalars.append(mark)
                hasAliases = true
            } else {
                plain.unicodeScalars.append(scalar)
            }
            switch scalar {
            case " ", "\t", "\r", "\n", ",", "[", "]", "{", "}": isBeginning = true
            default: isBeginning = false
            }
        }
        return hasAliases ? plain : nil
    }

    /// The first key with an alias in it, of a document without aliases.
    private static func aliasInKey(of root: Node) -> Node? {
        var open = [root]
        while let node = open.popLast() {
            for (key, value) in node.mapping ?? [:] {
                if hasMark(key) { return key }
                open.append(value)
            }
            open += (node.sequence ?? []).reversed()
        }
        return nil
    }

    private static func hasMark(_ node: Node) -> Bool {
        var open = [node]
        while let node = open.popLast() {
            if let scalar = node.scalar, scalar.style == .plain, scalar.string.unicodeScalars.first == mark {
                return true
            }
            for (key, value) in node.mapping ?? [:] { open += [key, value] }
            open += node.sequence ?? []
        }
        return false
    }
}

extension YAMLText.Failure {
    /// The words of an error of Yams, whose own description is a piece of the file.
    fileprivate init(_ error: any Error) {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(line: mark.line, column: mark.column, message: "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let names, let context):
            self.init(
                line: context.mark.line, column: context.mark.column,
                message: "\(names.joined(separator: ", ")) more than once")
        case .reader(let problem, let offset, _, _):
            self.init(
                line: nil, column: nil, message: "not YAML: \(problem)\(offset.map { " at byte \($0)" } ?? "")")
        default: self.init(line: nil, column: nil, message: "not YAML")
        }
    }
}
