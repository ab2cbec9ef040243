extension Command {
    /// The commands on ranges of sorted sets.
    static let sortedSetRanges: [Command] = [
        Command("zcount", 4) { keyspace, arguments in
            let range = SortedSetRange.scores(try ScoreRange(arguments[2], arguments[3]))
            let set = try keyspace.collection(SortedSetValue.self, for: arguments[1])
            return .integer(set.map { range.ranks(in: $0).count } ?? 0)
        },
        Command("zlexcount", 4) { keyspace, arguments in
            let range = SortedSetRange.names(try LexRange(arguments[2], arguments[3]))
            let set = try keyspace.collection(SortedSetValue.self, for: arguments[1])
            return .integer(set.map { range.ranks(in: $0).count } ?? 0)
        },
        Command("zrange", -4) { keyspace, arguments in
            try range(RangeQuery(arguments, from: 1), in: &keyspace)
        },
        Command("zrangebylex", -4) { keyspace, arguments in
            try range(RangeQuery(arguments, from: 1, by: .names, reversed: false), in: &keyspace)
        },
        Command("zrangebyscore", -4) { keyspace, arguments in
            try range(RangeQuery(arguments, from: 1, by: .scores, reversed: false), in: &keyspace)
        },
        Command("zrangestore", -5, [.write, .mayGrow]) { keyspace, arguments in
            let query = try RangeQuery(arguments, from: 2, stores: true)
            let result = SortedSetValue()
            if let set = try keyspace.collection(SortedSetValue.self, for: query.key) {
                set.visit(in: query.ranks(in: set)) { entry in
                    StoredString.bytes(entry.member).withSlice { result.set($0, to: entry.score) }
                    return true
                }
            }
            keyspace.store(result, under: arguments[1])
            return .integer(result.count)
        },
        Command("zremrangebylex", 4, .write) { keyspace, arguments in
            try remove(.names(try LexRange(arguments[2], arguments[3])), of: arguments[1], in: &keyspace)
        },
        Command("zremrangebyrank", 4, .write) { keyspace, arguments in
            let range = SortedSetRange.ranks(first: try arguments.integer(2), last: try arguments.integer(3))
            return try remove(range, of: arguments[1], in: &keyspace)
        },
        Command("zremrangebyscore", 4, .write) { keyspace, arguments in
            try remove(.scores(try ScoreRange(arguments[2], arguments[3])), of: arguments[1], in: &keyspace)
        },
        Command("zrevrange", -4) { keyspace, arguments in
            try range(RangeQuery(arguments, from: 1, by: .ranks, reversed: true), in: &keyspace)
        },
        Command("zrevrangebylex", -4) { keyspace, arguments in
            try range(RangeQuery(arguments, from: 1, by: .names, reversed: true), in: &keyspace)
        },
        Command("zrevrangebyscore", -4) { keyspace, arguments in
            try range(RangeQuery(arguments, from: 1, by: .scores, reversed: true), in: &keyspace)
        },
    ]

    private static func range(_ query: RangeQuery, in keyspace: inout Keyspace) throws(CommandError) -> CommandReply {
        guard let set = try keyspace.collection(SortedSetValue.self, for: query.key) else { return .emptyArray }
        let ranks = query.ranks(in: set)
        var replies: [CommandReply] = []
        replies.reserveCapacity(query.withScores ? ranks.count * 2 : ranks.count)
        set.visit(in: ranks, reversed: query.isReversed) { entry in
            replies.append(.bulk(entry.member))
            if query.withScores { replies.append(.double(entry.score)) }
            return true
        }
        return query.withScores ? .typed(.pairs, replies) : .array(replies)
    }

    private static func remove(
        _ range: SortedSetRange, of key: ByteSlice, in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        guard let set = try keyspace.collection(SortedSetValue.self, for: key) else { return .integer(0) }
        let ranks = range.ranks(in: set)
        set.remove(in: ranks)
        keyspace.removeIfEmpty(set, under: key)
        return .integer(ranks.count)
    }
}

/// `key min max [BYSCORE|BYLEX] [REV] [LIMIT offset count] [WITHSCORES]`, the arguments of `ZRANGE` and its kin.
private struct RangeQuery {
    enum Kind {
        case ranks, scores, names
    }

    let key: ByteSlice
    private(set) var isReversed: Bool
    private(set) var withScores = false
    private let range: SortedSetRange
    private var offset = 0
    private var limit = -1

    /// - Parameters:
    ///   - start: Where the key stands among the arguments.
    ///   - kind: What the bounds are; `nil` when the arguments say it.
    ///   - reversed: Whether the highest comes first; `nil` when the arguments say it.
    ///   - stores: Whether the members go to another key, so that `WITHSCORES` is no option.
    init(
        _ arguments: Arguments, from start: Int, by kind: Kind? = nil, reversed: Bool? = nil, stores: Bool = false
    ) throws(CommandError) {
        key = arguments[start]
        var kind = kind
        var reversed = reversed
        var index = start + 3
        while index < arguments.count {
            let option = arguments[index]
            if !stores, option.isWord("withscores") {
                withScores = true
            } else if option.isWord("limit"), index + 2 < arguments.count {
                offset = try arguments.integer(index + 1)
                limit = try arguments.integer(index + 2)
                index += 2
            } else if reversed == nil, option.isWord("rev") {
                reversed = true
            } else if kind == nil, option.isWord("bylex") {
                kind = .names
            } else if kind == nil, option.isWord("byscore") {
                kind = .scores
            } else {
                throw .syntax
            }
            index += 1
        }
        isReversed = reversed ?? false
        if limit != -1, kind ?? .ranks == .ranks {
            throw CommandError(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
        }
        if withScores, kind == .names {
            throw CommandError("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
        }
        let (low, high) = isReversed ? (start + 2, start + 1) : (start + 1, start + 2)
        switch kind ?? .ranks {
        case .ranks:
            range = .ranks(first: try arguments.integer(start + 1), last: try arguments.integer(start + 2))
        case .scores: range = .scores(try ScoreRange(arguments[low], arguments[high]))
        case .names: range = .names(try LexRange(arguments[low], arguments[high]))
        }
    }

    /// The ranks of the members that are asked for.
    func ranks(in set: SortedSetValue) -> Range<Int> {
        let all = range.ranks(in: set, reversed: isReversed)
        if case .ranks = range { return all }
        // A negative offset skips everything, as on the server; a negative limit is none.
        let skipped = offset < 0 ? all.count : min(offset, all.count)
        let taken = limit < 0 ? all.count - skipped : min(limit, all.count - skipped)
        return isReversed
            ? (all.upperBound - skipped - taken)..<(all.upperBound - skipped)
            : (all.lowerBound + skipped)..<(all.lowerBound + skipped + taken)
    }
}
