import PeriluneCore

extension ClusterTopology {
    /// The commands of a pipeline that belong to one node.
    struct Part {
        /// Where they stand in the pipeline, ascending.
        var places: [Int] = []
        /// The slot of each of them; `nil` for one without keys.
        var slots: [Int?] = []
    }

    /// Puts together what belongs to the same node, as far as is known.
    ///
    /// - Parameter slots: The slot of each command; `nil` for one that any node can run.
    func parts(of slots: [Int?]) -> [Part] {
        state.withLock { state in
            // What nobody is known to serve goes together, too: the node that gets it says who does.
            var parts: [Int?: Part] = [:]
            var some: Int?
            for (place, slot) in slots.enumerated() {
                let owner = slot.map { state.map.position(ofPrimaryFor: $0) } ?? some
                if slot != nil { some = owner }
                parts[owner, default: Part()].places.append(place)
                parts[owner, default: Part()].slots.append(slot)
            }
            return parts.values.sorted { $0.places[0] < $1.places[0] }
        }
    }
}
