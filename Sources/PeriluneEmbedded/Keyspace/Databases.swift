import PeriluneCore

/// The numbered databases, of which the caller under way has selected one. Used by one thread at a time.
///
/// They stand in memory of their own: the checks for overlapping accesses that a class's variables have cost as much as
/// a small command.
final class Databases {
    /// How many there are: as many as a server has unless it is told otherwise.
    static let count = 16

    private let keyspaces: UnsafeMutablePointer<Keyspace>
    /// The number of the database that commands work on.
    private(set) var selected = 0
    /// The database that was last looked at for expired keys.
    private var swept = 0

    private let clock: any RedisClock
    /// The time by which keys expire, in milliseconds since 1970.
    private(set) var now: Int64 = 0
    /// The last walk over all keys; see ``SnapshotWalk``.
    private var epoch: UInt32 = 0

    init(clock: any RedisClock) {
        self.clock = clock
        keyspaces = .allocate(capacity: Self.count)
        for number in 0..<Self.count { (keyspaces + number).initialize(to: Keyspace(clock: clock)) }
    }

    deinit {
        keyspaces.deinitialize(count: Self.count)
        keyspaces.deallocate()
    }

    /// The selected database.
    var current: Keyspace {
        _read { yield keyspaces[selected] }
        _modify { yield &keyspaces[selected] }
    }

    /// A database by its number, at the time of the call under way.
    subscript(number: Int) -> Keyspace {
        _read { yield keyspaces[number] }
        _modify {
            keyspaces[number].now = now
            yield &keyspaces[number]
        }
    }

    /// Selects a database.
    func select(_ number: Int) {
        selected = number
        keyspaces[number].now = now
    }

    /// Takes the time from the clock, for the call that begins.
    func readClock() {
        now = clock.microseconds / 1_000
        keyspaces[selected].now = now
    }

    /// Removes some of the keys that have expired, in the selected database and in one other: bounded work, for every
    /// call to do a little of.
    func removeExpired(atMost limit: Int) {
        keyspaces[selected].removeExpired(atMost: limit)
        swept = (swept + 1) % Self.count
        guard swept != selected, keyspaces[swept].count > 0 else { return }
        self[swept].removeExpired(atMost: limit)
    }

    /// Gives two databases each other's keys. O(1).
    func exchange(_ first: Int, _ second: Int) {
        if first != second { swap(&keyspaces[first], &keyspaces[second]) }
        keyspaces[selected].now = now
    }

    /// The numbers of those that hold keys, with how many.
    var keyCounts: [(database: Int, count: Int)] {
        (0..<Self.count).filter { keyspaces[$0].count > 0 }.map { ($0, keyspaces[$0].count) }
    }

    /// What all keys and values take in memory, in bytes: an estimate. O(1).
    var memorySize: Int {
        var sum = 0
        for number in 0..<Self.count { sum += keyspaces[number].memorySize }
        return sum
    }

    /// Whether a key is there and has not expired.
    func contains(_ key: DatabaseKey) -> Bool {
        key.key.withByteSlice { self[key.database].entry(for: $0) != nil }
    }

    /// Removes all keys of all databases. O(n).
    func removeAll() {
        for number in 0..<Self.count { keyspaces[number].removeAll() }
    }
}

// MARK: - Snapshots

extension Databases {
    /// Begins a walk: keys that are made from now on carry its number.
    func beginEpoch() -> UInt32 {
        epoch = (epoch &+ 1) & (UInt32.max >> 2)
        for number in 0..<Self.count {
            keyspaces[number].epoch = epoch
            keyspaces[number].numberInWalk = number
        }
        return epoch
    }

    /// Exchanges all keys with those of other databases.
    func exchangeAll(with other: Databases) {
        for number in 0..<Self.count { swap(&keyspaces[number], &other.keyspaces[number]) }
    }

    /// The tables that hold keys, by database.
    var tables: [(database: Int, table: KeyTable)] {
        (0..<Self.count).filter { keyspaces[$0].count > 0 }.map { ($0, keyspaces[$0].table) }
    }

    /// Adds a key, unless it has expired.
    ///
    /// - Parameter expiry: In milliseconds since 1970; `Int64.max` for never.
    /// - Returns: Whether the key is not there yet.
    func restore(_ key: ByteSlice, in number: Int, to value: StoredValue, expiringAt expiry: Int64) -> Bool {
        guard self[number].entry(for: key) == nil else { return false }
        guard expiry >= now else { return true }
        let entry = self[number].set(key, to: value)
        self[number].keep(entry, until: expiry)
        return true
    }
}
