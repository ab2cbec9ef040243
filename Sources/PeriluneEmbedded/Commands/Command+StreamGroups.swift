extension Command {
    /// The commands on consumer groups and what these have not acknowledged.
    static let streamGroups: [Command] = [
        Command("xack", -4, .write) { keyspace, arguments in
            guard let (_, group) = try keyspace.streamGroup(arguments[2], of: arguments[1]) else { return .integer(0) }
            var ids: [StreamID] = []
            for index in 3..<arguments.count { ids.append(try arguments.streamID(index)) }
            return .integer(ids.count { group.removePending($0) })
        },
        Command("xgroup", -2, [.write, .mayGrow, .hasSubcommands]) { keyspace, arguments in
            try run(groupCommands, of: "XGROUP", &keyspace, arguments)
        },
        Command("xpending", -3, [], listPending),
    ]

    private static let groupCommands: [Subcommand] = [
        Subcommand("create", -5, create),
        Subcommand("createconsumer", 5) { keyspace, arguments in
            let (_, group) = try knownGroup(arguments, in: &keyspace)
            let consumer = group.addConsumer(ByteString(arguments[4]), now: keyspace.streamTime)
            return .integer(consumer == nil ? 0 : 1)
        },
        Subcommand("delconsumer", 5) { keyspace, arguments in
            .integer(try knownGroup(arguments, in: &keyspace).group.removeConsumer(ByteString(arguments[4])))
        },
        Subcommand("destroy", 4) { keyspace, arguments in
            guard let stream = try keyspace.collection(StreamValue.self, for: arguments[2]) else {
                throw CommandError.noStream
            }
            let name = ByteString(arguments[3])
            return .integer(stream.removeGroup(name) ? 1 : 0)
        },
        .help([
            "XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
            "CREATE <key> <groupname> <id|$> [option]",
            "    Create a new consumer group. Options are:",
            "    * MKSTREAM",
            "      Create the empty stream if it does not exist.",
            "    * ENTRIESREAD entries_read",
            "      Set the group's entries_read counter (internal use).",
            "CREATECONSUMER <key> <groupname> <consumer>",
            "    Create a new consumer in the specified group.",
            "DELCONSUMER <key> <groupname> <consumer>",
            "    Remove the specified consumer.",
            "DESTROY <key> <groupname>",
            "    Remove the specified group.",
            "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
            "    Set the current group ID and entries_read counter.",
            "HELP",
            "    Prints this help.",
        ]),
        Subcommand("setid", -5) { keyspace, arguments in
            let options = try GroupOptions(arguments)
            let (stream, group) = try knownGroup(arguments, in: &keyspace)
            guard arguments.count <= 7 else { throw CommandError.subcommandSyntax(of: "XGROUP", arguments) }
            if arguments[4].isText("$") {
                group.lastID = stream.lastID
            } else {
                guard let id = StreamID(bound: arguments[4]) else { throw CommandError.invalidStreamID }
                group.lastID = id
            }
            group.entriesRead = options.entriesRead
            return .ok
        },
    ]

    /// The stream and the group that a subcommand of `XGROUP` is about.
    private static func knownGroup(
        _ arguments: Arguments, in keyspace: inout Keyspace
    ) throws(CommandError) -> (stream: StreamValue, group: StreamGroup) {
        guard let stream = try keyspace.collection(StreamValue.self, for: arguments[2]) else { throw .noStream }
        guard let group = stream.groups[ByteString(arguments[3])] else {
            throw .noGroup(arguments[3], forKey: arguments[2])
        }
        return (stream, group)
    }

    /// `[MKSTREAM] [ENTRIESREAD count]`, the options of `XGROUP CREATE` and `XGROUP SETID`.
    private struct GroupOptions {
        var createsStream = false
        var entriesRead: Int?

        init(_ arguments: Arguments) throws(CommandError) {
            let isCreate = arguments[1].isWord("create")
            var index = 5
            while index < arguments.count {
                if isCreate, arguments[index].isWord("mkstream") {
                    createsStream = true
                } else if arguments[index].isWord("entriesread"), index + 1 < arguments.count {
                    let read = try arguments.integer(index + 1)
                    guard read >= -1 else {
                        throw CommandError("ERR value for ENTRIESREAD must be positive or -1")
                    }
                    entriesRead = read == -1 ? nil : read
                    index += 1
                } else {
                    throw .subcommandSyntax(of: "XGROUP", arguments)
                }
                index += 1
            }
        }
    }

    /// `XGROUP CREATE key group id|$ [MKSTREAM] [ENTRIESREAD count]`
    private static func create(_ keyspace: inout Keyspace, _ arguments: Arguments) throws(CommandError) -> CommandReply
    {
        let options = try GroupOptions(arguments)
        let known = try keyspace.collection(StreamValue.self, for: arguments[2])
        guard known != nil || options.createsStream else { throw .noStream }
        guard arguments.count <= 8 else { throw .subcommandSyntax(of: "XGROUP", arguments) }
        let isLast = arguments[4].isText("$")
        let id = isLast ? known?.lastID ?? .zero : try arguments.streamID(4)
        let stream = try keyspace.collectionToFill(StreamValue.self, for: arguments[2])
        let name = ByteString(arguments[3])
        guard stream.groups[name] == nil else {
            throw CommandError("BUSYGROUP Consumer Group name already exists")
        }
        stream.addGroup(name, StreamGroup(lastID: id, entriesRead: options.entriesRead))
        return .ok
    }
}

// MARK: - Pending entries

extension Command {
    /// `XPENDING key group [[IDLE milliseconds] start end count [consumer]]`
    private static func listPending(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        guard arguments.count == 3 || (6...9).contains(arguments.count) else { throw .syntax }
        let query = arguments.count == 3 ? nil : try PendingQuery(arguments)
        guard let (_, group) = try keyspace.streamGroup(arguments[2], of: arguments[1]) else {
            throw .noGroup(arguments[2], key: arguments[1])
        }
        guard let query else { return summary(group) }
        return query.reply(group, now: keyspace.streamTime)
    }

    private static func summary(_ group: StreamGroup) -> CommandReply {
        guard let first = group.pending.first, let last = group.pending.last else {
            return .array([.integer(0), .null, .null, .nullArray])
        }
        var consumers: [CommandReply] = []
        group.consumers.visit { name, consumer in
            if !consumer.pending.isEmpty {
                consumers.append(.array([.bulk(name.bytes), .value(.integer(consumer.pending.count))]))
            }
            return true
        }
        return .array([.integer(group.pending.count), .id(first.key), .id(last.key), .array(consumers)])
    }
}

/// `[IDLE milliseconds] start end count [consumer]`
private struct PendingQuery {
    private var idleTime: Int64 = 0
    private let first: StreamID
    private let last: StreamID
    private let count: Int
    private let consumer: ByteString?

    init(_ arguments: Arguments) throws(CommandError) {
        var start = 3
        if arguments[3].isWord("idle") {
            idleTime = Int64(try arguments.integer(4))
            guard arguments.count >= 8 else { throw .syntax }
            start = 5
        }
        count = max(try arguments.integer(start + 2), 0)
        first = try arguments.firstStreamID(start)
        last = try arguments.lastStreamID(start + 1)
        consumer = arguments.count > start + 3 ? ByteString(arguments[start + 3]) : nil
    }

    func reply(_ group: StreamGroup, now: Int64) -> CommandReply {
        guard count > 0 else { return .emptyArray }
        var entries: [CommandReply] = []
        func add(_ id: StreamID, _ entry: PendingEntry) -> Bool {
            guard id <= last else { return false }
            let idle = now &- entry.deliveryTime
            guard idleTime == 0 || idle >= idleTime else { return true }
            entries.append(
                .array([
                    .id(id), .bulk(entry.consumer.name.bytes), .integer(Int(max(idle, 0))),
                    .integer(entry.deliveryCount),
                ]))
            return entries.count < count
        }
        if let consumer {
            group.consumers[consumer]?.pending.visit(from: first) { id, _ in
                group.pending[id].map { add(id, $0) } ?? true
            }
        } else {
            group.pending.visit(from: first, add)
        }
        return .array(entries)
    }
}

extension CommandError {
    fileprivate static let noStream = CommandError(
        "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM "
            + "option to create an empty stream automatically.")
}
