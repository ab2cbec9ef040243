import PeriluneCore

/// The numbered databases, of which the caller under way has selected one.
struct Databases {
    /// How many there are: as many as a server has unless it is told otherwise.
    static let count = 16

    private var keyspaces: [Keyspace]
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
        keyspaces = (0..<Self.count).map { _ in Keyspace(clock: clock) }
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
    mutating func select(_ number: Int) {
        selected = number
        keyspaces[number].now = now
    }

    /// Takes the time from the clock, for the call that begins.
    mutating func readClock() {
        now = clock.microseconds / 1_000
        keyspaces[selected].now = now
    }

    /// Removes some of the keys that have expired, in the selected database and in one other: bounded work, for every
    /// call to do a little of.
    mutating func removeExpired(atMost limit: Int) {
        keyspaces[selected].removeExpired(atMost: limit)
        swept = (swept + 1) % Self.count
        guard swept != selected, keyspaces[swept].count > 0 else { return }
        self[swept].removeExpired(atMost: limit)
    }

    /// Gives two databases each other's keys. O(1).
    mutating func swap(_ first: Int, _ second: Int) {
        keyspaces.swapAt(first, second)
        keyspaces[selected].now = now
    }

    /// The numbers of those that hold keys, with how many.
    var keyCounts: [(database: Int, count: Int)] {
        keyspaces.indices.filter { keyspaces[$0].count > 0 }.map { ($0, keyspaces[$0].count) }
    }

    /// Whether a key is there and has not expired.
    mutating func contains(_ key: DatabaseKey) -> Bool {
        key.key.withByteSlice { self[key.database].entry(for: $0) != nil }
    }

    /// Removes all keys of all databases. O(n).
    mutating func removeAll() {
        for number in keyspaces.indices { keyspaces[number].removeAll() }
    }
}

// MARK: - Snapshots

extension Databases {
    /// Begins a walk: keys that are made from now on carry its number.
    mutating func beginEpoch() -> UInt32 {
        epoch = (epoch &+ 1) & (UInt32.max >> 1)
        for number in keyspaces.indices {
            keyspaces[number].epoch = epoch
            keyspaces[number].numberInWalk = number
        }
        return epoch
    }

    /// The tables that hold keys, by database.
    var tables: [(database: Int, table: KeyTable)] {
        keyspaces.indices.filter { keyspaces[$0].count > 0 }.map { ($0, keyspaces[$0].table) }
    }

    /// Adds a key, unless it has expired.
    ///
    /// - Parameter expiry: In milliseconds since 1970; `Int64.max` for never.
    /// - Returns: Whether the key is not there yet.
    mutating func restore(_ key: ByteSlice, in number: Int, to value: StoredValue, expiringAt expiry: Int64) -> Bool {
        guard self[number].entry(for: key) == nil else { return false }
        guard expiry >= now else { return true }
        let entry = self[number].set(key, to: value)
        if expiry != Entry.never { self[number].inherit(expiry, by: entry) }
        return true
    }
}
