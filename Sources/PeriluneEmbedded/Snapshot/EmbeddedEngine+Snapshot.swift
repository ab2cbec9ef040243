import PeriluneCore

/// The data on disk.
extension EmbeddedEngine {
    /// Writes all databases to a file, as they are at this moment.
    ///
    /// Others go on meanwhile: the engine is taken for some tens of microseconds at a time. What they change is kept
    /// twice until it is written. Keys that have expired are left out; scripts, and what clients watch and wait for, are
    /// no data.
    ///
    /// The file takes the place of one that is there only when it is complete and on the disk; until then it stands next
    /// to it, with `.tmp` at its name's end. Its owner alone can read it. Blocks the calling thread until then: O(n) in
    /// the size of the data.
    ///
    /// - Throws: When the file cannot be written; what was there is still there. Also when another snapshot is being
    ///   written.
    public func writeSnapshot(to path: String) throws(SnapshotError) {
        _ = try writeSnapshotCountingChanges(to: path)
    }

    /// As ``writeSnapshot(to:)``.
    ///
    /// - Returns: The ``changeCount`` of what was written.
    package func writeSnapshotCountingChanges(to path: String) throws(SnapshotError) -> UInt64 {
        let changes = core.withLock { core in core.beginWalk() }
        guard let changes else { throw SnapshotError(path, .inProgress) }
        defer { core.withLock { core in core.walk = nil } }
        let file = try SnapshotFile(path: path)
        do throws(SnapshotError) {
            var encoder = SnapshotEncoder()
            while let records = stepOfWalk() {
                for record in records {
                    encoder.append(record)
                    if encoder.output.count >= 1 << 20 { try encoder.take(file.write) }
                }
            }
            encoder.finish()
            try encoder.take(file.write)
            try file.commit()
        } catch {
            file.discard()
            throw error
        }
        return changes
    }

    /// Some more of the keys as they were when the walk began; `nil` at the end.
    func stepOfWalk() -> [SnapshotRecord]? {
        core.withLock { core in core.walk?.step() }
    }

    /// Replaces all data with that of a file that ``writeSnapshot(to:)`` has written.
    ///
    /// The file is read and checked to its end before anything is replaced, and everything is replaced at once: others
    /// see either the old data or the new. Keys that have expired meanwhile do not come back. Blocks the calling thread:
    /// O(n) in the size of the file.
    ///
    /// - Throws: When the file cannot be read, is no snapshot or one of a later version, or is damaged in any way; the
    ///   data is what it was then.
    public func restoreSnapshot(from path: String) throws(SnapshotError) {
        var reader = try SnapshotReader(path: path)
        let databases = Databases(clock: clock)
        databases.readClock()
        try reader.restore(into: databases)
        core.withLock { core in
            core.replaceData(with: databases)
            core.endCall()
        }
    }

    /// Removes what a process that has died was about to write, and leaves what another one writes.
    package static func removeUnfinishedSnapshot(of path: String) {
        try? SnapshotFile.removeTemporary(of: path)
    }

    /// How many commands that may write were run. Tells whether there is something new to be written.
    package var changeCount: UInt64 {
        core.withLock { core in core.changes }
    }
}
