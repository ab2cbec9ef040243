/// A key as it was when a walk began, to be written.
///
/// `@unchecked Sendable` because its value is a copy that nobody changes: what it shares with the engine's own is copied
/// by whoever changes that.
struct SnapshotRecord: @unchecked Sendable {
    let database: Int
    let key: [UInt8]
    /// In milliseconds since 1970; `Int64.max` for never.
    let expiry: Int64
    let value: StoredValue

    /// Takes a copy of an entry. O(length of the key).
    init(_ entry: Entry, database: Int) {
        self.database = database
        key = entry.key
        expiry = entry.header.expiry
        value = entry.header.value.copy
    }
}
