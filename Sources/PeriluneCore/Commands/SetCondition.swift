/// When a value is written to a key.
public enum SetCondition: String, Sendable, Hashable {
    /// Always.
    case always = ""
    /// When there is no such key.
    case ifMissing = "NX"
    /// When there is such a key.
    case ifPresent = "XX"

    package var arguments: [RedisArgument] { self == .always ? [] : [.string(rawValue)] }
}

/// Where an element is put into a list.
public enum ListPlace: String, Sendable, Hashable {
    /// In front of another.
    case before = "BEFORE"
    /// Behind another.
    case after = "AFTER"
}

extension ReplyDecoder<Int?> {
    /// A length; 0 or -1 when nothing was inserted.
    static let insertion = ReplyDecoder("a length, 0 or -1") { reply in
        reply.integer.map { $0 > 0 ? $0 : nil }
    }
}

/// An end of a list.
public enum ListEnd: String, Sendable, Hashable {
    /// The head: where the element with index 0 is.
    case left = "LEFT"
    /// The tail.
    case right = "RIGHT"
}

/// What a key holds.
public enum RedisType: Sendable, Hashable {
    case string, list, set, sortedSet, hash, stream
    /// A type of a module, by its name.
    case other(String)

    /// The name that `TYPE` gives and `SCAN` takes.
    public var name: String {
        switch self {
        case .string: "string"
        case .list: "list"
        case .set: "set"
        case .sortedSet: "zset"
        case .hash: "hash"
        case .stream: "stream"
        case .other(let name): name
        }
    }

    init(name: String) {
        let known: [RedisType] = [.string, .list, .set, .sortedSet, .hash, .stream]
        self = known.first { $0.name == name } ?? .other(name)
    }
}

extension ReplyDecoder<RedisType?> {
    static let type = ReplyDecoder("the name of a type") { reply in
        guard case .status(let name) = reply else { return nil }
        return name == "none" ? .some(nil) : .some(RedisType(name: name))
    }
}
