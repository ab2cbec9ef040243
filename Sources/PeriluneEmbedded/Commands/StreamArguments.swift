import PeriluneCore

/// What the commands on streams have among their arguments.
extension Arguments {
    /// An argument that must be an identifier, and not `-` or `+`.
    func streamID(_ index: Int) throws(CommandError) -> StreamID {
        guard let id = StreamID(self[index]) else { throw .invalidStreamID }
        return id
    }

    /// The first identifier of an interval, which `(` leaves out.
    func firstStreamID(_ index: Int) throws(CommandError) -> StreamID {
        let bound = self[index]
        guard bound.leavesOut else {
            guard let id = StreamID(bound: bound) else { throw .invalidStreamID }
            return id
        }
        guard let id = StreamID(bound.dropFirst()) else { throw .invalidStreamID }
        guard let next = id.next else { throw CommandError("ERR invalid start ID for the interval") }
        return next
    }

    /// The last identifier of an interval, which `(` leaves out. Without a sequence it is the last of its millisecond.
    func lastStreamID(_ index: Int) throws(CommandError) -> StreamID {
        let bound = self[index]
        guard bound.leavesOut else {
            guard let id = StreamID(bound: bound, missing: .max) else { throw .invalidStreamID }
            return id
        }
        guard let id = StreamID(bound.dropFirst(), missing: .max) else { throw .invalidStreamID }
        guard let previous = id.previous else { throw CommandError("ERR invalid end ID for the interval") }
        return previous
    }

    /// A time in milliseconds, of which a negative one counts as none.
    func idleTime(_ index: Int, of command: String) throws(CommandError) -> Int64 {
        guard let time = self[index].integer else {
            throw CommandError("ERR Invalid min-idle-time argument for \(command)")
        }
        return Int64(max(time, 0))
    }
}

extension ByteSlice {
    /// Whether the bound of an interval is not part of it.
    fileprivate var leavesOut: Bool { count > 1 && self[0] == UInt8(ascii: "(") }
}

extension CommandError {
    static let invalidStreamID = CommandError("ERR Invalid stream ID specified as stream command argument")

    static func noGroup(_ group: ByteSlice, key: ByteSlice) -> CommandError {
        CommandError("NOGROUP No such key '\(key.upToNull.text)' or consumer group '\(group.upToNull.text)'")
    }

    static func noGroup(_ group: ByteSlice, forKey key: ByteSlice) -> CommandError {
        CommandError("NOGROUP No such consumer group '\(group.upToNull.text)' for key name '\(key.upToNull.text)'")
    }
}

extension Keyspace {
    /// The stream under a key and one of its groups; `nil` when there is no such key or group.
    mutating func streamGroup(
        _ name: ByteSlice, of key: ByteSlice
    ) throws(CommandError) -> (stream: StreamValue, group: StreamGroup)? {
        guard let stream = try collection(StreamValue.self, for: key),
            let group = stream.groups[ByteString(name)]
        else { return nil }
        return (stream, group)
    }

    /// The time of deliveries and new identifiers in milliseconds since 1970. It passes during a script, as `TIME` does.
    var streamTime: Int64 { clock.microseconds / 1_000 }
}

extension CommandReply {
    static func id(_ id: StreamID) -> CommandReply { .bulk(id.bytes) }

    static func text(_ text: StaticString) -> CommandReply {
        .bulk([UInt8](UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)))
    }

    /// An entry: its identifier, then its fields and values.
    static func entry(_ entry: StreamEntry) -> CommandReply {
        var fields: [CommandReply] = []
        fields.reserveCapacity(entry.values.count * 2)
        for (name, value) in zip(entry.names, entry.values) {
            fields.append(.value(name))
            fields.append(.value(value))
        }
        return .array([.id(entry.id), .array(fields)])
    }
}

extension StreamValue {
    /// The entries between two identifiers, both included, as a reply.
    ///
    /// - Parameter limit: The most there may be; 0 for any number.
    func reply(
        from first: StreamID = .zero, through last: StreamID = .max, reversed: Bool = false, atMost limit: Int
    ) -> CommandReply {
        var entries: [CommandReply] = []
        visit(from: first, through: last, reversed: reversed) { entry in
            entries.append(.entry(entry))
            return entries.count != limit
        }
        return .array(entries)
    }
}
