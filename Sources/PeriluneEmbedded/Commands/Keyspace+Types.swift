/// Lookups that want a value of one type.
extension Keyspace {
    /// The entry of a key that holds a string; `nil` when there is no key. O(1).
    mutating func stringEntry(for key: ByteSlice) throws(CommandError) -> Entry? {
        guard let entry = entry(for: key) else { return nil }
        guard case .string = entry.header.value else { throw .wrongType }
        return entry
    }

    /// The entry of a key that holds a string, made without bytes when there is no key. The caller puts some into it.
    /// O(1).
    mutating func stringEntryToFill(for key: ByteSlice) throws(CommandError) -> Entry {
        if let entry = try stringEntry(for: key) { return entry }
        return set(key, to: StoredString.bytes([]))
    }

    /// The string under a key; `nil` when there is no key. O(1).
    mutating func string(for key: ByteSlice) throws(CommandError) -> StoredString? {
        guard let entry = entry(for: key) else { return nil }
        guard case .string(let string) = entry.header.value else { throw .wrongType }
        return string
    }

    /// The collection under a key; `nil` when there is no key. O(1).
    mutating func collection<Value: StoredCollection>(
        _ type: Value.Type, for key: ByteSlice
    ) throws(CommandError) -> Value? {
        guard let entry = entry(for: key) else { return nil }
        guard let collection = Value.collection(in: entry.header.value) else { throw .wrongType }
        return collection
    }

    /// The collection under a key, made when there is no key. The caller puts something into it. O(1).
    mutating func collectionToFill<Value: StoredCollection>(
        _ type: Value.Type, for key: ByteSlice
    ) throws(CommandError) -> Value {
        if let collection = try collection(type, for: key) { return collection }
        let collection = Value()
        set(key, to: collection.asValue)
        return collection
    }

    /// Sets a key to what a command has collected, whatever it was before; nothing collected removes it. O(1).
    mutating func store(_ collection: some StoredCollection, under key: ByteSlice) {
        if collection.isEmpty {
            remove(key)
        } else {
            set(key, to: collection.asValue)
        }
    }

    /// Removes a key whose collection a command has emptied. O(1).
    mutating func removeIfEmpty(_ collection: some StoredCollection, under key: ByteSlice) {
        if collection.isEmpty { remove(key) }
    }
}
