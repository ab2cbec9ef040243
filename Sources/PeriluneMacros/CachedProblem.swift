import SwiftDiagnostics

/// Why a function cannot be cached, or not so.
enum CachedProblem: Error, DiagnosticMessage {
    case notAFunction
    case noBody
    case local
    case notAsyncThrows
    case typedThrows
    case generic
    case noResult
    case result(String)
    case specifier(String, parameter: String)
    case existential(parameter: String)
    case function(parameter: String)
    case nonescaping(parameter: String)
    case modifier(String)
    case isolated
    case unknownName(String, known: [String])
    case namesAreNotLiteral
    case unclosedBrace
    case unopenedBrace
    case notAPath(String)
    case negativeWithoutOptional
    case ignoringWithKey
    case noInstance

    var message: String {
        switch self {
        case .notAFunction: "'@Cached' is for functions and methods"
        case .noBody: "'@Cached' needs a body to run; it belongs to the implementation of a requirement"
        case .local:
            "'@Cached' is for functions of files and types; what a function inside of another captures would not be in the key"
        case .notAsyncThrows:
            "'@Cached' needs an 'async throws' function: its body may run, and fail, for several callers"
        case .typedThrows: "'@Cached' functions throw any error: those of the body and those of the cache"
        case .generic:
            "'@Cached' cannot serve a generic function: the key would not tell one type argument from another"
        case .noResult: "'@Cached' needs a result to cache"
        case .result(let type): "'@Cached' needs a result that is 'Codable & Sendable', and '\(type)' is not"
        case .specifier(let specifier, let parameter):
            "'@Cached' cannot serve the '\(specifier)' parameter '\(parameter)': its body may run for several callers"
        case .existential(let parameter):
            "the key would not tell one type of '\(parameter)' from another; "
                + "declare it as one type, or name it in 'ignoring:' if the result does not depend on it"
        case .function(let parameter):
            "a function cannot be part of a key; name '\(parameter)' in 'ignoring:' if the result does not depend on it"
        case .nonescaping(let parameter):
            "'@Cached' needs '\(parameter)' to be '@escaping @Sendable': its body may run for several callers"
        case .modifier(let modifier):
            "'@Cached' cannot serve a '\(modifier)' method: its body may run for several callers"
        case .isolated:
            "'@Cached' bodies run outside of actors, for all that ask at the same time; the function has to be 'nonisolated'"
        case .unknownName(let name, let known):
            known.isEmpty
                ? "there is no parameter '\(name)'"
                : "there is no parameter '\(name)', only " + known.map { "'\($0)'" }.joined(separator: ", ")
        case .namesAreNotLiteral: "'ignoring:' is an array of names in quotes"
        case .unclosedBrace: "'{' without '}'; a brace that is meant as such is written '{{'"
        case .unopenedBrace: "'}' without '{'; a brace that is meant as such is written '}}'"
        case .notAPath(let text):
            "'{\(text)}' is not the name of a parameter, or a path of properties from one; "
                + "braces that are meant as such are written '{{' and '}}'"
        case .negativeWithoutOptional: "'negativeTTL:' is for functions whose result is optional"
        case .ignoringWithKey: "'key:' is the whole key: there is nothing to ignore"
        case .noInstance: "a key path needs an instance, and here is none; name a constant"
        }
    }

    var diagnosticID: MessageID {
        // The name of the case.
        MessageID(domain: "PeriluneMacros", id: String("\(self)".prefix { $0 != "(" }))
    }

    var severity: DiagnosticSeverity { .error }
}

/// What an editor can do about it.
enum CachedFix: String, FixItMessage {
    case addEffects = "add 'async throws'"
    case throwAnything = "let it throw any error"
    case addNonisolated = "add 'nonisolated'"

    var message: String { rawValue }

    var fixItID: MessageID { MessageID(domain: "PeriluneMacros", id: "\(self)") }
}
