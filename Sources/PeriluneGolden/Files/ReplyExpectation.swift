public import PeriluneCore

/// What a reply is expected to be.
public indirect enum ReplyExpectation: Sendable, Hashable {
    /// Anything but an error.
    case any
    case integer(ClosedRange<Int>)
    case bulk([UInt8])
    case status(String)
    case null
    case array([ReplyExpectation])
    /// An array of these, each group's elements next to each other, and the groups in any order: the members of a set are
    /// groups of one, the fields of a hash groups of two.
    case unordered([[ReplyExpectation]])
    /// An error whose line begins so.
    case error(String)

    /// Whether a reply is as expected.
    ///
    /// - Complexity: O(n) in the size of the reply, but for the groups of ``unordered(_:)`` that more than one reply fits,
    ///   which are few.
    func accepts(_ reply: RedisReply) -> Bool {
        switch (self, reply) {
        case (.any, .error): false
        case (.any, _): true
        case (.integer(let range), .integer(let value)): range.contains(value)
        case (.bulk(let expected), .bulk(let bytes)): expected == bytes
        case (.status(let expected), .status(let text)): expected == text
        case (.null, .null): true
        case (.error(let prefix), .error(let error)): error.line.hasPrefix(prefix)
        case (.array(let expected), .array(let elements)):
            expected.count == elements.count && zip(expected, elements).allSatisfy { $0.accepts($1) }
        case (.unordered(let groups), .array(let elements)): Self.fits(groups, elements)
        default: false
        }
    }

    /// What is wrong with a reply; `nil` when it is as expected.
    ///
    /// - Parameter place: What the reply is called in the message.
    public func objection(to reply: RedisReply, place: String = "reply") -> String? {
        if accepts(reply) { return nil }
        guard case .array(let expected) = self, case .array(let elements) = reply, expected.count == elements.count,
            let index = expected.indices.first(where: { !expected[$0].accepts(elements[$0]) })
        else { return "\(place) is \(Self.shown(reply)), expected \(self)" }
        let objection = expected[index].objection(to: elements[index], place: "\(place)[\(index)]") ?? ""
        guard ReplyExpectation.unordered(expected.map { [$0] }).accepts(reply) else { return objection }
        return objection + "; all elements are there in another order, which {unordered: [...]} allows"
    }

    /// The only reply that is as expected; `nil` when there are others. The text of an error stands for it.
    var exact: RedisReply? {
        switch self {
        case .any: return nil
        case .integer(let range): return range.lowerBound == range.upperBound ? .integer(range.lowerBound) : nil
        case .bulk(let bytes): return .bulk(bytes)
        case .status(let text): return .status(text)
        case .null: return .null
        case .error(let line): return .error(RedisError(line))
        case .unordered: return nil
        case .array(let elements):
            let replies = elements.compactMap(\.exact)
            return replies.count == elements.count ? .array(replies) : nil
        }
    }

    /// Whether two replies are the same as far as this tells replies apart by the order of their elements.
    func isSame(_ one: RedisReply, _ other: RedisReply) -> Bool {
        switch (self, one, other) {
        case (.unordered(let groups), .array(let elements), .array(let others)):
            let width = groups.first?.count ?? 1
            // Within what has no order itself none counts.
            let isDeep = groups.joined().contains { if case .unordered = $0 { true } else { false } }
            return Self.counted(elements, width, isDeep) == Self.counted(others, width, isDeep)
        case (.array(let expected), .array(let elements), .array(let others))
        where expected.count == elements.count && expected.count == others.count:
            return zip(expected, zip(elements, others)).allSatisfy { $0.isSame($1.0, $1.1) }
        default: return one == other
        }
    }

    /// How often each group of elements is there.
    private static func counted(_ elements: [RedisReply], _ width: Int, _ isDeep: Bool) -> [[UnorderedReply]: Int] {
        var counts: [[UnorderedReply]: Int] = [:]
        for start in stride(from: 0, to: elements.count, by: width) {
            let group = elements[start..<min(start + width, elements.count)]
            counts[group.map { UnorderedReply($0, isDeep: isDeep) }, default: 0] += 1
        }
        return counts
    }

    /// A reply as an expectation would be written.
    static func shown(_ reply: RedisReply) -> String {
        switch reply {
        case .integer(let value): String(value)
        case .bulk(let bytes): quoted(bytes)
        case .status(let text): "{status: \(text)}"
        case .null: "null"
        case .array(let elements): "[" + elements.map(shown).joined(separator: ", ") + "]"
        case .error(let error): "{error: \(error.line)}"
        }
    }
}

extension ReplyExpectation: CustomStringConvertible {
    public var description: String {
        switch self {
        case .any: "any"
        case .integer(let range) where range.lowerBound == range.upperBound: String(range.lowerBound)
        case .integer(let range): "\(range.lowerBound)..\(range.upperBound)"
        case .bulk(let bytes): quoted(bytes)
        case .status(let text): "{status: \(text)}"
        case .null: "null"
        case .array(let elements): "[" + elements.map(\.description).joined(separator: ", ") + "]"
        case .unordered(let groups) where groups.allSatisfy({ $0.count == 2 }) && !groups.isEmpty:
            "{pairs: {" + groups.map { "\($0[0]): \($0[1])" }.joined(separator: ", ") + "}}"
        case .unordered(let groups):
            "{unordered: [" + groups.joined().map(\.description).joined(separator: ", ") + "]}"
        case .error(let prefix): "{error: \(prefix)}"
        }
    }
}
