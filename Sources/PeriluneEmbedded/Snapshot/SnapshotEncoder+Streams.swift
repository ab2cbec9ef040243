extension [UInt8] {
    /// Appends a stream with its groups. O(entries and pending entries).
    mutating func append(stream: StreamValue) {
        append(id: stream.lastID)
        append(id: stream.maxDeletedID)
        append(number: Int64(stream.entriesAdded))
        append(length: stream.count)
        stream.visit { entry in
            append(id: entry.id)
            append(length: entry.names.count)
            for (name, value) in zip(entry.names, entry.values) {
                append(bytes: name.bytes)
                append(bytes: value.bytes)
            }
            return true
        }
        append(length: stream.groups.count)
        stream.groups.visit { name, group in
            append(bytes: name.bytes)
            append(group: group)
            return true
        }
    }

    private mutating func append(group: StreamGroup) {
        append(id: group.lastID)
        append(UInt8(group.entriesRead == nil ? 0 : 1))
        append(number: Int64(group.entriesRead ?? 0))
        append(length: group.consumers.count)
        group.consumers.visit { name, consumer in
            append(bytes: name.bytes)
            append(number: consumer.seenTime)
            return true
        }
        append(length: group.pending.count)
        group.pending.visit { id, entry in
            append(id: id)
            append(bytes: entry.consumer.name.bytes)
            append(number: entry.deliveryTime)
            append(number: Int64(entry.deliveryCount))
            return true
        }
    }

    private mutating func append(id: StreamID) {
        append(number: id.milliseconds)
        append(number: id.sequence)
    }
}
