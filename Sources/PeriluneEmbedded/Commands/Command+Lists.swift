import DequeModule

extension Command {
    /// The commands on lists.
    static let lists: [Command] = [
        Command("lindex", 3) { keyspace, arguments in
            guard let list = try keyspace.collection(ListValue.self, for: arguments[1]) else { return .null }
            return list.position(of: try arguments.integer(2)).map { .value(list.elements[$0]) } ?? .null
        },
        Command("linsert", 5, [.write, .mayGrow], insert),
        Command("llen", 2) { keyspace, arguments in
            .integer(try keyspace.collection(ListValue.self, for: arguments[1])?.count ?? 0)
        },
        Command("lmove", 5, [.write, .mayGrow]) { keyspace, arguments in
            guard let from = ListValue.End(arguments[3]), let to = ListValue.End(arguments[4]) else {
                throw CommandError.syntax
            }
            return try move(arguments, from: from, to: to, in: &keyspace)
        },
        Command("lmpop", -4, .write, popFromFirst),
        Command("lpop", -2, .write) { keyspace, arguments in
            try pop(arguments, from: .left, command: "lpop", in: &keyspace)
        },
        Command("lpos", -3, [], findElement),
        Command("lpush", -3, [.write, .mayGrow]) { keyspace, arguments in
            try push(arguments, at: .left, in: &keyspace)
        },
        Command("lpushx", -3, [.write, .mayGrow]) { keyspace, arguments in
            try pushIfPresent(arguments, at: .left, in: &keyspace)
        },
        Command("lrange", 4) { keyspace, arguments in
            let first = try arguments.integer(2)
            let last = try arguments.integer(3)
            guard let list = try keyspace.collection(ListValue.self, for: arguments[1]) else { return .emptyArray }
            let positions = IndexRange.positions(from: first, to: last, of: list.count)
            return .array(list.elements[positions].map { .value($0) })
        },
        Command("lrem", 4, .write) { keyspace, arguments in
            let count = try arguments.integer(2)
            guard let list = try keyspace.collection(ListValue.self, for: arguments[1]) else { return .integer(0) }
            let removed = list.remove(
                StoredString(arguments[3]), atMost: count == 0 ? .max : Int(clamping: count.magnitude),
                from: count < 0 ? .right : .left)
            keyspace.removeIfEmpty(list, under: arguments[1])
            return .integer(removed)
        },
        Command("lset", 4, [.write, .mayGrow]) { keyspace, arguments in
            guard let list = try keyspace.collection(ListValue.self, for: arguments[1]) else {
                throw CommandError.noSuchKey
            }
            guard let position = list.position(of: try arguments.integer(2)) else {
                throw CommandError("ERR index out of range")
            }
            list.set(StoredString(arguments[3]), at: position)
            return .ok
        },
        Command("ltrim", 4, .write) { keyspace, arguments in
            let first = try arguments.integer(2)
            let last = try arguments.integer(3)
            guard let list = try keyspace.collection(ListValue.self, for: arguments[1]) else { return .ok }
            list.keep(IndexRange.positions(from: first, to: last, of: list.count))
            keyspace.removeIfEmpty(list, under: arguments[1])
            return .ok
        },
        Command("rpop", -2, .write) { keyspace, arguments in
            try pop(arguments, from: .right, command: "rpop", in: &keyspace)
        },
        Command("rpoplpush", 3, [.write, .mayGrow]) { keyspace, arguments in
            try move(arguments, from: .right, to: .left, in: &keyspace)
        },
        Command("rpush", -3, [.write, .mayGrow]) { keyspace, arguments in
            try push(arguments, at: .right, in: &keyspace)
        },
        Command("rpushx", -3, [.write, .mayGrow]) { keyspace, arguments in
            try pushIfPresent(arguments, at: .right, in: &keyspace)
        },
    ]

    private static func push(
        _ arguments: Arguments, at end: ListValue.End, in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        let list = try keyspace.collectionToFill(ListValue.self, for: arguments[1])
        for index in 2..<arguments.count { list.push(StoredString(arguments[index]), at: end) }
        return .integer(list.count)
    }

    private static func pushIfPresent(
        _ arguments: Arguments, at end: ListValue.End, in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        guard try keyspace.collection(ListValue.self, for: arguments[1]) != nil else { return .integer(0) }
        return try push(arguments, at: end, in: &keyspace)
    }

    /// `LPOP key [count]`
    private static func pop(
        _ arguments: Arguments, from end: ListValue.End, command: String, in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        guard arguments.count <= 3 else { throw .argumentCount(of: command) }
        let count = arguments.count == 3 ? try arguments.count(2) : nil
        guard let list = try keyspace.collection(ListValue.self, for: arguments[1]) else {
            return count == nil ? .null : .nullArray
        }
        let reply: CommandReply
        if let count {
            reply = .array(pop(count, of: list, from: end))
        } else {
            reply = list.pop(from: end).map { .value($0) } ?? .null
        }
        keyspace.removeIfEmpty(list, under: arguments[1])
        return reply
    }

    private static func pop(_ count: Int, of list: ListValue, from end: ListValue.End) -> [CommandReply] {
        (0..<min(count, list.count)).compactMap { _ in list.pop(from: end).map { .value($0) } }
    }

    /// `LMPOP numkeys key [key ...] LEFT|RIGHT [COUNT count]`
    private static func popFromFirst(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        try popFromFirstList(MultiplePop(arguments, ends: ListValue.End.init), arguments, in: &keyspace) ?? .nullArray
    }

    /// Elements of the first list that is there, with its key; `nil` when none is there.
    static func popFromFirstList(
        _ request: MultiplePop<ListValue.End>, _ arguments: Arguments, in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply? {
        for index in request.keys where arguments.isTried(index) {
            guard let list = try keyspace.collection(ListValue.self, for: arguments[index]) else { continue }
            let elements = pop(request.count, of: list, from: request.end)
            keyspace.removeIfEmpty(list, under: arguments[index])
            return .array([.bulk(arguments[index]), .array(elements)])
        }
        return nil
    }

    /// `LMOVE source destination LEFT|RIGHT LEFT|RIGHT`
    static func move(
        _ arguments: Arguments, from: ListValue.End, to: ListValue.End, in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        guard let source = try keyspace.collection(ListValue.self, for: arguments[1]) else { return .null }
        let destination = try keyspace.collectionToFill(ListValue.self, for: arguments[2])
        guard let element = source.pop(from: from) else { return .null }
        destination.push(element, at: to)
        keyspace.removeIfEmpty(source, under: arguments[1])
        return .value(element)
    }

    /// `LINSERT key BEFORE|AFTER pivot element`
    private static func insert(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        let isAfter = arguments[2].isWord("after")
        guard isAfter || arguments[2].isWord("before") else { throw .syntax }
        guard let list = try keyspace.collection(ListValue.self, for: arguments[1]) else { return .integer(0) }
        guard let pivot = list.elements.firstIndex(of: StoredString(arguments[3])) else { return .integer(-1) }
        list.insert(StoredString(arguments[4]), at: isAfter ? pivot + 1 : pivot)
        return .integer(list.count)
    }

    /// `LPOS key element [RANK rank] [COUNT count] [MAXLEN length]`
    private static func findElement(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        var rank = 1
        var count: Int?
        var longest = 0
        var index = 3
        while index < arguments.count {
            let option = arguments[index]
            guard index + 1 < arguments.count else { throw .syntax }
            if option.isWord("rank") {
                rank = try Self.rank(arguments, index + 1)
            } else if option.isWord("count") {
                count = try arguments.count(index + 1, orElse: CommandError("ERR COUNT can't be negative"))
            } else if option.isWord("maxlen") {
                longest = try arguments.count(index + 1, orElse: CommandError("ERR MAXLEN can't be negative"))
            } else {
                throw .syntax
            }
            index += 2
        }
        guard let list = try keyspace.collection(ListValue.self, for: arguments[1]) else {
            return count == nil ? .null : .emptyArray
        }
        let element = StoredString(arguments[2])
        let compared = longest == 0 ? list.count : min(longest, list.count)
        let wanted = count ?? 1
        // The server cannot negate the lowest number, and then skips nothing.
        var toSkip = rank == .min ? 0 : rank.magnitude - 1
        var positions: [CommandReply] = []
        for offset in 0..<compared {
            let position = rank > 0 ? offset : list.count - 1 - offset
            guard list.elements[position] == element else { continue }
            if toSkip > 0 {
                toSkip -= 1
                continue
            }
            positions.append(.integer(position))
            if wanted != 0, positions.count >= wanted { break }
        }
        return count == nil ? positions.first ?? .null : .array(positions)
    }

    private static func rank(_ arguments: Arguments, _ index: Int) throws(CommandError) -> Int {
        let rank = try arguments.integer(index)
        guard rank != 0 else {
            throw CommandError(
                "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
                    + "or use negative to start from the end of the list")
        }
        return rank
    }
}
