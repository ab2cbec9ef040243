import SwiftParser
import SwiftSyntax
import SwiftSyntaxMacros

/// A function that is to be cached: what of it the macro uses, and what makes that impossible.
struct CachedFunction {
    /// What the function returns.
    struct Result {
        let type: TypeSyntax
        /// The type without the optional around it, as text.
        let value: String
        let isOptional: Bool
    }

    let declaration: FunctionDeclSyntax
    let surroundings: Surroundings
    /// The module and the file, `Module/File.swift`.
    let file: String
    /// `nil` when the function returns nothing.
    let result: Result?

    init(_ declaration: FunctionDeclSyntax, in context: some MacroExpansionContext) {
        self.declaration = declaration
        surroundings = Surroundings(context.lexicalContext)
        let location = context.location(of: declaration, at: .afterLeadingTrivia, filePathMode: .fileID)
        file = location?.file.as(StringLiteralExprSyntax.self)?.representedLiteralValue ?? ""
        result = declaration.signature.returnClause.flatMap { Result($0.type) }
    }

    var parameters: FunctionParameterListSyntax { declaration.signature.parameterClause.parameters }

    var isStatic: Bool { has(.static) || has(.class) }

    /// Whether there is a `self` that is an instance.
    var isMethod: Bool { surroundings.isType && !isStatic }

    func has(_ modifier: Keyword) -> Bool {
        declaration.modifiers.contains { $0.name.tokenKind == .keyword(modifier) }
    }

    /// The names by which arguments are reached in the function, `self` last: as they are meant, and as they are written.
    var names: [(name: String, written: String)] {
        parameters.compactMap(\.localName).map { ($0.plainName, $0.text) } + (isMethod ? [("self", "self")] : [])
    }
}

extension CachedFunction.Result {
    /// - Returns: `nil` for no result.
    init?(_ type: TypeSyntax) {
        self.type = type
        let value: TypeSyntax
        if let optional = type.as(OptionalTypeSyntax.self) {
            value = optional.wrappedType
        } else if let named = type.as(IdentifierTypeSyntax.self), named.name.text == "Optional",
            let argument = named.genericArgumentClause?.arguments.first?.argument.as(TypeSyntax.self)
        {
            value = argument
        } else {
            value = type
        }
        self.value = value.trimmedDescription
        isOptional = value != type
        if value.compactText == "Void" || value.compactText == "Swift.Void" || value.compactText == "()" { return nil }
    }
}

extension FunctionParameterSyntax {
    /// The name within the function; `nil` for `_`, which nothing can depend on.
    var localName: TokenSyntax? {
        let name = secondName ?? firstName
        return name.tokenKind == .wildcard ? nil : name
    }
}

extension TokenSyntax {
    /// The text without the backticks of a name that is a keyword.
    var plainName: String {
        text.count > 2 && text.hasPrefix("`") && text.hasSuffix("`") ? String(text.dropFirst().dropLast()) : text
    }
}
