import SwiftDiagnostics
import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacros

/// `@Cached`: makes of a function's body what a cache region computes.
///
/// ```swift
/// @Sendable func compute() async throws -> Product { /* the body */ }
/// return try await caches.region(.products, of: Product.self).value(
///     for: Perilune.CacheKeyEncoder(function: "App/Shop.swift Shop.product(id:Int)->Product")
///         .adding(instance: self)
///         .adding(id)
///         .key,
///     compute)
/// ```
///
/// A local function and not a closure: in it, members of a class are reached without `self.`, and types are inferred
/// statement by statement, as in the body itself.
struct CachedMacro: BodyMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingBodyFor declaration: some DeclSyntaxProtocol & WithOptionalCodeBlockSyntax,
        in context: some MacroExpansionContext
    ) throws -> [CodeBlockItemSyntax] {
        // What cannot be cached keeps its body, so that the one mistake is all that the compiler has to tell.
        let original = Array(declaration.body?.statements ?? [])
        guard let function = declaration.as(FunctionDeclSyntax.self) else {
            context.diagnose(Diagnostic(node: node.attributeName, message: CachedProblem.notAFunction))
            return original
        }
        let cached = CachedFunction(function, in: context)
        var problems = cached.problems
        let arguments = CachedArguments(node, of: cached, problems: &problems)
        problems += cached.problems(ofParametersIgnoring: arguments.key == nil ? arguments.ignored : nil)
        guard problems.isEmpty, let body = function.body, let result = cached.result else {
            for problem in problems { context.diagnose(problem) }
            return original
        }
        let compute = context.makeUniqueName("compute")
        // A line for each part, so that an error in the expansion points at what it is about.
        let call =
            "\(arguments.caches).region(\(arguments.type), of: \(result.value).self)"
            + (result.isOptional ? ".valueIfFound(" : ".value(")
        let key = "for: " + (arguments.key ?? cached.key(ignoring: arguments.ignored))
        let lines = ([call + "\n" + key] + arguments.forwarded).joined(separator: ",\n")
        return [
            "@Sendable func \(compute)() async throws -> \(result.type.trimmed) \(body.trimmed)",
            "return try await \(raw: lines),\n\(compute))",
        ]
    }
}
