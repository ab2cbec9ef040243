/// Calls whose reply is as much as there is data.
enum WholeKeyRead {
    /// Whether a call certainly copies all elements of a key.
    ///
    /// - Parameters:
    ///   - name: ``KnownCommand/name``.
    ///   - keywords: The words in upper case where they are known, the name included.
    ///   - isOpen: Whether there may be other words.
    /// - Complexity: O(words).
    static func readsAll(_ name: String, _ keywords: [String?], isOpen: Bool) -> Bool {
        switch name {
        case "HGETALL", "HKEYS", "HVALS", "SMEMBERS", "SDIFF", "SINTER", "SUNION", "ZDIFF", "ZINTER", "ZUNION":
            return true
        case "LRANGE", "ZREVRANGE": return isAll(keywords, [("0", "-1")])
        case "ZRANGE":
            guard let options = options(keywords, isOpen), !options.contains("LIMIT") else { return false }
            let isByRank = options.isDisjoint(with: ["BYSCORE", "BYLEX"])
            return isAll(keywords, isByRank ? [("0", "-1")] : everyScore + everyName)
        case "ZRANGEBYSCORE", "ZREVRANGEBYSCORE", "ZRANGEBYLEX", "ZREVRANGEBYLEX":
            guard let options = options(keywords, isOpen), !options.contains("LIMIT") else { return false }
            return isAll(keywords, everyScore + everyName)
        case "XRANGE", "XREVRANGE":
            guard let options = options(keywords, isOpen), !options.contains("COUNT") else { return false }
            return isAll(keywords, everyName)
        default: return false
        }
    }

    /// Whether nothing but the data bounds the reply of a call: one of all elements, or of all between two scores.
    static func isUnbounded(_ name: String, _ keywords: [String?], isOpen: Bool) -> Bool {
        if name == "KEYS" || readsAll(name, keywords, isOpen: isOpen) { return true }
        switch name {
        case "ZRANGEBYSCORE", "ZREVRANGEBYSCORE": break
        case "ZRANGE": if !keywords.contains("BYSCORE") { return false }
        default: return false
        }
        return !isOpen && !keywords.contains("LIMIT")
    }

    private static let everyScore = [("-INF", "+INF"), ("-INF", "INF"), ("+INF", "-INF"), ("INF", "-INF")]
    private static let everyName = [("-", "+"), ("+", "-")]

    /// Whether the second and the third argument are one of some pairs.
    private static func isAll(_ keywords: [String?], _ bounds: [(String, String)]) -> Bool {
        guard keywords.count > 3, let first = keywords[2], let last = keywords[3] else { return false }
        return bounds.contains { $0 == (first, last) }
    }

    /// The words after the third argument; `nil` when some are not known.
    private static func options(_ keywords: [String?], _ isOpen: Bool) -> Set<String>? {
        let options = keywords.dropFirst(4)
        return isOpen || options.contains(nil) ? nil : Set(options.compactMap { $0 })
    }
}
