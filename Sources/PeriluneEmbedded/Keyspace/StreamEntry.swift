/// One entry of a stream.
struct StreamEntry {
    let id: StreamID
    /// The names of the fields. Most entries share them with the first of their node.
    fileprivate(set) var names: [StoredString]
    /// The values of the fields, as many as there are names.
    private(set) var values: [StoredString]

    /// - Parameter fields: At least one.
    init(id: StreamID, fields: [(name: StoredString, value: StoredString)]) {
        self.id = id
        names = fields.map(\.name)
        values = fields.map(\.value)
    }

    /// Whether the entry was deleted, and only its place is left.
    var isDeleted: Bool { values.isEmpty }

    fileprivate mutating func delete() {
        names = []
        values = []
    }

    /// What the fields take in memory, in bytes.
    ///
    /// - Parameter sharesNames: Whether the names are those of another entry.
    fileprivate func memorySize(sharesNames: Bool) -> Int {
        func size(_ strings: [StoredString]) -> Int {
            MemorySize.elements(strings) + strings.reduce(0) { $0 + $1.memorySize }
        }
        return size(values) + (sharesNames ? 0 : size(names))
    }

    /// How many bytes the fields have together.
    fileprivate var size: Int {
        names.reduce(0) { $0 + $1.count } + values.reduce(0) { $0 + $1.count }
    }
}

/// Entries that follow each other, as many as a server packs into one node of a stream.
///
/// How a server packs them shows: approximate trimming removes whole nodes, and `XINFO` counts them. A deleted entry
/// keeps its place, and a node goes with the last entry that is left.
final class StreamNode {
    /// `stream-node-max-entries`; entries that were deleted count.
    static let mostEntries = 100
    /// `stream-node-max-bytes`.
    private static let mostBytes = 4096

    /// In order, and never none. Those that were deleted are among them, and they may be out of order: `XSETID` can
    /// lead behind them.
    private(set) var entries: [StreamEntry]
    /// How many entries are not deleted.
    private(set) var count = 1
    /// The names of the fields that the node was begun with.
    private let names: [StoredString]
    /// How long the node is in a server's memory.
    private var bytes: Int
    /// What the entries' fields take in memory, in bytes.
    private var fieldSize: Int

    init(_ entry: StreamEntry) {
        entries = [entry]
        names = entry.names
        fieldSize = entry.memorySize(sharesNames: false)
        bytes = PackedSize.head(names) + PackedSize.entry(entry, after: entry.id, sharesNames: true)
    }

    init(_ other: StreamNode) {
        entries = other.entries
        count = other.count
        names = other.names
        bytes = other.bytes
        fieldSize = other.fieldSize
    }

    /// What the node takes in memory, in bytes. O(1).
    var memorySize: Int { MemorySize.object(40) + MemorySize.elements(entries) + fieldSize }

    /// The identifiers of the first and the last entry, be they deleted or not.
    var firstID: StreamID { entries[0].id }
    var lastID: StreamID { entries[entries.count - 1].id }

    /// Adds an entry behind the last, if it has room here. O(fields).
    ///
    /// - Returns: Whether it has.
    func append(_ entry: StreamEntry) -> Bool {
        guard bytes + entry.size < Self.mostBytes, entries.count < Self.mostEntries else { return false }
        let sharesNames = entry.names == names
        bytes += PackedSize.entry(entry, after: firstID, sharesNames: sharesNames)
        entries.append(entry)
        if sharesNames { entries[entries.count - 1].names = names }
        fieldSize += entry.memorySize(sharesNames: sharesNames)
        count += 1
        return true
    }

    /// The position of the first entry that is not in front of an identifier, or the end. O(1): a node is small.
    func position(of id: StreamID) -> Int { entries.firstIndex { !$0.isDeleted && $0.id >= id } ?? entries.count }

    /// Deletes the entry at a position, which must not be deleted yet.
    func delete(at position: Int) {
        fieldSize -= entries[position].memorySize(sharesNames: entries[position].names == names)
        entries[position].delete()
        count -= 1
    }
}

/// How many bytes a server's list packs of strings and integers take. From ``StreamNode``'s largest size on it does not
/// matter how many exactly.
private enum PackedSize {
    /// A list that begins with the names of the fields, their number, and two counters.
    static func head(_ names: [StoredString]) -> Int {
        7 + 2 + 2 + integer(names.count) + names.reduce(0) { $0 + string($1) } + 2
    }

    /// - Parameter first: The identifier of the node's first entry, from which others count.
    static func entry(_ entry: StreamEntry, after first: StreamID, sharesNames: Bool) -> Int {
        var size = 2 + entry.values.reduce(0) { $0 + string($1) }
        size += integer(Int(truncatingIfNeeded: entry.id.milliseconds &- first.milliseconds))
        size += integer(Int(truncatingIfNeeded: entry.id.sequence &- first.sequence))
        if sharesNames { return size + integer(3 + entry.values.count) }
        return size + integer(entry.names.count) + entry.names.reduce(0) { $0 + string($1) }
            + integer(4 + 2 * entry.values.count)
    }

    private static func string(_ string: StoredString) -> Int {
        if case .integer(let value) = string { return integer(value) }
        let count = string.count
        let packed = count + (count < 64 ? 1 : count < 4096 ? 2 : 5)
        return packed + (packed < 128 ? 1 : 2)
    }

    private static func integer(_ integer: Int) -> Int {
        switch integer {
        case 0...127: 2
        case -4096...4095: 3
        case -32_768...32_767: 4
        case -8_388_608...8_388_607: 5
        case -2_147_483_648...2_147_483_647: 6
        default: 10
        }
    }
}
