import PeriluneLua

/// A function of Redis' Lua that gives exactly one value.
struct LuaBuiltin: Sendable, Hashable {
    /// Such as `tostring` or `math.floor`.
    let name: String

    /// Whether calls of it change nothing.
    var isPure: Bool { Self.pure.contains(name) }

    /// The function that a call calls; `nil` when it is another, or not known.
    init?(calledBy expression: LuaExpression) {
        guard case .path(let base, let suffixes) = expression.kind,
            case .name(let first, .global) = base.unparenthesized.kind, case .call? = suffixes.last?.kind
        else { return nil }
        switch suffixes.count {
        case 1: name = first.text
        case 2:
            guard let field = suffixes[0].fieldName else { return nil }
            name = first.text + "." + field
        default: return nil
        }
        guard Self.pure.contains(name) || Self.impure.contains(name) else { return nil }
    }

    private static let pure: Set<String> = [
        "tonumber", "tostring", "type", "math.abs", "math.ceil", "math.floor", "math.fmod", "math.max", "math.min",
        "math.pow", "math.sqrt", "string.format", "string.len", "string.lower", "string.rep", "string.reverse",
        "string.sub", "string.upper", "table.concat", "redis.sha1hex", "cjson.encode", "cmsgpack.pack", "struct.pack",
    ]
    private static let impure: Set<String> = ["cjson.decode", "math.random", "redis.call", "redis.pcall"]
}

extension LuaSuffix {
    /// The name in `.name` and `["name"]`.
    var fieldName: String? {
        switch kind {
        case .field(let name): return name.text
        case .index(let key):
            guard case .string(let bytes) = key.unparenthesized.kind else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        case .call, .method: return nil
        }
    }
}

extension LuaExpression {
    /// Whether it is a call of `string.gsub`, or of the method of what is a text for certain.
    var isReplacement: Bool {
        guard case .path(let base, let suffixes) = kind else { return false }
        switch suffixes.last?.kind {
        case .method(let name, _):
            guard name.text == "gsub" else { return false }
            switch base.unparenthesized.kind {
            case .string: return suffixes.count == 1
            case .name(let table, .global):
                guard suffixes.count == 2, case .index = suffixes[0].kind else { return false }
                return table.text == "KEYS" || table.text == "ARGV"
            default: return false
            }
        case .call:
            guard suffixes.count == 2, case .name(let name, .global) = base.kind else { return false }
            return name.text == "string" && suffixes[0].fieldName == "gsub"
        default: return false
        }
    }
}
