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
    /// An error whose line begins so.
    case error(String)

    /// What is wrong with a reply; `nil` when it is as expected.
    ///
    /// - Parameter place: What the reply is called in the message.
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
                if let objection = pair.0.objection(to: pair.1, place: "\(place)[\(index)]") { return objection }
            }
            return nil
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
        case .array(let elements):
            let replies = elements.compactMap(\.exact)
            return replies.count == elements.count ? .array(replies) : nil
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
        case .error(let prefix): "{error: \(prefix)}"
        }
    }
}

/// What a key is expected to be.
public struct KeyExpectation: Sendable, Hashable {
    /// When it is to expire.
    public enum TimeToLive: Sendable, Hashable {
        case any
        /// Never.
        case none
        /// In so many milliseconds.
        case milliseconds(ClosedRange<Int>)
    }

    /// What it is to hold.
    public enum Value: Sendable, Hashable {
        /// There is no such key.
        case absent
        case type(String)
        case content(KeyContent)
        /// Anything.
        case present
    }

    public let name: String
    public let value: Value
    public let timeToLive: TimeToLive

    public init(name: String, value: Value, timeToLive: TimeToLive = .any) {
        self.name = name
        self.value = value
        self.timeToLive = timeToLive
    }

    /// What is wrong with a key; empty when it is as expected.
    ///
    /// - Parameter state: The key; `nil` when there is none.
    func objections(to state: KeyState?) -> [String] {
        guard let state else { return value == .absent ? [] : ["key \(name) does not exist"] }
        var objections: [String] = []
        switch value {
        case .absent: return ["key \(name) exists: \(state.type) \(state.content.description)"]
        case .present: break
        case .type(let type):
            if type != state.type { objections.append("key \(name) is a \(state.type), expected \(type)") }
        case .content(let content):
            if !content.matches(state.content) {
                objections.append(
                    "key \(name) holds \(state.type) \(state.content.description), "
                        + "expected \(content.type) \(content)")
            }
        }
        switch (timeToLive, state.timeToLive) {
        case (.any, _), (.none, nil): break
        case (.none, let milliseconds?): objections.append("key \(name) expires in \(milliseconds) ms, expected never")
        case (.milliseconds(let range), let milliseconds?) where range.contains(milliseconds): break
        case (.milliseconds(let range), let milliseconds):
            let expected =
                range.lowerBound == range.upperBound
                ? "\(range.lowerBound)" : "\(range.lowerBound)..\(range.upperBound)"
            let found = milliseconds.map { "expires in \($0) ms" } ?? "never expires"
            objections.append("key \(name) \(found), expected \(expected) ms")
        }
        return objections
    }
}
