/// How names of scripts, keys and arguments read in Swift.
enum SwiftName {
    /// `token_bucket` as `TokenBucket`. There are no underscores left in it.
    static func type(_ name: String) -> String {
        name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// `cost_limit` as `costLimit`, and a reserved word in backticks.
    static func value(_ name: String) -> String {
        let type = type(name)
        let camel = type.prefix(1).lowercased() + type.dropFirst()
        return reserved.contains(camel) ? "`\(camel)`" : camel
    }

    /// A name for something of the generator's own, with underscores behind it as long as it is taken.
    static func free(_ name: String, taken: Set<String>) -> String {
        var free = name
        while taken.contains(free) { free += "_" }
        return free
    }

    /// Whether generated code can call a type so: not a word that means something else wherever a type may stand, nor
    /// one of the modules by which types are named where their own name is hidden.
    static func isUsableForType(_ name: String) -> Bool {
        !meaningful.contains(name) && !modules.keys.contains(name)
    }

    /// Whether a text is an identifier of ASCII characters, and no word of the language.
    static func isIdentifier(_ text: String) -> Bool {
        guard let first = text.utf8.first, !isDigit(first), text != "_" else { return false }
        return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
            && !reserved.contains(text)
    }

    /// A type that generated code uses, with its module where a generated enum has its name.
    static func reference(_ type: String, hidden: Set<String>) -> String {
        guard hidden.contains(type), let module = modules.first(where: { $1.contains(type) })?.key else { return type }
        return "\(module).\(type)"
    }

    /// The types that generated code uses, by module.
    private static let modules: [String: Set<String>] = [
        "Swift": ["Int", "String", "UInt8"],
        "PeriluneCore": ["EngineError", "LuaScript", "RedisArgument", "RedisKey", "RedisReply", "ScriptEngine"],
    ]

    /// Members of these names cannot be declared, or not be used without backticks.
    private static let meaningful: Set<String> = ["Any", "Protocol", "Self", "Type"]

    /// The keywords of "The Swift Programming Language", and those among its contextual ones that can begin an
    /// expression: in backticks, each of them is a name like any other.
    private static let reserved: Set<String> = [
        "Any", "Self", "any", "as", "associatedtype", "async", "await", "borrow", "break", "case", "catch", "class",
        "consume", "continue", "copy", "default", "defer", "deinit", "discard", "do", "each", "else", "enum",
        "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "init",
        "inout", "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol", "public",
        "repeat", "rethrows", "return", "self", "some", "static", "struct", "subscript", "super", "switch", "then",
        "throw", "throws", "true", "try", "typealias", "unsafe", "var", "where", "while", "yield",
    ]

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
