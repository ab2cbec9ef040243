extension Command {
    /// The commands on streams and their entries.
    static let streams: [Command] = [
        Command("xadd", -5, [.write, .mayGrow], add),
        Command("xdel", -3, .write) { keyspace, arguments in
            guard let stream = try keyspace.collection(StreamValue.self, for: arguments[1]) else { return .integer(0) }
            var ids: [StreamID] = []
            for index in 2..<arguments.count { ids.append(try arguments.streamID(index)) }
            return .integer(ids.count { stream.delete($0) })
        },
        Command("xlen", 2) { keyspace, arguments in
            .integer(try keyspace.collection(StreamValue.self, for: arguments[1])?.count ?? 0)
        },
        Command("xrange", -4) { keyspace, arguments in
            let first = try arguments.firstStreamID(2)
            let last = try arguments.lastStreamID(3)
            return try range(arguments, from: first, through: last, reversed: false, in: &keyspace)
        },
        Command("xrevrange", -4) { keyspace, arguments in
            let first = try arguments.firstStreamID(3)
            let last = try arguments.lastStreamID(2)
            return try range(arguments, from: first, through: last, reversed: true, in: &keyspace)
        },
        Command("xsetid", -3, [.write, .mayGrow], setID),
        Command("xtrim", -4, .write) { keyspace, arguments in
            let trim = try StreamAddition(arguments, isTrim: true).trim
            guard let trim, let stream = try keyspace.collection(StreamValue.self, for: arguments[1]) else {
                return .integer(0)
            }
            return .integer(stream.trim(trim))
        },
    ]

    /// `XADD key [NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id field value [field value ...]`
    private static func add(_ keyspace: inout Keyspace, _ arguments: Arguments) throws(CommandError) -> CommandReply {
        let request = try StreamAddition(arguments, isTrim: false)
        guard arguments.count - request.next >= 2, (arguments.count - request.next) % 2 == 0 else {
            throw .argumentCount(of: "xadd")
        }
        if case .exactly(.zero) = request.identifier {
            throw CommandError("ERR The ID specified in XADD must be greater than 0-0")
        }
        let known = try keyspace.collection(StreamValue.self, for: arguments[1])
        guard known != nil || request.createsStream else { return .null }
        let id = try identifier(request.identifier, after: known?.lastID ?? .zero, now: keyspace.streamTime)
        let entry = StreamEntry(
            id: id,
            fields: stride(from: request.next, to: arguments.count, by: 2).map {
                (StoredString(arguments[$0]), StoredString(arguments[$0 + 1]))
            })
        let stream = try keyspace.collectionToFill(StreamValue.self, for: arguments[1])
        stream.append(entry)
        if let trim = request.trim { _ = stream.trim(trim) }
        return .id(id)
    }

    private static func identifier(
        _ identifier: StreamAddition.Identifier, after last: StreamID, now: Int64
    ) throws(CommandError) -> StreamID {
        guard let next = last.next else {
            throw CommandError("ERR The stream has exhausted the last possible ID, unable to add more items")
        }
        let id: StreamID
        switch identifier {
        case .next: id = max(StreamID(UInt64(bitPattern: now), 0), next)
        case .within(milliseconds: last.milliseconds): id = next
        case .within(let milliseconds): id = StreamID(milliseconds, 0)
        case .exactly(let given): id = given
        }
        guard id > last else { throw .smallerThanTop }
        if case .within(let milliseconds) = identifier, id.milliseconds != milliseconds { throw .smallerThanTop }
        return id
    }

    private static func range(
        _ arguments: Arguments, from first: StreamID, through last: StreamID, reversed: Bool,
        in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        var count: Int?
        var index = 4
        while index < arguments.count {
            guard arguments[index].isWord("count"), index + 1 < arguments.count else { throw .syntax }
            count = max(try arguments.integer(index + 1), 0)
            index += 2
        }
        guard let stream = try keyspace.collection(StreamValue.self, for: arguments[1]) else { return .emptyArray }
        if count == 0 { return .nullArray }
        return stream.reply(from: first, through: last, reversed: reversed, atMost: count ?? 0)
    }

    /// `XSETID key id [ENTRIESADDED count] [MAXDELETEDID id]`
    private static func setID(_ keyspace: inout Keyspace, _ arguments: Arguments) throws(CommandError) -> CommandReply {
        let id = try arguments.streamID(2)
        var entriesAdded: Int?
        var maxDeletedID = StreamID.zero
        var index = 3
        while index < arguments.count {
            guard index + 1 < arguments.count else { throw .syntax }
            if arguments[index].isWord("entriesadded") {
                let added = try arguments.integer(index + 1)
                guard added >= 0 else { throw CommandError("ERR entries_added must be positive") }
                entriesAdded = added
            } else if arguments[index].isWord("maxdeletedid") {
                maxDeletedID = try arguments.streamID(index + 1)
                guard id >= maxDeletedID else {
                    throw CommandError(
                        "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id")
                }
            } else {
                throw .syntax
            }
            index += 2
        }
        guard let stream = try keyspace.collection(StreamValue.self, for: arguments[1]) else { throw .noSuchKey }
        if let last = stream.last {
            guard id >= last.id else {
                throw CommandError("ERR The ID specified in XSETID is smaller than the target stream top item")
            }
            if let entriesAdded, entriesAdded < stream.count {
                throw CommandError(
                    "ERR The entries_added specified in XSETID is smaller than the target stream length")
            }
        }
        stream.lastID = id
        if let entriesAdded { stream.entriesAdded = entriesAdded }
        if maxDeletedID != .zero { stream.maxDeletedID = maxDeletedID }
        return .ok
    }
}

extension CommandError {
    fileprivate static let smallerThanTop = CommandError(
        "ERR The ID specified in XADD is equal or smaller than the target stream top item")
}
