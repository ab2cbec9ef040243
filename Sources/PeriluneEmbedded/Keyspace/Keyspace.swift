import PeriluneCore

/// The data of one database: keys, values, expiries. Knows nothing of commands and replies.
///
/// Time comes from outside and stands still for the length of a command or a script, so that a key does not vanish
/// between two lines of one.
struct Keyspace {
    /// What `TIME` shows.
    let clock: any RedisClock

    /// The time by which keys expire, in milliseconds since 1970.
    var now: Int64 = 0

    private(set) var table = KeyTable()
    private let expiries = ExpiryQueue()
    /// What the entries and their values take.
    private(set) var meter = MemoryMeter()

    /// The last walk over all keys, which entries made from now on carry, and the number of this database when it began;
    /// see ``SnapshotWalk``.
    var epoch: UInt32 = 0
    var numberInWalk = 0

    init(clock: any RedisClock) {
        self.clock = clock
    }

    /// How many keys there are, expired ones that nobody has met yet included, as Redis counts them.
    var count: Int { table.count }

    /// What the keys and values take in memory, in bytes: an estimate. O(1).
    var memorySize: Int { meter.used + table.memorySize + expiries.memorySize }

    /// The entry of a key that has not expired. Removes it when it has. O(1).
    mutating func entry(for key: ByteSlice) -> Entry? {
        entry(for: key, hash: KeyTable.hash(of: key))
    }

    private mutating func entry(for key: ByteSlice, hash: Int) -> Entry? {
        guard let entry = table.entry(for: key, hash: hash) else { return nil }
        if entry.header.expiry < now {
            remove(entry)
            return nil
        }
        return entry
    }

    /// The entry of a key, even if it has expired. O(1).
    func anyEntry(for key: ByteSlice) -> Entry? {
        table.entry(for: key, hash: KeyTable.hash(of: key))
    }

    /// Sets a key to a value without expiry, or keeps its expiry. O(1) amortized.
    @discardableResult
    mutating func set(_ key: ByteSlice, to value: StoredValue, keepingExpiry: Bool = false) -> Entry {
        let hash = KeyTable.hash(of: key)
        if let entry = entry(for: key, hash: hash) {
            replaceValue(of: entry, with: value)
            entry.header.isRaw = false
            if !keepingExpiry { entry.header.expiry = Entry.never }
            return entry
        }
        let entry = Entry.make(key: key, hash: hash, value: value, epoch: epoch)
        table.insert(entry)
        meter.used += entry.memorySize
        value.charge(to: meter)
        return entry
    }

    /// Gives a key another value, and leaves all else as it is. O(1).
    func replaceValue(of entry: Entry, with value: StoredValue) {
        entry.header.value.discharge(from: meter)
        entry.header.value = value
        value.charge(to: meter)
    }

    /// Changes the bytes of a string where they are.
    ///
    /// - Returns: How many there are now.
    func modifyString(of entry: Entry, _ modify: (inout [UInt8]) -> Void) -> Int {
        entry.header.value.discharge(from: meter)
        let count = entry.modifyString(modify)
        entry.header.value.charge(to: meter)
        return count
    }

    /// Sets a key to a string without expiry. O(1) amortized.
    @discardableResult
    mutating func set(_ key: ByteSlice, to string: StoredString) -> Entry {
        set(key, to: .string(string))
    }

    /// Sets when a key expires, in milliseconds since 1970. A time that is not in the future removes the key, as Redis
    /// does. O(log n).
    ///
    /// - Returns: Whether the key is still there.
    @discardableResult
    mutating func expire(_ entry: Entry, at expiry: Int64) -> Bool {
        guard expiry > now else {
            remove(entry)
            return false
        }
        keep(entry, until: expiry)
        return true
    }

    /// Sets when a key expires, which may be with the next millisecond; `Entry.never` for never. O(log n).
    mutating func keep(_ entry: Entry, until expiry: Int64) {
        entry.header.expiry = expiry
        expiries.watch(entry)
    }

    /// Sets a key to the value of another, which may have been removed, and gives it that one's expiry, which has not
    /// come but may do so with the next millisecond. O(log n).
    mutating func set(_ key: ByteSlice, to value: StoredValue, like source: Entry) {
        let entry = set(key, to: value)
        entry.header.isRaw = source.header.isRaw
        keep(entry, until: source.header.expiry)
    }

    /// Removes a key, and forgets its value. O(1).
    mutating func remove(_ entry: Entry) {
        expiries.remove(entry)
        entry.header.isLive = false
        entry.header.value.discharge(from: meter)
        meter.used -= entry.memorySize
        entry.header.value = .string(.integer(0))  // the old slots of the table may hold on to the entry
        table.remove(entry)
    }

    /// Removes a key that may be there. O(1).
    mutating func remove(_ key: ByteSlice) {
        if let entry = entry(for: key) { remove(entry) }
    }

    /// The keys that have not expired, in the order of their bytes: O(n log n). On a server the order is its hash
    /// table's; here it is the same in every run.
    func keys(where isWanted: ([UInt8]) -> Bool) -> [[UInt8]] {
        table.entries.filter { $0.header.expiry >= now }.map(\.key).filter(isWanted)
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// A key that has not expired, each with about the same chance. O(1) on average.
    mutating func randomEntry() -> Entry? {
        while let entry = table.randomEntry() {
            if entry.header.expiry >= now { return entry }
            remove(entry)
        }
        return nil
    }

    /// See ``KeyTable/scan(from:meeting:_:)``. Passes over what has expired.
    func scan(from cursor: UInt64, meeting number: Int, _ body: (Entry) -> Void) -> UInt64 {
        table.scan(from: cursor, meeting: number) { entry in
            if entry.header.expiry >= now { body(entry) }
        }
    }

    /// Removes all keys. O(n), unless somebody walks over them: then the table is left to that walk.
    mutating func removeAll() {
        expiries.removeAll()
        table = KeyTable()
        meter = MemoryMeter()
    }

    /// Removes some of the keys that have expired: bounded work, for every call to do a little of.
    mutating func removeExpired(atMost limit: Int) {
        for _ in 0..<limit {
            guard let entry = expiries.popExpired(now: now) else { return }
            remove(entry)
        }
    }
}
