extension Command {
    /// The commands on single sorted sets, but for those on ranges.
    static let sortedSets: [Command] = [
        Command("zadd", -4, [.write, .mayGrow]) { keyspace, arguments in
            try add(arguments, increments: false, in: &keyspace)
        },
        Command("zcard", 2) { keyspace, arguments in
            .integer(try keyspace.collection(SortedSetValue.self, for: arguments[1])?.count ?? 0)
        },
        Command("zincrby", 4, [.write, .mayGrow]) { keyspace, arguments in
            try add(arguments, increments: true, in: &keyspace)
        },
        Command("zmpop", -4, .write, popFromFirstSortedSet),
        Command("zmscore", -3) { keyspace, arguments in
            let set = try keyspace.collection(SortedSetValue.self, for: arguments[1])
            return .array((2..<arguments.count).map { set?.score(of: arguments[$0]).map { .double($0) } ?? .null })
        },
        Command("zpopmax", -2, .write) { keyspace, arguments in
            try popScored(arguments, from: .highest, in: &keyspace)
        },
        Command("zpopmin", -2, .write) { keyspace, arguments in
            try popScored(arguments, from: .lowest, in: &keyspace)
        },
        Command("zrandmember", -2, [], randomScoredMembers),
        Command("zrank", 3) { keyspace, arguments in
            let set = try keyspace.collection(SortedSetValue.self, for: arguments[1])
            return set?.rank(of: arguments[2]).map { .integer($0) } ?? .null
        },
        Command("zrem", -3, .write) { keyspace, arguments in
            guard let set = try keyspace.collection(SortedSetValue.self, for: arguments[1]) else {
                return .integer(0)
            }
            var removed = 0
            for index in 2..<arguments.count where set.remove(arguments[index]) { removed += 1 }
            keyspace.removeIfEmpty(set, under: arguments[1])
            return .integer(removed)
        },
        Command("zrevrank", 3) { keyspace, arguments in
            guard let set = try keyspace.collection(SortedSetValue.self, for: arguments[1]),
                let rank = set.rank(of: arguments[2])
            else { return .null }
            return .integer(set.count - 1 - rank)
        },
        Command("zscan", -3, [], scanScoredMembers),
        Command("zscore", 3) { keyspace, arguments in
            let set = try keyspace.collection(SortedSetValue.self, for: arguments[1])
            return set?.score(of: arguments[2]).map { .double($0) } ?? .null
        },
    ]

    /// Members with their scores, one after the other.
    static func flat(_ members: [ScoredMember]) -> [CommandReply] {
        members.flatMap { [.bulk($0.member), .double($0.score)] }
    }

    /// One end of a sorted set.
    enum Extreme {
        case lowest, highest

        init?(_ word: ByteSlice) {
            if word.isWord("min") {
                self = .lowest
            } else if word.isWord("max") {
                self = .highest
            } else {
                return nil
            }
        }
    }

    /// `ZPOPMIN key [count]`
    private static func popScored(
        _ arguments: Arguments, from end: Extreme, in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        guard arguments.count <= 3 else { throw .syntax }
        let count = arguments.count == 3 ? try arguments.count(2) : nil
        guard let set = try keyspace.collection(SortedSetValue.self, for: arguments[1]) else { return .emptyArray }
        let popped = pop(count ?? 1, of: set, from: end)
        keyspace.removeIfEmpty(set, under: arguments[1])
        return count == nil ? .array(flat(popped)) : .typed(.pairs, flat(popped))
    }

    static func pop(_ count: Int, of set: SortedSetValue, from end: Extreme) -> [ScoredMember] {
        let number = min(count, set.count)
        let ranks = end == .lowest ? 0..<number : (set.count - number)..<set.count
        let members = set.members(in: ranks, reversed: end == .highest)
        set.remove(in: ranks)
        return members
    }

    /// `ZMPOP numkeys key [key ...] MIN|MAX [COUNT count]`
    private static func popFromFirstSortedSet(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        try popFromFirstSortedSet(MultiplePop(arguments, ends: Extreme.init), arguments, in: &keyspace) ?? .nullArray
    }

    /// Members of the first sorted set that is there, with its key; `nil` when none is there.
    static func popFromFirstSortedSet(
        _ request: MultiplePop<Extreme>, _ arguments: Arguments, in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply? {
        for index in request.keys where arguments.isTried(index) {
            guard let set = try keyspace.collection(SortedSetValue.self, for: arguments[index]) else { continue }
            let popped = pop(request.count, of: set, from: request.end)
            keyspace.removeIfEmpty(set, under: arguments[index])
            return .array([
                .bulk(arguments[index]), .array(popped.map { .array([.bulk($0.member), .double($0.score)]) }),
            ])
        }
        return nil
    }

    /// `ZRANDMEMBER key [count [WITHSCORES]]`
    private static func randomScoredMembers(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        let request = arguments.count > 2 ? try SampleCount(arguments, at: 2, option: "withscores") : nil
        guard let set = try keyspace.collection(SortedSetValue.self, for: arguments[1]) else {
            return request == nil ? .null : .emptyArray
        }
        var members: [ScoredMember] = []
        switch request ?? .different(1) {
        case .different(let number) where number >= set.count:
            members = set.members(in: 0..<set.count, reversed: true)  // all of them, from the end as on the server
        case .different(let number) where number > set.count / 3:
            members = Array(set.members(in: 0..<set.count).shuffled().prefix(number))
        case .different(let number):
            var ranks: Set<Int> = []
            while ranks.count < number { ranks.insert(.random(in: 0..<set.count)) }
            for rank in ranks { members += set.members(in: rank..<(rank + 1)) }
        case .repeated(let number):
            for _ in 0..<number {
                let rank = Int.random(in: 0..<set.count)
                members += set.members(in: rank..<(rank + 1))
            }
        }
        guard request != nil else { return members.first.map { .bulk($0.member) } ?? .null }
        return arguments.count == 4 ? .typed(.pairs, flat(members)) : .array(members.map { .bulk($0.member) })
    }

    private static func scanScoredMembers(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        let cursor = try ScanOptions.cursor(arguments[2])
        guard let set = try keyspace.collection(SortedSetValue.self, for: arguments[1]) else {
            return ScanOptions.reply(cursor: 0, [])
        }
        let options = try ScanOptions(arguments, from: 3, takesType: false)
        var replies: [CommandReply] = []
        let next = set.scan(from: cursor, meeting: options.count) { entry in
            guard options.matches(entry.member) else { return }
            replies.append(.bulk(entry.member))
            replies.append(set.isLarge ? .bulk(Decimal.bytes(of: entry.score)) : packed(entry.score))
        }
        return ScanOptions.reply(cursor: next, replies)
    }

    /// A score as `ZSCAN` shows it from a small set: whole numbers have all their digits, as the server stores them.
    private static func packed(_ score: Double) -> CommandReply {
        if score.magnitude <= Double(Int.max / 2), let integer = Int(exactly: score) {
            return .value(.integer(integer))
        }
        return .bulk(Decimal.bytes(of: score))
    }
}

// MARK: - ZADD

extension Command {
    /// How `ZADD` adds.
    struct AddOptions {
        var onlyIfAbsent = false
        var onlyIfPresent = false
        var onlyIfGreater = false
        var onlyIfLess = false
        var countsChanges = false
        var increments = false

        /// Takes up an option; `false` when it is none.
        mutating func take(_ word: ByteSlice) -> Bool {
            if word.isWord("nx") {
                onlyIfAbsent = true
            } else if word.isWord("xx") {
                onlyIfPresent = true
            } else if word.isWord("ch") {
                countsChanges = true
            } else if word.isWord("incr") {
                increments = true
            } else if word.isWord("gt") {
                onlyIfGreater = true
            } else if word.isWord("lt") {
                onlyIfLess = true
            } else {
                return false
            }
            return true
        }

        func check(pairs: Int) throws(CommandError) {
            if onlyIfAbsent && onlyIfPresent {
                throw CommandError("ERR XX and NX options at the same time are not compatible")
            }
            if onlyIfGreater && onlyIfAbsent || onlyIfLess && onlyIfAbsent || onlyIfGreater && onlyIfLess {
                throw CommandError("ERR GT, LT, and/or NX options at the same time are not compatible")
            }
            if increments && pairs > 1 {
                throw CommandError("ERR INCR option supports a single increment-element pair")
            }
        }

        /// The score that a member gets; `nil` for none.
        func score(_ score: Double, old: Double?) throws(CommandError) -> Double? {
            guard let old else { return onlyIfPresent ? nil : score }
            if onlyIfAbsent { return nil }
            let new = increments ? old + score : score
            if new.isNaN { throw CommandError("ERR resulting score is not a number (NaN)") }
            return onlyIfLess && new >= old || onlyIfGreater && new <= old ? nil : new
        }
    }

    /// `ZADD key [NX|XX] [GT|LT] [CH] [INCR] score member [score member ...]`, also `ZINCRBY key increment member`
    private static func add(
        _ arguments: Arguments, increments: Bool, in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        var options = AddOptions()
        options.increments = increments
        var start = 2
        while start < arguments.count, options.take(arguments[start]) { start += 1 }
        let pairs = (arguments.count - start) / 2
        guard pairs > 0, (arguments.count - start) % 2 == 0 else { throw .syntax }
        try options.check(pairs: pairs)
        var members: [(score: Double, member: ByteSlice)] = []
        for pair in 0..<pairs {
            members.append((try arguments.double(start + 2 * pair), arguments[start + 2 * pair + 1]))
        }
        return try add(members, to: arguments[1], options, in: &keyspace)
    }

    /// Adds members to the sorted set under a key. O(log n) each.
    static func add(
        _ members: [(score: Double, member: ByteSlice)], to key: ByteSlice, _ options: AddOptions,
        in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        let present = try keyspace.collection(SortedSetValue.self, for: key)
        if present == nil, options.onlyIfPresent { return options.increments ? .null : .integer(0) }
        let set: SortedSetValue
        if let present {
            set = present
        } else {
            set = try keyspace.collectionToFill(SortedSetValue.self, for: key)
        }
        var (added, changed) = (0, 0)
        var last: Double?
        for (score, member) in members {
            let old = set.score(of: member)
            last = try options.score(score, old: old)
            guard let new = last, new != old else { continue }
            set.set(member, to: new)
            if old == nil { added += 1 } else { changed += 1 }
        }
        if options.increments { return last.map { .double($0) } ?? .null }
        return .integer(options.countsChanges ? added + changed : added)
    }
}
