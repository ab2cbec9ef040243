extension SnapshotDecoder {
    /// Reads a stream with its groups.
    mutating func stream() throws(Malformed) -> StoredValue {
        let stream = StreamValue()
        let (lastID, maxDeletedID) = (try id(), try id())
        let entriesAdded = Int(try number(Int64.self))
        for _ in 0..<(try count(ofSize: 19)) {
            let id = try id()
            guard id != .zero, id <= lastID, stream.count == 0 || id > stream.lastID else {
                throw Malformed(what: "an entry that is not in order")
            }
            let count = try count(ofSize: 2)
            guard count > 0 else { throw Malformed(what: "an entry without fields") }
            var fields: [(name: StoredString, value: StoredString)] = []
            for _ in 0..<count { fields.append((StoredString(try bytes()), StoredString(try bytes()))) }
            stream.append(StreamEntry(id: id, fields: fields))
        }
        stream.lastID = lastID
        stream.maxDeletedID = maxDeletedID
        stream.entriesAdded = entriesAdded
        for _ in 0..<(try count(ofSize: 28)) {
            let name = ByteString(try bytes())
            guard stream.groups[name] == nil else { throw Malformed(what: "a group that is there twice") }
            stream.addGroup(name, try group())
        }
        return .stream(stream)
    }

    private mutating func group() throws(Malformed) -> StreamGroup {
        let lastID = try id()
        let isKnown = try number(UInt8.self) != 0
        let entriesRead = Int(try number(Int64.self))
        let group = StreamGroup(lastID: lastID, entriesRead: isKnown ? entriesRead : nil)
        for _ in 0..<(try count(ofSize: 9)) {
            let name = ByteString(try bytes())
            guard group.addConsumer(name, now: try number(Int64.self)) != nil else {
                throw Malformed(what: "a consumer that is there twice")
            }
        }
        for _ in 0..<(try count(ofSize: 33)) {
            let id = try id()
            guard let consumer = group.consumers[ByteString(try bytes())], group.pending[id] == nil else {
                throw Malformed(what: "a pending entry without consumer, or twice")
            }
            let time = try number(Int64.self)
            let count = Int(try number(Int64.self))
            group.setPending(id, PendingEntry(consumer: consumer, deliveryTime: time, deliveryCount: count))
        }
        return group
    }

    private mutating func id() throws(Malformed) -> StreamID {
        let milliseconds = try number(UInt64.self)
        return StreamID(milliseconds, try number(UInt64.self))
    }

    /// The number of what follows, each of which takes so many bytes at least.
    private mutating func count(ofSize size: Int) throws(Malformed) -> Int {
        let count = try length()
        guard count <= rest.count / size else { throw Malformed(what: "\(count) elements") }
        return count
    }
}
