/// A walk over all keys as they were when it began, a few at a time, while others change them.
///
/// A command that may change a key has it put aside first, unless the walk has been there; keys that are new since then
/// are passed over. What an entry carries the walk's number is either. The tables are the ones of the beginning: a
/// database that is emptied gets another, and one that is exchanged takes its own along.
struct SnapshotWalk {
    /// Marks entries that need not be saved any more.
    let epoch: UInt32
    /// In milliseconds since 1970: what has expired by then is left out.
    let now: Int64
    /// The tables to go over, by database.
    private var tables: [(database: Int, table: KeyTable)]
    /// Where to go on in the first of them.
    private var cursor: UInt64 = 0
    /// Whether the engine's data is still what is walked over.
    var isOfCurrentData = true
    /// What was put aside, to be written.
    private var records: [SnapshotRecord] = []

    /// Keys looked at in one step, which takes some tens of microseconds.
    static let keysAtATime = 256

    init(epoch: UInt32, now: Int64, tables: [(database: Int, table: KeyTable)]) {
        self.epoch = epoch
        self.now = now
        self.tables = tables
    }

    /// Puts a key aside as it is, unless that is done or the key is new. O(length of the key).
    mutating func save(_ entry: Entry, database: Int) {
        guard entry.header.epoch != epoch else { return }
        entry.header.epoch = epoch
        guard entry.header.expiry >= now else { return }
        records.append(SnapshotRecord(entry, database: database))
    }

    /// Looks at some more keys, and hands out everything that was put aside.
    ///
    /// - Returns: `nil` at the end.
    mutating func step() -> [SnapshotRecord]? {
        if let (database, table) = tables.last {
            cursor = table.scan(from: cursor, meeting: Self.keysAtATime) { save($0, database: database) }
            if cursor == 0 { tables.removeLast() }
        } else if records.isEmpty {
            return nil
        }
        defer { records = [] }
        return records
    }
}
