import PeriluneCore

/// Which node of a cluster serves which of the 16384 hash slots.
///
/// Reading and changing one slot is O(1).
struct SlotMap: Sendable {
    typealias Node = RedisConfiguration.Endpoint

    /// The most primaries, and the most replicas, that a map knows. Redis' own limit is about 1000 nodes.
    static let mostNodes = 4096

    /// The nodes that serve slots, or have done so, in no particular order.
    private(set) var primaries: [Node] = []
    /// Their replicas, as far as there is room for them.
    private(set) var replicas: Set<Node> = []
    /// How many slots somebody serves.
    private(set) var coverage = 0
    /// For each slot the position of its node among the primaries.
    private var owners: [UInt16]
    private var positions: [Node: UInt16] = [:]

    private static let nobody = UInt16.max

    /// A map in which nobody serves anything.
    init() {
        owners = Array(repeating: Self.nobody, count: HashSlot.count)
    }

    /// The node that serves a slot; `nil` when there is none, or no such slot.
    subscript(slot: Int) -> Node? {
        position(ofPrimaryFor: slot).map { primaries[$0] }
    }

    /// The position among the primaries of the one that serves a slot.
    func position(ofPrimaryFor slot: Int) -> Int? {
        guard owners.indices.contains(slot), owners[slot] != Self.nobody else { return nil }
        return Int(owners[slot])
    }

    /// The first slot of each primary that serves any.
    ///
    /// - Complexity: O(slots).
    var slotOfEachPrimary: [Int] {
        var slots: [UInt16: Int] = [:]
        for (slot, owner) in owners.enumerated() where owner != Self.nobody && slots[owner] == nil {
            slots[owner] = slot
        }
        return slots.values.sorted()
    }

    /// Whether every slot is served.
    var isComplete: Bool { coverage == HashSlot.count }

    /// All nodes, those that serve slots first.
    var nodes: [Node] { primaries + replicas }

    /// Notes that a node serves some slots from now on. Slots that do not exist are left out.
    ///
    /// - Returns: Whether there was room for the node.
    /// - Complexity: O(slots).
    @discardableResult
    mutating func assign(_ slots: ClosedRange<Int>, to node: Node) -> Bool {
        guard let position = position(of: node) else { return false }
        for slot in slots.clamped(to: 0...HashSlot.count - 1) where slots.contains(slot) {
            if owners[slot] == Self.nobody { coverage += 1 }
            owners[slot] = position
        }
        return true
    }

    private mutating func position(of node: Node) -> UInt16? {
        if let position = positions[node] { return position }
        guard primaries.count < Self.mostNodes else { return nil }
        let position = UInt16(primaries.count)
        primaries.append(node)
        positions[node] = position
        return position
    }

    /// Notes a replica, unless the map has enough of them.
    mutating func add(replica: Node) {
        if replicas.count < Self.mostNodes { replicas.insert(replica) }
    }
}
