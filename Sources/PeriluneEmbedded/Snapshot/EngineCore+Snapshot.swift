/// What the engine does for snapshots, under its lock.
extension EngineCore {
    /// Begins a walk over all keys as they are now.
    ///
    /// - Returns: The changes of data until now; `nil` while there is another walk.
    func beginWalk() -> UInt64? {
        guard walk == nil else { return nil }
        databases.readClock()
        walk = SnapshotWalk(epoch: databases.beginEpoch(), now: databases.now, tables: databases.tables)
        return changes
    }

    /// Puts the keys aside that a command is about to change.
    func saveBeforeWrite(_ command: Command, _ arguments: Arguments) {
        // What changes all keys at once leaves the tables that are walked over as they are.
        guard walk?.isOfCurrentData == true, !command.flags.contains(.anyKey) else { return }
        let selected = databases.selected
        let numbers = command.flags.contains(.anyDatabase) ? 0..<Databases.count : selected..<(selected + 1)
        for index in 1..<max(arguments.count, 1) {
            for number in numbers {
                let database = databases[number].numberInWalk
                if let entry = databases[number].entry(for: arguments[index]) { walk?.save(entry, database: database) }
            }
        }
    }

    /// Puts other data in the place of all there is, as if every key had been written.
    func replaceData(with other: Databases) {
        databases.exchangeAll(with: other)
        walk?.isOfCurrentData = false
        changes &+= 1
        watches.noteChangeOfAll()
        waiting.noteChangeOfAll()
    }
}
