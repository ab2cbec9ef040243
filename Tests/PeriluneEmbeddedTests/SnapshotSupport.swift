import PeriluneCore
import PeriluneFuzzing
import PeriluneTestSupport
import Testing

@testable import PeriluneEmbedded

extension EmbeddedEngine {
    /// All keys of all databases with their values and expiries.
    var contents: [DatabaseKey: String] {
        core.withLock { core in
            core.databases.readClock()
            let now = core.databases.now
            var contents: [DatabaseKey: String] = [:]
            for (database, table) in core.databases.tables {
                for entry in table.entries where entry.header.expiry >= now {
                    let record = SnapshotRecord(entry, database: database)
                    contents[DatabaseKey(database: database, key: record.key)] = record.text
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
    /// Value and expiry, the same for the same data: members of a set in any order, no sign of a zero.
    var text: String {
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        let value =
            switch value {
            case .string(let string): text(string.bytes)
            case .hash(let hash): hash.all.map { text($0.key) + "=" + text($0.value.bytes) }.joined(separator: ",")
            case .list(let list): list.elements.map { text($0.bytes) }.joined(separator: ",")
            case .set(let set): set.members.map { text($0.bytes) }.sorted().joined(separator: ",")
            case .sortedSet(let set):
                set.members(in: 0..<set.count).map { text($0.member) + "=\($0.score + 0)" }.joined(separator: ",")
            case .stream(let stream):
                {
                    var bytes: [UInt8] = []
                    bytes.append(stream: stream)
                    return "\(bytes)"
                }()
            }
        return "\(self.value.typeName) until \(expiry): \(value)"
    }
}

/// The keys that are not the same in both.
func differences<Value: Equatable>(_ first: [DatabaseKey: Value], _ second: [DatabaseKey: Value]) -> [String] {
    Set(first.keys).union(second.keys).filter { first[$0] != second[$0] }
        .map { "\($0): \(first[$0].map { "\($0)" } ?? "none"), \(second[$0].map { "\($0)" } ?? "none")" }
}
