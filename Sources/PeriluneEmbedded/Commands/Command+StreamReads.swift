extension Command {
    /// The commands that read several streams, and may wait for entries.
    static let streamReads: [Command] = [
        Command("xread", -4) { keyspace, arguments in
            let request = try StreamRead(arguments, ofGroup: false, in: &keyspace)
            var replies: [CommandReply] = []
            for source in request.sources {
                guard let stream = try keyspace.collection(StreamValue.self, for: source.key),
                    let last = stream.last, last.id > source.position, let first = source.position.next
                else { continue }
                replies.append(.bulk(source.key))
                replies.append(stream.reply(from: first, atMost: request.count))
            }
            return reply(replies, request, arguments)
        },
        Command("xreadgroup", -7, .write) { keyspace, arguments in
            let request = try StreamRead(arguments, ofGroup: true, in: &keyspace)
            guard let reader = request.reader else { return .nullArray }
            var replies: [CommandReply] = []
            for source in request.sources {
                guard let (stream, group) = try keyspace.streamGroup(reader.group, of: source.key) else { continue }
                let isNew = source.position == StreamRead.newEntries
                if isNew, stream.last.map({ $0.id <= group.lastID }) ?? true { continue }
                let now = keyspace.streamTime
                let consumer = group.activeConsumer(ByteString(reader.consumer), now: now)
                replies.append(.bulk(source.key))
                replies.append(
                    isNew
                        ? deliver(
                            from: stream, to: group, request.needsNoAcknowledgement ? nil : consumer, request, now: now)
                        : redeliver(from: stream, to: group, consumer, behind: source.position, request, now: now))
            }
            return reply(replies, request, arguments)
        },
    ]

    private static func reply(
        _ replies: [CommandReply], _ request: StreamRead, _ arguments: Arguments
    ) -> CommandReply {
        guard replies.isEmpty else { return .typed(.mapOfPairs, replies) }
        guard let timeout = request.timeout else { return .nullArray }
        return .blocked(
            BlockedCommand(
                keys: request.sources.map(\.key.array), milliseconds: timeout, retry: request.retry(arguments),
                // Who waits for a group is told when its stream is gone.
                type: request.reader == nil ? "stream" : nil))
    }

    /// Delivers what a group has not got yet.
    ///
    /// - Parameter consumer: Who has to acknowledge it; `nil` for nobody.
    private static func deliver(
        from stream: StreamValue, to group: StreamGroup, _ consumer: StreamConsumer?, _ request: StreamRead, now: Int64
    ) -> CommandReply {
        guard let first = group.lastID.next else { return .emptyArray }
        var entries: [CommandReply] = []
        stream.visit(from: first) { entry in
            stream.advance(group, to: entry.id)
            if let consumer {
                group.setPending(entry.id, PendingEntry(consumer: consumer, deliveryTime: now, deliveryCount: 1))
            }
            entries.append(.entry(entry))
            return entries.count != request.count
        }
        return .array(entries)
    }

    /// Delivers again what a consumer has not acknowledged. Entries that are gone are answered without fields.
    private static func redeliver(
        from stream: StreamValue, to group: StreamGroup, _ consumer: StreamConsumer, behind id: StreamID,
        _ request: StreamRead, now: Int64
    ) -> CommandReply {
        guard let first = id.next else { return .emptyArray }
        var entries: [CommandReply] = []
        consumer.pending.visit(from: first) { id, _ in
            if let entry = stream.entry(id) {
                if var pending = group.pending[id] {
                    pending.deliveryTime = now
                    pending.deliveryCount &+= 1
                    group.setPending(id, pending)
                }
                entries.append(.entry(entry))
            } else {
                entries.append(.array([.id(id), .nullArray]))
            }
            return entries.count != request.count
        }
        return .array(entries)
    }
}
