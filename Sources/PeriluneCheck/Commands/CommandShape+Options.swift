extension CommandShape {
    /// What a call replies with the options that it has.
    ///
    /// - Parameters:
    ///   - name: ``KnownCommand/name``.
    ///   - keywords: The words in upper case where they are known, the name included.
    ///   - isOpen: Whether there may be other words.
    /// - Complexity: O(words).
    func reply(to name: String, _ keywords: [String?], isOpen: Bool) -> ReplyShape {
        switch name {
        case "LPOP", "RPOP": return counted(keywords, isOpen, .optional(.list(.string)))
        case "SPOP": return counted(keywords, isOpen, .set)
        case "SRANDMEMBER": return counted(keywords, isOpen, .list(.string))
        case "HRANDFIELD": return counted(keywords, isOpen, .list(.string), .pairs(.string, isNested: true))
        case "ZRANDMEMBER": return counted(keywords, isOpen, .list(.string), .pairs(.double, isNested: true))
        case "ZPOPMIN", "ZPOPMAX": return counted(keywords, isOpen, .pairs(.double, isNested: true))
        default: break
        }
        guard let changes = Self.changes[name] else { return reply }
        guard !isOpen, let options = Self.options(keywords, from: changes.start) else { return .any }
        return changes.byOption.first { options.contains($0.option) }?.reply ?? reply
    }

    /// The reply of a command that a number of elements makes an array, and another word another one.
    private func counted(
        _ keywords: [String?], _ isOpen: Bool, _ array: ReplyShape, _ longer: ReplyShape? = nil
    ) -> ReplyShape {
        switch keywords.count {
        case ...2: isOpen ? .any : reply
        case 3: isOpen && longer != nil ? .any : array
        default: longer ?? array
        }
    }

    /// The options of a call, without their values; `nil` where a word that is not known may be one.
    private static func options(_ keywords: [String?], from start: Int) -> Set<String>? {
        var options: Set<String> = []
        var position = start
        while position < keywords.count {
            guard let keyword = keywords[position] else { return nil }
            options.insert(keyword)
            position += 1 + (valueCounts[keyword] ?? 0)
        }
        return options
    }

    private static let valueCounts = [
        "COUNT": 1, "EX": 1, "EXAT": 1, "LIMIT": 2, "MAXLEN": 1, "PX": 1, "PXAT": 1, "RANK": 1,
    ]

    /// Options that change what is replied.
    private struct Changes: Sendable {
        /// The position of the first word that may be one.
        let start: Int
        /// Of several options the first one here counts.
        let byOption: [(option: String, reply: ReplyShape)]

        init(from start: Int, _ byOption: KeyValuePairs<String, ReplyShape>) {
            self.start = start
            self.byOption = byOption.map { ($0.key, $0.value) }
        }

        static func scores(from start: Int) -> Self {
            Changes(from: start, ["WITHSCORES": .pairs(.double, isNested: true)])
        }

        static let rank = Changes(from: 3, ["WITHSCORE": .optional(.tuple([.count, .double]))])
        static let places = Changes(
            from: 3,
            [
                "STORE": .count, "STOREDIST": .count, "WITHCOORD": .list(.any), "WITHDIST": .list(.any),
                "WITHHASH": .list(.any),
            ])
        static let set = Changes(
            from: 3,
            [
                "GET": .optional(.string), "NX": .optional(.status), "XX": .optional(.status), "IFEQ": .any,
                "IFNE": .any, "IFDEQ": .any, "IFDNE": .any,
            ])
    }

    private static let changes: [String: Changes] = [
        "SET": .set, "ZADD": Changes(from: 2, ["INCR": .optional(.double)]),
        "ZRANGE": .scores(from: 4), "ZREVRANGE": .scores(from: 4), "ZRANGEBYSCORE": .scores(from: 4),
        "ZREVRANGEBYSCORE": .scores(from: 4), "ZUNION": .scores(from: 2), "ZINTER": .scores(from: 2),
        "ZDIFF": .scores(from: 2), "ZRANK": .rank, "ZREVRANK": .rank,
        "LPOS": Changes(from: 3, ["COUNT": .list(.count)]), "LCS": Changes(from: 3, ["LEN": .count, "IDX": .any]),
        "SORT": Changes(from: 2, ["STORE": .count]), "GEORADIUS": .places, "GEORADIUSBYMEMBER": .places,
        "GEORADIUS_RO": .places, "GEORADIUSBYMEMBER_RO": .places, "GEOSEARCH": .places,
    ]
}
