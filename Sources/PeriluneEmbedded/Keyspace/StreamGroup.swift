/// A consumer group of a stream: how far its consumers have read together, and what they have not acknowledged yet.
final class StreamGroup {
    /// The last identifier that was delivered.
    var lastID: StreamID
    /// How many of the entries ever added had been delivered when ``lastID`` was; `nil` when that is not known.
    var entriesRead: Int?
    /// What was delivered and not acknowledged, by identifier. The consumer of each knows it too.
    private(set) var pending = OrderedMap<StreamID, PendingEntry>()
    /// The consumers, by name.
    private(set) var consumers = OrderedMap<ByteString, StreamConsumer>()
    /// What the consumers' names take in memory, in bytes.
    private var nameSize = 0
    var memory = MemoryAccount()

    init(lastID: StreamID, entriesRead: Int?) {
        self.lastID = lastID
        self.entriesRead = entriesRead
    }

    /// O(consumers + pending entries).
    init(_ other: StreamGroup) {
        lastID = other.lastID
        entriesRead = other.entriesRead
        nameSize = other.nameSize
        var copies: [ObjectIdentifier: StreamConsumer] = [:]
        other.consumers.visit { name, consumer in
            let copy = StreamConsumer(name, seenAt: consumer.seenTime)
            copy.pending = consumer.pending
            copies[ObjectIdentifier(consumer)] = copy
            consumers[name] = copy
            return true
        }
        other.pending.visit { id, entry in
            if let consumer = copies[ObjectIdentifier(entry.consumer)] {
                pending[id] = PendingEntry(
                    consumer: consumer, deliveryTime: entry.deliveryTime, deliveryCount: entry.deliveryCount)
            }
            return true
        }
    }
}

/// One consumer of a group.
final class StreamConsumer {
    let name: ByteString
    /// When a command last was sent in its name, in milliseconds since 1970.
    var seenTime: Int64
    /// The identifiers of what it has not acknowledged.
    fileprivate(set) var pending = OrderedMap<StreamID, Void>()

    fileprivate init(_ name: ByteString, seenAt time: Int64) {
        self.name = name
        seenTime = time
    }
}

/// An entry that was delivered to a consumer who has not acknowledged it. It may be gone from the stream.
struct PendingEntry {
    let consumer: StreamConsumer
    /// When it was last delivered, in milliseconds since 1970.
    var deliveryTime: Int64
    var deliveryCount: Int
}

// MARK: - Memory

extension StreamGroup {
    /// What the group takes in memory, in bytes: its consumers with their names, and every pending entry twice, with as
    /// much again by half for the room that runs have. O(1).
    var memorySize: Int {
        let entry = MemoryLayout<StreamID>.stride * 2 + MemoryLayout<PendingEntry>.stride
        let consumer = MemorySize.object(64) + MemoryLayout<ByteString>.stride + 8
        return MemorySize.object(120) + nameSize + consumers.count * consumer + pending.count * entry * 3 / 2
    }

    private func settle() {
        if memory.isOpen { memory.update(memorySize) }
    }
}

// MARK: - Consumers

extension StreamGroup {
    /// Adds a consumer. O(log n).
    ///
    /// - Returns: The consumer; `nil` when there already is one of that name.
    func addConsumer(_ name: ByteString, now: Int64) -> StreamConsumer? {
        guard consumers[name] == nil else { return nil }
        return makeConsumer(name, now: now)
    }

    private func makeConsumer(_ name: ByteString, now: Int64) -> StreamConsumer {
        let consumer = StreamConsumer(name, seenAt: now)
        consumers[name] = consumer
        nameSize += MemorySize.elements(name.bytes)
        settle()
        return consumer
    }

    /// The consumer in whose name a command is sent, made when there is none. O(log n).
    func activeConsumer(_ name: ByteString, now: Int64) -> StreamConsumer {
        guard let consumer = consumers[name] else { return makeConsumer(name, now: now) }
        consumer.seenTime = now
        return consumer
    }

    /// Removes a consumer with its pending entries. O(log n) for each of these.
    ///
    /// - Returns: How many there were.
    func removeConsumer(_ name: ByteString) -> Int {
        guard let consumer = consumers[name] else { return 0 }
        consumer.pending.visit { id, _ in
            pending[id] = nil
            return true
        }
        consumers[name] = nil
        nameSize -= MemorySize.elements(consumer.name.bytes)
        settle()
        return consumer.pending.count
    }
}

// MARK: - Pending entries

extension StreamGroup {
    /// Makes an entry pending, or changes how it is, its consumer included. O(log n).
    func setPending(_ id: StreamID, _ entry: PendingEntry) {
        let old = pending[id]?.consumer
        pending[id] = entry
        settle()
        guard old !== entry.consumer else { return }
        old?.pending[id] = nil
        entry.consumer.pending[id] = ()
    }

    /// Forgets a pending entry. O(log n).
    ///
    /// - Returns: Whether it was there.
    func removePending(_ id: StreamID) -> Bool {
        guard let entry = pending[id] else { return false }
        pending[id] = nil
        entry.consumer.pending[id] = nil
        settle()
        return true
    }
}
