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
