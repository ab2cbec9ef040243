/// How far names are from each other.
package enum NameDistance {
    /// The nearest of some names that is near enough to be meant: one slip away for short names, two for longer ones.
    /// Among equals the first one.
    package static func nearest(to name: String, among candidates: [String], where isAllowed: (String) -> Bool)
        -> String?
    {
        let name = Array(name.utf8)
        guard (2...32).contains(name.count) else { return nil }
        let limit = name.count <= 4 ? 1 : 2
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let bytes = Array(candidate.utf8)
            guard abs(bytes.count - name.count) <= limit else { continue }
            let distance = distance(name, bytes)
            guard distance <= limit, distance < best?.distance ?? Int.max, isAllowed(candidate) else { continue }
            best = (candidate, distance)
        }
        return best?.name
    }

    /// How many slips lead from one name to the other: a byte left out, put in, exchanged for another, or two that
    /// stand side by side in the wrong order.
    ///
    /// - Complexity: O(one × other).
    package static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        // The last three rows of the table of distances between beginnings.
        var beforeLast: [Int] = []
        var last = Array(0...other.count)
        for row in one.indices {
            var current = [row + 1]
            for column in other.indices {
                let isSame = one[row] == other[column]
                var distance = min(last[column + 1] + 1, current[column] + 1, last[column] + (isSame ? 0 : 1))
                if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
                    distance = min(distance, beforeLast[column - 1] + 1)
                }
                current.append(distance)
            }
            beforeLast = last
            last = current
        }
        return last[other.count]
    }
}
