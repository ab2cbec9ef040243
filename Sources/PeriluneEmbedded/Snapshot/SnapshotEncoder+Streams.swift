extension [UInt8] {
    /// Appends a stream with its groups, as ``SnapshotFormat`` says.
    mutating func append(_ stream: StreamValue) {
        append(stream.lastID)
        append(stream.maxDeletedID)
        append(number: Int64(stream.entriesAdded))
        append(length: stream.count)
        stream.visit { entry in
            append(entry)
            return true
        }
        append(length: stream.groups.count)
        stream.groups.visit { name, group in
            append(bytes: name.bytes)
            append(group)
            return true
        }
    }

    private mutating func append(_ entry: StreamEntry) {
        append(entry.id)
        append(length: entry.names.count)
        for (name, value) in zip(entry.names, entry.values) {
            append(bytes: name.bytes)
            append(bytes: value.bytes)
        }
    }

    private mutating func append(_ group: StreamGroup) {
        append(group.lastID)
        append(group.entriesRead == nil ? 0 : 1)
        append(number: Int64(group.entriesRead ?? 0))
        append(length: group.consumers.count)
        var positions: [ObjectIdentifier: Int] = [:]
        group.consumers.visit { name, consumer in
            positions[ObjectIdentifier(consumer)] = positions.count
            append(bytes: name.bytes)
            append(number: consumer.seenTime)
            return true
        }
        append(length: group.pending.count)
        group.pending.visit { id, entry in
            append(id)
            append(length: positions[ObjectIdentifier(entry.consumer)] ?? 0)
            append(number: entry.deliveryTime)
            append(number: Int64(entry.deliveryCount))
            return true
        }
    }

    private mutating func append(_ id: StreamID) {
        append(number: id.milliseconds)
        append(number: id.sequence)
    }
}
