/// Scored members in order, found by rank: a skip list whose links know how far they reach (W. Pugh, "Skip Lists: A
/// Probabilistic Alternative to Balanced Trees", 1990; the widths are those of "A Skip List Cookbook", §3.4).
///
/// All operations are O(log n) on average. Nodes and links stand in two arrays and refer to each other by 32-bit
/// position, so that a member costs some 45 bytes here, and no allocation of its own. How high a node reaches comes from
/// its member's hash, which is seeded: nobody can choose members that make the list slow.
struct SkipList {
    private struct Node {
        var entry: ScoredMember
        /// The node in front; 0 for none.
        var previous: UInt32
        /// Where the node's links begin.
        var links: UInt32
        /// How many links the node has.
        var height: UInt8
    }

    private struct Link {
        /// The next node of the level; 0 for none.
        var next: UInt32 = 0
        /// By how many ranks that is further; at the end of a level, how many nodes follow.
        var width: UInt32 = 0
    }

    /// A quarter of a level's nodes are on the next one, so that these are enough for as many nodes as have positions.
    private static let maxHeight = 16

    /// The first is no member: all levels begin at it.
    private var nodes: [Node]
    private var links: [Link]
    /// By height, the first of the nodes that are not in use; the first link of each tells the next.
    private var free: [UInt32]
    /// How many levels have nodes.
    private var levels = 1
    private(set) var count = 0

    /// For every level the last node in front of a place, and its rank counted from 1. Kept to be used again.
    private var path: [(node: UInt32, rank: Int)]

    init() {
        nodes = [Node(entry: ScoredMember(member: [], score: 0), previous: 0, links: 0, height: UInt8(Self.maxHeight))]
        links = Array(repeating: Link(), count: Self.maxHeight)
        free = Array(repeating: 0, count: Self.maxHeight + 1)
        path = Array(repeating: (0, 0), count: Self.maxHeight)
    }

    /// What the list takes in memory, in bytes, but not the bytes of members. O(1).
    var memorySize: Int {
        MemorySize.elements(nodes) + MemorySize.elements(links) + MemorySize.elements(free) + MemorySize.elements(path)
    }

    private static func height(hash: Int) -> Int {
        min(1 + hash.leadingZeroBitCount / 2, maxHeight)
    }

    @inline(__always)
    private func position(ofLink level: Int, of node: UInt32) -> Int {
        Int(nodes[Int(node)].links) + level
    }
}

// MARK: - Changes

extension SkipList {
    /// Adds a member that is not in the list. O(log n).
    mutating func insert(_ entry: ScoredMember, hash: Int) {
        insert(entry, height: Self.height(hash: hash))
    }

    private mutating func insert(_ entry: ScoredMember, height: Int) {
        findPath(to: entry)
        while levels < height {
            path[levels] = (0, 0)
            links[levels] = Link(next: 0, width: UInt32(truncatingIfNeeded: count))
            levels += 1
        }
        let node = allocate(entry, height: height)
        for level in 0..<height {
            let before = position(ofLink: level, of: path[level].node)
            let here = position(ofLink: level, of: node)
            let reach = UInt32(truncatingIfNeeded: path[0].rank - path[level].rank)
            links[here] = Link(next: links[before].next, width: links[before].width - reach)
            links[before] = Link(next: node, width: reach + 1)
        }
        for level in height..<max(levels, height) { links[position(ofLink: level, of: path[level].node)].width += 1 }
        nodes[Int(node)].previous = path[0].node
        let next = links[position(ofLink: 0, of: node)].next
        if next != 0 { nodes[Int(next)].previous = node }
        count += 1
    }

    /// Removes a member with the score it has in the list. O(log n).
    mutating func remove(_ entry: ScoredMember) {
        findPath(to: entry)
        let node = links[position(ofLink: 0, of: path[0].node)].next
        guard node != 0, nodes[Int(node)].entry.member == entry.member else { return }
        for level in 0..<levels {
            let before = position(ofLink: level, of: path[level].node)
            if links[before].next == node {
                let gone = links[position(ofLink: level, of: node)]
                links[before] = Link(next: gone.next, width: links[before].width + gone.width - 1)
            } else {
                links[before].width -= 1
            }
        }
        let next = links[position(ofLink: 0, of: node)].next
        if next != 0 { nodes[Int(next)].previous = nodes[Int(node)].previous }
        while levels > 1, links[levels - 1].next == 0 { levels -= 1 }
        release(node)
        count -= 1
        if nodes.count > 1024, count * 4 < nodes.count { rebuild() }
    }

    private mutating func findPath(to entry: ScoredMember) {
        var node: UInt32 = 0
        var rank = 0
        for level in (0..<levels).reversed() {
            while true {
                let link = links[position(ofLink: level, of: node)]
                guard link.next != 0, nodes[Int(link.next)].entry < entry else { break }
                node = link.next
                rank += Int(link.width)
            }
            path[level] = (node, rank)
        }
    }

    private mutating func allocate(_ entry: ScoredMember, height: Int) -> UInt32 {
        let node = free[height]
        if node != 0 {
            free[height] = links[position(ofLink: 0, of: node)].next
            nodes[Int(node)].entry = entry
            return node
        }
        nodes.append(
            Node(
                entry: entry, previous: 0, links: UInt32(truncatingIfNeeded: links.count),
                height: UInt8(truncatingIfNeeded: height)))
        links.append(contentsOf: repeatElement(Link(), count: height))
        return UInt32(truncatingIfNeeded: nodes.count - 1)
    }

    private mutating func release(_ node: UInt32) {
        let height = Int(nodes[Int(node)].height)
        nodes[Int(node)].entry = ScoredMember(member: [], score: 0)
        links[position(ofLink: 0, of: node)].next = free[height]
        free[height] = node
    }

    /// Makes the list anew, without the nodes that are not in use. O(n log n), once three quarters have gone.
    private mutating func rebuild() {
        var smaller = SkipList()
        var node = links[0].next
        while node != 0 {
            smaller.insert(nodes[Int(node)].entry, height: Int(nodes[Int(node)].height))
            node = links[position(ofLink: 0, of: node)].next
        }
        self = smaller
    }
}

// MARK: - Lookups

extension SkipList {
    /// How many members stand in front of the first for which a condition does not hold. It must hold for all in front
    /// of that one. O(log n).
    func rank(where isBefore: (ScoredMember) -> Bool) -> Int {
        var node: UInt32 = 0
        var rank = 0
        for level in (0..<levels).reversed() {
            while true {
                let link = links[position(ofLink: level, of: node)]
                guard link.next != 0, isBefore(nodes[Int(link.next)].entry) else { break }
                node = link.next
                rank += Int(link.width)
            }
        }
        return rank
    }

    /// Calls a function with the members of a range of ranks, upwards or downwards, until it answers that it needs no
    /// more. O(log n), and O(1) for each of them.
    func visit(in ranks: Range<Int>, reversed: Bool, _ body: (ScoredMember) -> Bool) {
        guard !ranks.isEmpty else { return }
        var node = node(at: reversed ? ranks.upperBound - 1 : ranks.lowerBound)
        for _ in ranks {
            guard node != 0, body(nodes[Int(node)].entry) else { return }
            node = reversed ? nodes[Int(node)].previous : links[position(ofLink: 0, of: node)].next
        }
    }

    /// The node of a rank; 0 for none.
    private func node(at rank: Int) -> UInt32 {
        var node: UInt32 = 0
        var reached = -1
        for level in (0..<levels).reversed() {
            while true {
                let link = links[position(ofLink: level, of: node)]
                guard link.next != 0, reached + Int(link.width) <= rank else { break }
                node = link.next
                reached += Int(link.width)
            }
            if reached == rank { return node }
        }
        return 0
    }
}
