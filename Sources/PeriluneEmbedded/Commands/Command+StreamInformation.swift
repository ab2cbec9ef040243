extension Command {
    /// `XINFO`
    static let streamInformation: [Command] = [
        Command("xinfo", -2, .hasSubcommands) { keyspace, arguments in
            try run(informationCommands, of: "XINFO", &keyspace, arguments)
        }
    ]

    private static let informationCommands: [Subcommand] = [
        Subcommand("consumers", 4) { keyspace, arguments in
            let stream = try knownStream(arguments, in: &keyspace)
            guard let group = stream.groups[ByteString(arguments[3])] else {
                throw CommandError.noGroup(arguments[3], forKey: arguments[2])
            }
            let now = keyspace.streamTime
            return .array(
                group.consumers.map { name, consumer in
                    .typed(
                        .map,
                        [
                            .text("name"), .bulk(name.bytes), .text("pending"), .integer(consumer.pending.count),
                            .text("idle"), .integer(Int(max(now &- consumer.seenTime, 0))),
                        ])
                })
        },
        Subcommand("groups", 3) { keyspace, arguments in
            let stream = try knownStream(arguments, in: &keyspace)
            return .array(
                stream.groups.map { name, group in
                    .typed(
                        .map,
                        [
                            .text("name"), .bulk(name.bytes), .text("consumers"), .integer(group.consumers.count),
                            .text("pending"), .integer(group.pending.count),
                        ] + progress(of: group, in: stream))
                })
        },
        .help([
            "XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
            "CONSUMERS <key> <groupname>",
            "    Show consumers of <groupname>.",
            "GROUPS <key>",
            "    Show the stream consumer groups.",
            "STREAM <key> [FULL [COUNT <count>]",
            "    Show information about the stream.",
            "HELP",
            "    Prints this help.",
        ]),
        Subcommand("stream", -3) { keyspace, arguments in
            let stream = try knownStream(arguments, in: &keyspace)
            guard arguments.count > 3 else { return .typed(.map, head(stream) + summary(stream)) }
            guard arguments.count == 4 || arguments.count == 6, arguments[3].isWord("full"),
                arguments.count == 4 || arguments[4].isWord("count")
            else { throw CommandError.subcommandSyntax(of: "XINFO", arguments) }
            let count = arguments.count == 6 ? try arguments.integer(5) : 10
            return .typed(.map, head(stream) + everything(stream, atMost: count < 0 ? 10 : count))
        },
    ]

    private static func knownStream(
        _ arguments: Arguments, in keyspace: inout Keyspace
    ) throws(CommandError) -> StreamValue {
        guard let stream = try keyspace.collection(StreamValue.self, for: arguments[2]) else { throw .noSuchKey }
        return stream
    }

    private static func head(_ stream: StreamValue) -> [CommandReply] {
        [
            .text("length"), .integer(stream.count), .text("radix-tree-keys"), .integer(stream.nodes.count),
            .text("radix-tree-nodes"), .integer(stream.radixTreeSize), .text("last-generated-id"), .id(stream.lastID),
            .text("max-deleted-entry-id"), .id(stream.maxDeletedID), .text("entries-added"),
            .integer(stream.entriesAdded), .text("recorded-first-entry-id"), .id(stream.firstID),
        ]
    }

    private static func summary(_ stream: StreamValue) -> [CommandReply] {
        [
            .text("groups"), .integer(stream.groups.count),
            .text("first-entry"), stream.first.map { .entry($0) } ?? .null,
            .text("last-entry"), stream.last.map { .entry($0) } ?? .null,
        ]
    }

    /// - Parameter limit: The most entries of the stream and of each list of pending ones; 0 for any number.
    private static func everything(_ stream: StreamValue, atMost limit: Int) -> [CommandReply] {
        [
            .text("entries"), stream.reply(atMost: limit), .text("groups"),
            .array(
                stream.groups.map { name, group in
                    .typed(
                        .map,
                        [.text("name"), .bulk(name.bytes)] + progress(of: group, in: stream) + [
                            .text("pel-count"), .integer(group.pending.count), .text("pending"),
                            pending(of: group, atMost: limit), .text("consumers"),
                            .array(
                                group.consumers.map { .typed(.map, everything($1, of: group, atMost: limit)) }),
                        ])
                }),
        ]
    }

    private static func everything(
        _ consumer: StreamConsumer, of group: StreamGroup, atMost limit: Int
    ) -> [CommandReply] {
        var entries: [CommandReply] = []
        consumer.pending.visit { id, _ in
            if let entry = group.pending[id] {
                entries.append(
                    .array([.id(id), .integer(Int(entry.deliveryTime)), .integer(entry.deliveryCount)]))
            }
            return entries.count != limit
        }
        return [
            .text("name"), .bulk(consumer.name.bytes), .text("seen-time"), .integer(Int(consumer.seenTime)),
            .text("pel-count"), .integer(consumer.pending.count), .text("pending"), .array(entries),
        ]
    }

    private static func pending(of group: StreamGroup, atMost limit: Int) -> CommandReply {
        var entries: [CommandReply] = []
        group.pending.visit { id, entry in
            entries.append(
                .array([
                    .id(id), .bulk(entry.consumer.name.bytes), .integer(Int(entry.deliveryTime)),
                    .integer(entry.deliveryCount),
                ]))
            return entries.count != limit
        }
        return .array(entries)
    }

    private static func progress(of group: StreamGroup, in stream: StreamValue) -> [CommandReply] {
        [
            .text("last-delivered-id"), .id(group.lastID),
            .text("entries-read"), group.entriesRead.map { .integer($0) } ?? .null,
            .text("lag"), stream.lag(of: group).map { .integer($0) } ?? .null,
        ]
    }
}
