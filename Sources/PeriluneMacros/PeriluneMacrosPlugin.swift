import SwiftCompilerPlugin
import SwiftSyntaxMacros

/// The program that the compiler asks.
@main
struct PeriluneMacrosPlugin: CompilerPlugin {
    let providingMacros: [any Macro.Type] = [CachedMacro.self]
}
