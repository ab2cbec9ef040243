import SwiftDiagnostics
import SwiftSyntax

extension CachedFunction {
    /// What makes it impossible to cache the function, whatever the attribute says.
    var problems: [Diagnostic] {
        var problems: [Diagnostic] = []
        func report(_ problem: CachedProblem, at node: some SyntaxProtocol, _ fixes: [FixIt] = []) {
            problems.append(Diagnostic(node: node, message: problem, fixIts: fixes))
        }

        if declaration.body == nil { report(.noBody, at: declaration.name) }
        if surroundings.isLocal { report(.local, at: declaration.name) }
        for modifier in declaration.modifiers
        where [.keyword(.mutating), .keyword(.consuming), .keyword(.borrowing)].contains(modifier.name.tokenKind) {
            report(.modifier(modifier.name.text), at: modifier)
        }
        if declaration.attributes.names("MainActor") {
            report(.isolated, at: declaration.name)
        } else if isMethod && surroundings.isActor || surroundings.isType && surroundings.isOnMainActor,
            !has(.nonisolated)
        {
            report(.isolated, at: declaration.name, [addNonisolated])
        }
        if let clause = declaration.genericParameterClause { report(.generic, at: clause) }

        let effects = declaration.signature.effectSpecifiers
        if let clause = effects?.throwsClause, clause.type != nil {
            report(.typedThrows, at: clause, [throwAnything(clause)])
        } else if effects?.asyncSpecifier?.tokenKind != .keyword(.async)
            || effects?.throwsClause?.throwsSpecifier.tokenKind != .keyword(.throws)
        {
            report(.notAsyncThrows, at: declaration.name, result == nil ? [] : [addEffects])
        }

        if let result {
            if let type = result.type.unsuitable { report(.result(type), at: result.type) }
        } else {
            report(
                .noResult, at: declaration.signature.returnClause.map { Syntax($0.type) } ?? Syntax(declaration.name))
        }
        return problems
    }

    // MARK: What an editor can do

    private var addEffects: FixIt {
        let signature = declaration.signature
        var effects = FunctionEffectSpecifiersSyntax(
            asyncSpecifier: .keyword(.async, trailingTrivia: .space),
            throwsClause: ThrowsClauseSyntax(throwsSpecifier: .keyword(.throws, trailingTrivia: .space)))
        if signature.parameterClause.trailingTrivia.isEmpty { effects.leadingTrivia = .space }
        return FixIt(
            message: CachedFix.addEffects,
            changes: [
                .replace(oldNode: Syntax(signature), newNode: Syntax(signature.with(\.effectSpecifiers, effects)))
            ])
    }

    private func throwAnything(_ clause: ThrowsClauseSyntax) -> FixIt {
        let untyped = ThrowsClauseSyntax(
            throwsSpecifier: .keyword(.throws), trailingTrivia: clause.trailingTrivia)
        return FixIt(
            message: CachedFix.throwAnything, changes: [.replace(oldNode: Syntax(clause), newNode: Syntax(untyped))])
    }

    private var addNonisolated: FixIt {
        let start = declaration.funcKeyword.positionAfterSkippingLeadingTrivia
        return FixIt(
            message: CachedFix.addNonisolated,
            changes: [.replaceText(range: start..<start, with: "nonisolated ", in: Syntax(declaration))])
    }
}

extension CachedFunction {
    /// What makes it impossible that parameters are part of a key, or are used by a body that runs for several callers.
    ///
    /// - Parameter ignored: The names that are not part of the key; `nil` when it is made by hand.
    func problems(ofParametersIgnoring ignored: Set<String>?) -> [Diagnostic] {
        parameters.flatMap { parameter -> [Diagnostic] in
            guard let name = parameter.localName else { return [] }
            func problem(_ problem: CachedProblem) -> [Diagnostic] { [Diagnostic(node: parameter, message: problem)] }

            let words = Set(parameter.type.tokens(viewMode: .sourceAccurate).map(\.tokenKind))
            let specifiers: [Keyword] = [.inout, .borrowing, .consuming, .isolated]
            if let specifier = specifiers.first(where: { parameter.type.specifiers.contains($0) }) {
                return problem(.specifier("\(specifier)", parameter: name.text))
            }
            if words.contains(.keyword(.some)) { return problem(.generic) }
            let isInKey = ignored.map { !$0.contains(name.plainName) } ?? false
            if parameter.type.isFunction {
                if isInKey { return problem(.function(parameter: name.text)) }
                if !words.contains(.identifier("escaping")) { return problem(.nonescaping(parameter: name.text)) }
            }
            if isInKey, words.contains(.keyword(.any)) { return problem(.existential(parameter: name.text)) }
            return []
        }
    }
}

extension TypeSyntax {
    /// The specifiers of a parameter's type.
    fileprivate var specifiers: [Keyword] {
        guard let type = self.as(AttributedTypeSyntax.self) else { return [] }
        return type.specifiers.compactMap { specifier in
            guard case .keyword(let keyword)? = specifier.as(SimpleTypeSpecifierSyntax.self)?.specifier.tokenKind else {
                return nil
            }
            return keyword
        }
    }

    /// Whether it is the type of a function, which does not escape unless it says so. One in an optional does.
    fileprivate var isFunction: Bool {
        if let type = self.as(AttributedTypeSyntax.self) { return type.baseType.isFunction }
        return self.is(FunctionTypeSyntax.self)
    }

    /// The type, if it is none that can be `Codable`.
    fileprivate var unsuitable: String? {
        if let tuple = self.as(TupleTypeSyntax.self), tuple.elements.count != 1 { return compactText }
        let words = tokens(viewMode: .sourceAccurate).map(\.tokenKind)
        return words.contains(.keyword(.some)) || words.contains(.keyword(.any)) || isFunction ? compactText : nil
    }
}
