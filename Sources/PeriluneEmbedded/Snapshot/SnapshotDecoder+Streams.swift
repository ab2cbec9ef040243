extension SnapshotDecoder {
    /// Reads a stream with its groups. Its nodes are packed anew: the places of deleted entries are gone.
    mutating func stream() throws(Malformed) -> StreamValue {
        let stream = StreamValue()
        let lastID = try streamID()
        let maxDeletedID = try streamID()
        let entriesAdded = Int(try number(Int64.self))
        var previous = StreamID.zero
        for _ in 0..<(try count(elementSize: 19)) {
            let entry = try streamEntry()
            guard entry.id > previous, entry.id <= lastID else { throw Malformed(what: "entries out of order") }
            previous = entry.id
            stream.append(entry)
        }
        stream.lastID = lastID
        stream.maxDeletedID = maxDeletedID
        stream.entriesAdded = entriesAdded
        for _ in 0..<(try count(elementSize: 28)) {
            let name = ByteString(try bytes())
            guard stream.groups[name] == nil else { throw Malformed(what: "a group that is there twice") }
            stream.groups[name] = try streamGroup()
        }
        return stream
    }

    private mutating func streamEntry() throws(Malformed) -> StreamEntry {
        let id = try streamID()
        let count = try count(elementSize: 2)
        guard count > 0 else { throw Malformed(what: "an entry without fields") }
        var fields: [(name: StoredString, value: StoredString)] = []
        fields.reserveCapacity(count)
        for _ in 0..<count { fields.append((StoredString(try bytes()), StoredString(try bytes()))) }
        return StreamEntry(id: id, fields: fields)
    }

    private mutating func streamGroup() throws(Malformed) -> StreamGroup {
        let lastID = try streamID()
        let isReadKnown = try number(UInt8.self) != 0
        let entriesRead = Int(try number(Int64.self))
        let group = StreamGroup(lastID: lastID, entriesRead: isReadKnown ? entriesRead : nil)
        var consumers: [StreamConsumer] = []
        for _ in 0..<(try count(elementSize: 9)) {
            let name = ByteString(try bytes())
            guard let consumer = group.addConsumer(name, now: try number(Int64.self)) else {
                throw Malformed(what: "a consumer that is there twice")
            }
            consumers.append(consumer)
        }
        for _ in 0..<(try count(elementSize: 33)) {
            let id = try streamID()
            let position = try length()
            guard consumers.indices.contains(position), group.pending[id] == nil else {
                throw Malformed(what: "a pending entry of no consumer, or that is there twice")
            }
            let deliveryTime = try number(Int64.self)
            group.setPending(
                id,
                PendingEntry(
                    consumer: consumers[position], deliveryTime: deliveryTime,
                    deliveryCount: Int(try number(Int64.self))))
        }
        return group
    }

    private mutating func streamID() throws(Malformed) -> StreamID {
        let milliseconds = try number(UInt64.self)
        return StreamID(milliseconds, try number(UInt64.self))
    }
}
