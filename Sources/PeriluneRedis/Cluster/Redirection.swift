import PeriluneCore

/// What a node of a cluster answers instead of running a call that belongs elsewhere.
struct Redirection: Hashable {
    enum Kind {
        /// Another node serves the slot from now on: `MOVED`.
        case moved
        /// The slot is on its way, and this call belongs to the node that it goes to: `ASK`.
        case ask
    }

    let kind: Kind
    let slot: Int
    let node: RedisConfiguration.Endpoint

    /// Reads `MOVED 3999 127.0.0.1:6381` or `ASK 3999 127.0.0.1:6381`, and nothing else.
    ///
    /// - Parameters:
    ///   - line: An error reply.
    ///   - slot: The slot of the call. A line about another one is no redirection of the call, but the error of a
    ///     script that has run.
    ///   - asked: The node that has answered.
    init?(_ line: String, ofCallIn slot: Int, by asked: RedisConfiguration.Endpoint) {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 3, Self.slot(in: line) == slot else { return nil }
        switch words[0] {
        case "MOVED": kind = .moved
        case "ASK": kind = .ask
        default: return nil
        }
        // An IPv6 address stands there without brackets.
        guard let colon = words[2].lastIndex(of: ":"),
            let port = RedisConfiguration.Parts.decimal(words[2][words[2].index(after: colon)...]),
            let node = RedisConfiguration.Endpoint(announced: words[2][..<colon], port: port, by: asked)
        else { return nil }
        self.slot = slot
        self.node = node
    }

    /// The slot that such a line is about.
    static func slot(in line: String) -> Int? {
        let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        return words.count < 2 ? nil : RedisConfiguration.Parts.decimal(words[1])
    }
}
