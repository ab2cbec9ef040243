extension Array {
    /// The index of the first element of which something holds that holds of all behind it, too.
    ///
    /// - Complexity: O(log n).
    func partitionPoint(_ holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
