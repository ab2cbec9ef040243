/// The keys that one client of a port watches, and whether any of them was changed. Belongs to the engine's lock, hence
/// `@unchecked Sendable`.
package final class KeyWatch: @unchecked Sendable {
    /// The keys, and whether each was there when the watch began.
    fileprivate var keys: [DatabaseKey: Bool] = [:]
    fileprivate var isChanged = false

    package init() {}
}

/// All watches on an engine.
///
/// A command that may write counts as a change of every key that is one of its arguments, whatever it did. That is
/// more than is changed, never less: a transaction may be given up in vain, as one may any time.
final class KeyWatches {
    private var watches: [ObjectIdentifier: KeyWatch] = [:]
    private var watchers: [DatabaseKey: [KeyWatch]] = [:]

    /// How many keys are watched, by each that watches them.
    private var count = 0

    /// Whether nobody watches anything. Asked with every write, and therefore of a number: a look at a dictionary of an
    /// object is checked for overlapping accesses.
    var isEmpty: Bool { count == 0 }

    func add(_ key: DatabaseKey, isPresent: Bool, to watch: KeyWatch) {
        guard watch.keys[key] == nil else { return }
        count += 1
        watch.keys[key] = isPresent
        watches[ObjectIdentifier(watch)] = watch
        watchers[key, default: []].append(watch)
    }

    func remove(_ watch: KeyWatch) {
        count -= watch.keys.count
        watches[ObjectIdentifier(watch)] = nil
        for key in watch.keys.keys {
            watchers[key]?.removeAll { $0 === watch }
            if watchers[key]?.isEmpty == true { watchers[key] = nil }
        }
        watch.keys = [:]
        watch.isChanged = false
    }

    /// A key may have been changed.
    func noteChange(of key: DatabaseKey) {
        for watch in watchers[key] ?? [] { watch.isChanged = true }
    }

    /// Any key may have been changed.
    func noteChangeOfAll() {
        for watch in watches.values { watch.isChanged = true }
    }

    /// Whether a watched key was changed, or has expired since.
    func isChanged(_ watch: KeyWatch, in databases: Databases) -> Bool {
        if watch.isChanged { return true }
        return watch.keys.contains { key, wasPresent in wasPresent && !databases.contains(key) }
    }
}
