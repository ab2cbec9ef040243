import SwiftDiagnostics
import SwiftParser
import SwiftSyntax

/// What the attribute says, as expressions for the function's body.
struct CachedArguments {
    /// The cache type.
    private(set) var type = ""
    /// The caches.
    private(set) var caches = "caches"
    /// The key, if it is given.
    private(set) var key: String?
    /// The names that are not part of the key.
    private(set) var ignored: Set<String> = []
    /// Arguments of the region's call, with their labels.
    private(set) var forwarded: [String] = []

    /// Reads an attribute.
    ///
    /// - Parameter problems: Gets what cannot be.
    init(_ attribute: AttributeSyntax, of function: CachedFunction, problems: inout [Diagnostic]) {
        var given: [String: ExprSyntax] = [:]
        for argument in attribute.arguments?.as(LabeledExprListSyntax.self) ?? [] {
            given[argument.label?.text ?? ""] = argument.expression
        }
        type = given[""]?.trimmedDescription ?? ""
        if let expression = given["in"] {
            if let path = expression.as(KeyPathExprSyntax.self) {
                if !function.isMethod { problems.append(Diagnostic(node: path, message: CachedProblem.noInstance)) }
                caches = "self" + path.components.trimmedDescription
            } else {
                caches = expression.trimmedDescription
            }
        } else {
            // A parameter of that name says where to look, and not what for.
            ignored.insert(caches)
        }
        if let tags = given["tags"] {
            forwarded.append("tags: " + Self.tags(tags, function, &problems))
        }
        if let ttl = given["ttl"] { forwarded.append("ttl: " + ttl.trimmedDescription) }
        if let negativeTTL = given["negativeTTL"] {
            if function.result?.isOptional == false {
                problems.append(Diagnostic(node: negativeTTL, message: CachedProblem.negativeWithoutOptional))
            }
            forwarded.append("negativeTTL: " + negativeTTL.trimmedDescription)
        }
        if let key = given["key"] { self.key = Self.text(key, function, &problems) }
        if let names = given["ignoring"] {
            if key != nil { problems.append(Diagnostic(node: names, message: CachedProblem.ignoringWithKey)) }
            ignore(names, function, &problems)
        }
    }

    private mutating func ignore(_ names: ExprSyntax, _ function: CachedFunction, _ problems: inout [Diagnostic]) {
        guard let elements = names.as(ArrayExprSyntax.self)?.elements else {
            problems.append(Diagnostic(node: names, message: CachedProblem.namesAreNotLiteral))
            return
        }
        let known = function.names.map(\.name)
        for element in elements {
            guard let name = element.expression.as(StringLiteralExprSyntax.self)?.representedLiteralValue else {
                problems.append(Diagnostic(node: element.expression, message: CachedProblem.namesAreNotLiteral))
                continue
            }
            if !known.contains(name) {
                problems.append(
                    Diagnostic(node: element.expression, message: CachedProblem.unknownName(name, known: known)))
            }
            ignored.insert(name)
        }
    }

    private static func tags(
        _ tags: ExprSyntax, _ function: CachedFunction, _ problems: inout [Diagnostic]
    ) -> String {
        guard let elements = tags.as(ArrayExprSyntax.self)?.elements else { return tags.trimmedDescription }
        var written: [String] = []
        for element in elements { written.append(text(element.expression, function, &problems)) }
        return "[" + written.joined(separator: ", ") + "]"
    }

    /// A text with its arguments in it; anything but a text in quotes as it is.
    private static func text(
        _ expression: ExprSyntax, _ function: CachedFunction, _ problems: inout [Diagnostic]
    ) -> String {
        guard let literal = expression.as(StringLiteralExprSyntax.self) else { return expression.trimmedDescription }
        do throws(CachedProblem) {
            return try CachedTemplate.expand(literal, names: function.names)
        } catch {
            problems.append(Diagnostic(node: literal, message: error))
            return literal.trimmedDescription
        }
    }
}
