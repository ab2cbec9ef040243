/// Reads replies of one kind.
struct ReplyDecoder<Value>: Sendable {
    /// `nil` when the reply is not what is expected. Never gets an error reply.
    let read: @Sendable (RedisReply) -> Value?
    private let describe: @Sendable () -> String

    /// - Parameter expectation: What the reply has to be, in words; made when an error needs them.
    init(
        _ expectation: @autoclosure @escaping @Sendable () -> String,
        _ read: @escaping @Sendable (RedisReply) -> Value?
    ) {
        self.read = read
        describe = expectation
    }

    /// What the reply has to be, in words.
    var expectation: String { describe() }

    /// Reads a reply that is no error.
    ///
    /// - Parameter name: What answered it.
    /// - Throws: ``EngineError/Code/unexpectedReply`` when it is of another type.
    func decode(_ reply: RedisReply, of name: String) throws(EngineError) -> Value {
        guard let value = read(reply) else {
            throw EngineError.unexpected(reply, of: name, expected: expectation)
        }
        return value
    }
}

extension ReplyDecoder<Int> {
    static let integer = ReplyDecoder("an integer") { $0.integer }
}

extension ReplyDecoder<Int?> {
    static let optionalInteger = ReplyDecoder("an integer or null") { reply in
        reply.isNull ? .some(nil) : reply.integer.map { .some($0) }
    }
}

extension ReplyDecoder<Bool> {
    /// 1 or 0.
    static let flag = ReplyDecoder("0 or 1") { reply in
        switch reply {
        case .integer(0): false
        case .integer(1): true
        default: nil
        }
    }

    /// `OK`, or null for what a condition forbade.
    static let okOrNull = ReplyDecoder("OK or null") { reply in
        switch reply {
        case .status("OK"): true
        case .null: false
        default: nil
        }
    }
}

extension ReplyDecoder<[Bool]> {
    static let flags = ReplyDecoder("an array of 0 and 1") { $0.elements { ReplyDecoder<Bool>.flag.read($0) } }
}

extension ReplyDecoder<Void> {
    static let ok = ReplyDecoder("OK") { if case .status("OK") = $0 { () } else { nil } }
}

extension ReplyDecoder {
    static func value() -> Self where Value: RedisValue {
        ReplyDecoder(Value.redisDescription) { $0.value() }
    }

    static func optional<V: RedisValue>() -> Self where Value == V? {
        ReplyDecoder("\(V.redisDescription) or null") { $0.optional() }
    }

    static func values<V: RedisValue>() -> Self where Value == [V] {
        ReplyDecoder("an array of \(V.redisDescription)") { $0.elements { $0.value() } }
    }

    /// An array, or null for a key that is not there.
    static func valuesOrNull<V: RedisValue>() -> Self where Value == [V] {
        ReplyDecoder("an array of \(V.redisDescription)") { $0.isNull ? [] : $0.elements { $0.value() } }
    }

    static func optionals<V: RedisValue>() -> Self where Value == [V?] {
        ReplyDecoder("an array of \(V.redisDescription) or null") { $0.elements { $0.optional() } }
    }

    /// Fields and values, one after the other.
    static func fields<V: RedisValue>() -> Self where Value == [String: V] {
        ReplyDecoder("fields and values, which are \(V.redisDescription)") { reply in
            guard let pairs = reply.pairs(String.self, V.self) else { return nil }
            let fields = Dictionary(pairs) { _, last in last }
            // Two fields that Swift takes for one text, "é" in one scalar and in two: neither is to be lost.
            return fields.count == pairs.count ? fields : nil
        }
    }

    /// Members and scores, one after the other.
    static func scored<V: RedisValue>() -> Self where Value == [ScoredMember<V>] {
        ReplyDecoder("members and scores, members being \(V.redisDescription)") { reply in
            reply.pairs(V.self, Double.self)?.map { ScoredMember(member: $0, score: $1) }
        }
    }
}

extension RedisReply {
    func value<V: RedisValue>() -> V? {
        bytes.flatMap { V(redisBytes: $0) }
    }

    /// The outer `nil` is for what is neither a value nor null.
    func optional<V: RedisValue>() -> V?? {
        isNull ? .some(nil) : value().map { .some($0) }
    }

    /// The elements of an array when each of them can be read.
    func elements<Element>(_ read: (RedisReply) -> Element?) -> [Element]? {
        guard let array else { return nil }
        var elements: [Element] = []
        elements.reserveCapacity(array.count)
        for reply in array {
            guard let element = read(reply) else { return nil }
            elements.append(element)
        }
        return elements
    }

    /// The elements of an array, two by two.
    func pairs<First: RedisValue, Second: RedisValue>(_: First.Type, _: Second.Type) -> [(First, Second)]? {
        guard let array, array.count.isMultiple(of: 2) else { return nil }
        var pairs: [(First, Second)] = []
        pairs.reserveCapacity(array.count / 2)
        for index in stride(from: 0, to: array.count, by: 2) {
            guard let first: First = array[index].value(), let second: Second = array[index + 1].value() else {
                return nil
            }
            pairs.append((first, second))
        }
        return pairs
    }
}
