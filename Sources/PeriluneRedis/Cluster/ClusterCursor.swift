/// How far a `SCAN` of a whole cluster has come: the nodes are gone through in the order of their slots.
///
/// As text `0` at the beginning and at the end, otherwise a slot of the node and the node's own cursor: `5461.17`.
struct ClusterCursor: Hashable {
    /// A slot of the node; `nil` for the first node.
    let slot: Int?
    /// Where the node goes on.
    let cursor: String

    /// Reads a cursor.
    ///
    /// - Returns: `nil` when it is none.
    init?(_ text: String) {
        if text == "0" {
            (slot, cursor) = (nil, text)
            return
        }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let slot = RedisConfiguration.Parts.decimal(parts[0]) else { return nil }
        (self.slot, cursor) = (slot, String(parts[1]))
    }

    /// The text of the next cursor.
    ///
    /// - Parameters:
    ///   - next: The node's own next cursor, `0` at its end.
    ///   - slot: A slot of the node.
    ///   - nodes: A slot of each node, ascending.
    static func text(after next: String, at slot: Int, of nodes: [Int]) -> String {
        if next != "0" { return "\(slot).\(next)" }
        return nodes.first { $0 > slot }.map { "\($0).0" } ?? "0"
    }
}
