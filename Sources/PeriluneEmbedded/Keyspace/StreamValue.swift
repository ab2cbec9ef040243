import DequeModule

/// The value of a stream key: nodes of entries in order, found by binary search, and what a server remembers of entries
/// that are gone. Unlike other collections an empty one stays.
final class StreamValue: StoredCollection {
    private(set) var nodes: Deque<StreamNode> = []
    /// How many entries there are.
    private(set) var count = 0
    /// The identifier of the first entry; zero when there is none.
    private(set) var firstID = StreamID.zero
    /// The largest identifier that an entry ever had, or that `XSETID` has set.
    var lastID = StreamID.zero
    /// The largest identifier among entries that were deleted one by one.
    var maxDeletedID = StreamID.zero
    /// How many entries were ever added.
    var entriesAdded = 0
    /// The consumer groups, by name.
    private(set) var groups = OrderedMap<ByteString, StreamGroup>()
    /// What the nodes take in memory, in bytes.
    private var nodeSize = 0
    var memory = MemoryAccount()

    init() {}

    /// O(nodes + groups with their pending entries).
    init(_ other: StreamValue) {
        nodes = Deque(other.nodes.lazy.map { StreamNode($0) })
        count = other.count
        firstID = other.firstID
        lastID = other.lastID
        maxDeletedID = other.maxDeletedID
        entriesAdded = other.entriesAdded
        nodeSize = other.nodeSize
        other.groups.visit { name, group in
            groups[name] = StreamGroup(group)
            return true
        }
    }

    static func collection(in value: StoredValue) -> StreamValue? {
        if case .stream(let stream) = value { stream } else { nil }
    }

    var asValue: StoredValue { .stream(self) }
    var isEmpty: Bool { count == 0 }

    /// What it takes in memory, but for the groups, which are on the meter by themselves.
    var memorySize: Int { MemorySize.object(200) + nodes.count * 10 + nodeSize }
}

// MARK: - Groups

extension StreamValue {
    /// Adds a group whose name no other has. O(log n).
    func addGroup(_ name: ByteString, _ group: StreamGroup) {
        groups[name] = group
        if let meter = memory.meter { group.memory.open(on: meter, group.memorySize) }
    }

    /// Removes a group. O(log n).
    ///
    /// - Returns: Whether it was there.
    func removeGroup(_ name: ByteString) -> Bool {
        guard let group = groups[name] else { return false }
        group.memory.close()
        groups[name] = nil
        return true
    }
}

// MARK: - Entries

extension StreamValue {
    /// Adds an entry whose identifier is larger than the last. O(fields).
    func append(_ entry: StreamEntry) {
        // After `XSETID` a node of deleted entries may be left that would stand in the way.
        if let node = nodes.last, node.count == 0, node.firstID >= entry.id {
            nodeSize -= node.memorySize
            nodes.removeLast()
        }
        let size = nodes.last?.memorySize ?? 0
        if let node = nodes.last, node.append(entry) {
            nodeSize += node.memorySize - size
        } else {
            let node = StreamNode(entry)
            nodeSize += node.memorySize
            nodes.append(node)
        }
        defer { settle() }
        count += 1
        entriesAdded &+= 1
        lastID = entry.id
        if count == 1 { firstID = entry.id }
    }

    /// The entry of an identifier. O(log n).
    func entry(_ id: StreamID) -> StreamEntry? {
        place(of: id).map { nodes[$0.node].entries[$0.position] }
    }

    /// Where the entry of an identifier is; `nil` when there is none.
    private func place(of id: StreamID) -> (node: Int, position: Int)? {
        let index = nodes.partitionPoint { $0.firstID <= id } - 1
        guard index >= 0 else { return nil }
        let node = nodes[index]
        let position = node.position(of: id)
        return position < node.entries.count && node.entries[position].id == id ? (index, position) : nil
    }

    /// The first and the last entry; `nil` when there is none. O(1).
    var first: StreamEntry? { edge(reversed: false) }
    var last: StreamEntry? { edge(reversed: true) }

    private func edge(reversed: Bool) -> StreamEntry? {
        var edge: StreamEntry?
        visit(reversed: reversed) { entry in
            edge = entry
            return false
        }
        return edge
    }

    /// Calls a function with the entries between two identifiers, both included, upwards or downwards, until it answers
    /// that it needs no more. O(log n), and O(1) for each of them.
    func visit(
        from first: StreamID = .zero, through last: StreamID = .max, reversed: Bool = false,
        _ body: (StreamEntry) -> Bool
    ) {
        guard first <= last else { return }
        if reversed {
            var index = nodes.partitionPoint { $0.firstID <= last }
            while index > 0 {
                index -= 1
                for entry in nodes[index].entries.reversed() where !entry.isDeleted && entry.id <= last {
                    guard entry.id >= first, body(entry) else { return }
                }
            }
        } else {
            var index = max(nodes.partitionPoint { $0.firstID <= first } - 1, 0)
            while index < nodes.count {
                let node = nodes[index]
                for entry in node.entries[node.position(of: first)...] where !entry.isDeleted {
                    guard entry.id <= last, body(entry) else { return }
                }
                index += 1
            }
        }
    }

    /// Deletes the entry of an identifier. O(log n), and for the last of a node O(nodes) to close the gap.
    ///
    /// - Returns: Whether there was one.
    func delete(_ id: StreamID) -> Bool {
        guard let place = place(of: id) else { return false }
        delete(at: place.position, of: nodes[place.node])
        if nodes[place.node].count == 0 { nodeSize -= nodes.remove(at: place.node).memorySize }
        settle()
        count -= 1
        maxDeletedID = max(maxDeletedID, id)
        if id == firstID { firstID = first?.id ?? .zero }
        return true
    }

    private func delete(at position: Int, of node: StreamNode) {
        nodeSize -= node.memorySize
        node.delete(at: position)
        nodeSize += node.memorySize
    }
}

// MARK: - Trimming

/// How much of a stream is to be left.
struct StreamTrim {
    enum Goal {
        /// At most so many entries.
        case length(Int)
        /// None in front of an identifier.
        case start(StreamID)
    }

    var goal: Goal
    /// Whether only whole nodes go.
    var isApproximate = false
    /// How many entries may go; 0 for any number.
    var limit = 0
}

extension StreamValue {
    /// Removes entries from the front. O(nodes that go).
    ///
    /// - Returns: How many have gone.
    func trim(_ trim: StreamTrim) -> Int {
        let length = count
        trimNodes(trim)
        settle()
        if count < length { firstID = first?.id ?? .zero }
        return length - count
    }

    private func trimNodes(_ trim: StreamTrim) {
        let length = count
        while let node = nodes.first {
            let goes: Bool
            switch trim.goal {
            case .length(let most) where count <= most: return
            case .length(let most): goes = count - node.count >= most
            case .start(let first): goes = node.lastID < first
            }
            if trim.limit > 0, length - count + node.count > trim.limit { return }
            guard goes else {
                if !trim.isApproximate { self.trim(node, trim.goal) }
                return
            }
            nodeSize -= nodes.removeFirst().memorySize
            count -= node.count
        }
    }

    /// Deletes the first entries of a node that stays.
    private func trim(_ node: StreamNode, _ goal: StreamTrim.Goal) {
        for (position, entry) in node.entries.enumerated() {
            switch goal {
            case .length(let most) where count <= most: return
            case .start(let first) where entry.id >= first: return
            default: break
            }
            guard !entry.isDeleted else { continue }
            delete(at: position, of: node)
            count -= 1
        }
    }
}
