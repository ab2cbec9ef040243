import PeriluneCore

extension SlotMap {
    /// Reads the answer to `CLUSTER SLOTS`.
    ///
    /// What cannot be understood is left out, and its slots with it: a node whose host is unknown serves nobody.
    ///
    /// - Parameter asked: The node that has answered; an empty host means that node's.
    /// - Throws: ``EngineError/Code/unexpectedReply`` when it is no such answer, or one of a cluster that cannot be.
    /// - Complexity: O(slots + nodes named).
    init(_ reply: RedisReply, askedOf asked: Node) throws(EngineError) {
        guard let ranges = reply.array else {
            throw EngineError(.unexpectedReply, "CLUSTER SLOTS was answered with \(reply.kind)")
        }
        guard ranges.count <= HashSlot.count else {
            throw EngineError(.unexpectedReply, "CLUSTER SLOTS was answered with \(ranges.count) ranges of slots")
        }
        self.init()
        for range in ranges {
            guard let parts = range.array, parts.count >= 3, let first = parts[0].integer, let last = parts[1].integer,
                first <= last, let primary = Self.node(parts[2], askedOf: asked)
            else { continue }
            assign(first...last, to: primary)
            for replica in parts.dropFirst(3).prefix(Self.mostNodes) {
                if let node = Self.node(replica, askedOf: asked) { add(replica: node) }
            }
        }
    }

    /// A node: its host, its port, its id, and other hosts by which it is known.
    private static func node(_ reply: RedisReply, askedOf asked: Node) -> Node? {
        guard let parts = reply.array, parts.count >= 2, let port = parts[1].integer else { return nil }
        let host = parts[0].isNull ? "" : parts[0].string ?? "?"
        if let node = Node(announced: host, port: port, by: asked) { return node }
        // A node that should be known by its name and has none yet is still known by its address.
        guard parts.count >= 4, let pairs = parts[3].array else { return nil }
        for (name, value) in zip(pairs, pairs.dropFirst()) where name.string == "ip" {
            return value.string.flatMap { $0.isEmpty ? nil : Node(announced: $0, port: port, by: asked) }
        }
        return nil
    }
}
