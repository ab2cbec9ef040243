import SwiftSyntax
import SwiftSyntaxBuilder

extension CachedFunction {
    /// The expression that makes the key of a call.
    ///
    /// - Parameter ignored: The names that are not part of it. With `self` that is the instance, and never its type.
    func key(ignoring ignored: Set<String>) -> String {
        let name = StringLiteralExprSyntax(content: "\(file) \(signature)")
        var key = "Perilune.CacheKeyEncoder(function: \(name))"
        // Whatever is ignored of the instance: another type may be another computation, and its results other values.
        if surroundings.isType, !surroundings.isKnownType {
            key += isStatic ? "\n.adding(type: self)" : "\n.adding(type: Swift.type(of: self))"
        }
        if isMethod, !ignored.contains("self") { key += "\n.adding(instance: self)" }
        for name in parameters.compactMap(\.localName) where !ignored.contains(name.plainName) {
            key += "\n.adding(\(name.text))"
        }
        return key + "\n.key"
    }

    /// What tells the function from all others of its file: types around it, name, labels, types and result.
    private var signature: String {
        let arguments = parameters.map { parameter in
            "\(parameter.firstName.text):\(parameter.type.compactText)\(parameter.ellipsis?.text ?? "")"
        }
        let owner = surroundings.path.isEmpty ? "" : surroundings.path + "."
        return (isStatic ? "static " : "") + owner + declaration.name.text + "(" + arguments.joined(separator: ",")
            + ")->"
            + (declaration.signature.returnClause?.type.compactText ?? "Void")
    }
}

extension SyntaxProtocol {
    /// The tokens without comments and space, but for the one space that keeps two words apart.
    var compactText: String {
        var text = ""
        for token in tokens(viewMode: .sourceAccurate) {
            if let last = text.last, let first = token.text.first, last.isPartOfWord, first.isPartOfWord { text += " " }
            text += token.text
        }
        return text
    }
}

extension Character {
    fileprivate var isPartOfWord: Bool { isLetter || isNumber || self == "_" || self == "`" }
}
