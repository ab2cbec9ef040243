import SwiftSyntax

/// What a function stands in.
struct Surroundings {
    /// The types and extensions around the function, the outermost first: `Outer.Inner`.
    private(set) var path = ""
    /// Whether the function belongs to a type.
    private(set) var isType = false
    /// Whether it stands in another function, or in what is as one.
    private(set) var isLocal = false
    /// Whether the type of `self` is the one that is named, and cannot be another: a subclass, one of a generic type's, or
    /// whatever a protocol's extension is used with.
    private(set) var isKnownType = true
    /// Whether the function belongs to an actor.
    private(set) var isActor = false
    /// Whether the function belongs to a type of the main actor.
    private(set) var isOnMainActor = false

    /// - Parameter context: The innermost first.
    init(_ context: [Syntax]) {
        var names: [String] = []
        for (depth, syntax) in context.enumerated() {
            guard let group = syntax.asProtocol((any DeclGroupSyntax).self) else {
                isLocal = true
                continue
            }
            names.insert(note(group), at: 0)
            if depth == 0 {
                isType = true
                isActor = group.is(ActorDeclSyntax.self)
                isOnMainActor = group.attributes.names("MainActor")
            }
        }
        path = names.joined(separator: ".")
    }

    private mutating func note(_ group: any DeclGroupSyntax) -> String {
        if let type = group.asProtocol((any WithGenericParametersSyntax).self), type.genericParameterClause != nil {
            isKnownType = false
        }
        if let type = group.as(ExtensionDeclSyntax.self) {
            isKnownType = false
            return type.extendedType.compactText + (type.genericWhereClause.map { " " + $0.compactText } ?? "")
        }
        if group.is(ClassDeclSyntax.self), !group.modifiers.contains(where: { $0.name.tokenKind == .keyword(.final) }) {
            isKnownType = false
        }
        return group.asProtocol((any NamedDeclSyntax).self)?.name.text ?? ""
    }
}

extension AttributeListSyntax {
    /// Whether an attribute with a name is among them.
    func names(_ name: String) -> Bool {
        contains { $0.as(AttributeSyntax.self)?.attributeName.compactText == name }
    }
}
