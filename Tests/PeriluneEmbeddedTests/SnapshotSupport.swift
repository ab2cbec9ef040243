import PeriluneCore
import PeriluneFuzzing
import PeriluneTestSupport
import Testing

@testable import PeriluneEmbedded

extension EmbeddedEngine {
    /// All keys of all databases with their values and expiries, in the bytes of a snapshot: the same for the same data.
    var contents: [DatabaseKey: [UInt8]] {
        core.withLock { core in
            core.databases.readClock()
            let now = core.databases.now
            var contents: [DatabaseKey: [UInt8]] = [:]
            for (database, table) in core.databases.tables {
                for entry in table.entries where entry.header.expiry >= now {
                    let record = SnapshotRecord(entry, database: database)
                    contents[DatabaseKey(database: database, key: record.key)] = record.encoded
                }
            }
            return contents
        }
    }

    /// Carries out a command in a database, whatever it answers.
    func perform(_ words: [String], in database: Int = 0) {
        core.withLock { core in
            core.beginCall(EngineSession())
            core.databases.select(database)
            _ = core.execute(words.map { Array($0.utf8) })
            core.endCall()
        }
    }

    /// Carries out so many random commands in a few databases.
    func perform(_ number: Int, from fuzz: inout CommandFuzz) {
        for _ in 0..<number {
            perform(fuzz.mixedLine().words, in: fuzz.pick(0, 0, 1, 7))
        }
    }
}

extension SnapshotRecord {
    /// The record in the bytes of a snapshot.
    var encoded: [UInt8] {
        var encoder = SnapshotEncoder()
        encoder.append(self)
        return encoder.output
    }
}
