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

    /// What is wrong with a reply; `nil` when it is as expected.
    ///
    /// - Parameter place: What the reply is called in the message.
    /// - Complexity: O(n) in the size of the reply; O(n³) for the groups of ``unordered(_:)`` that more than one reply fits.
    public func objection(to reply: RedisReply, place: String = "reply") -> String? {
        switch (self, reply) {
        case (.any, .error): break
        case (.any, _): return nil
        case (.integer(let range), .integer(let value)) where range.contains(value): return nil
        case (.bulk(let expected), .bulk(let bytes)) where expected == bytes: return nil
        case (.status(let expected), .status(let text)) where expected == text: return nil
        case (.null, .null): return nil
        case (.error(let prefix), .error(let error)) where error.line.hasPrefix(prefix): return nil
        case (.array(let expected), .array(let elements)) where expected.count == elements.count:
            for (index, pair) in zip(expected, elements).enumerated() {
                guard let objection = pair.0.objection(to: pair.1, place: "\(place)[\(index)]") else { continue }
                guard UnorderedReply(reply) == exact.map(UnorderedReply.init) else { return objection }
                return objection + "; all elements are there in another order, which {unordered: [...]} allows"
            }
            return nil
        case (.unordered(let groups), .array(let elements)) where Self.fits(groups, elements): return nil
        default: break
        }
        return "\(place) is \(Self.shown(reply)), expected \(self)"
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
        case (.unordered, _, _): UnorderedReply(one) == UnorderedReply(other)
        case (.array(let expected), .array(let elements), .array(let others))
        where expected.count == elements.count && expected.count == others.count:
            zip(expected, zip(elements, others)).allSatisfy { $0.isSame($1.0, $1.1) }
        default: one == other
        }
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
