import DequeModule

/// A map in the order of its keys: runs of keys in arrays, found by binary search.
///
/// Finding a key is O(log n). So is adding and removing one, but for moving what stands behind it in its run, and now
/// and then the references of the runs on its nearer side. Keys that come in order fill the runs.
struct OrderedMap<Key: Comparable, Value> {
    private struct Run {
        var keys: [Key]
        var values: [Value]
    }

    /// The most keys of a run.
    private static var capacity: Int { 128 }

    /// None of them is empty.
    private var runs: Deque<Run> = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }
    var first: (key: Key, value: Value)? { runs.first.map { ($0.keys[0], $0.values[0]) } }
    var last: (key: Key, value: Value)? { runs.last.map { ($0.keys[$0.keys.count - 1], $0.values[$0.keys.count - 1]) } }

    /// Where a key is, or would be. The position in the run may be its end.
    private func place(of key: Key) -> (run: Int, position: Int) {
        let run = max(runs.partitionPoint { $0.keys[0] <= key } - 1, 0)
        return (run, run < runs.count ? runs[run].keys.partitionPoint { $0 < key } : 0)
    }

    private func holds(_ key: Key, at place: (run: Int, position: Int)) -> Bool {
        place.run < runs.count && place.position < runs[place.run].keys.count
            && runs[place.run].keys[place.position] == key
    }

    /// The value of a key. Setting it to `nil` removes the key. O(log n).
    subscript(key: Key) -> Value? {
        get {
            let place = place(of: key)
            return holds(key, at: place) ? runs[place.run].values[place.position] : nil
        }
        set {
            let place = place(of: key)
            switch (holds(key, at: place), newValue) {
            case (true, let value?): runs[place.run].values[place.position] = value
            case (true, nil): remove(at: place)
            case (false, let value?): insert(key, value, at: place)
            case (false, nil): break
            }
        }
    }

    private mutating func insert(_ key: Key, _ value: Value, at place: (run: Int, position: Int)) {
        var place = place
        count += 1
        guard !runs.isEmpty else {
            runs.append(Run(keys: [key], values: [value]))
            return
        }
        if runs[place.run].keys.count == Self.capacity {
            if place.run == runs.count - 1, place.position == Self.capacity {
                runs.append(Run(keys: [key], values: [value]))
                return
            }
            split(place.run)
            let middle = runs[place.run].keys.count
            if place.position > middle { place = (place.run + 1, place.position - middle) }
        }
        runs[place.run].keys.insert(key, at: place.position)
        runs[place.run].values.insert(value, at: place.position)
    }

    private mutating func split(_ run: Int) {
        let middle = runs[run].keys.count / 2
        let end = Run(keys: Array(runs[run].keys[middle...]), values: Array(runs[run].values[middle...]))
        runs[run].keys.removeSubrange(middle...)
        runs[run].values.removeSubrange(middle...)
        runs.insert(end, at: run + 1)
    }

    private mutating func remove(at place: (run: Int, position: Int)) {
        count -= 1
        runs[place.run].keys.remove(at: place.position)
        runs[place.run].values.remove(at: place.position)
        if runs[place.run].keys.isEmpty {
            runs.remove(at: place.run)
        } else if place.run + 1 < runs.count,
            runs[place.run].keys.count + runs[place.run + 1].keys.count <= Self.capacity / 2
        {
            let end = runs.remove(at: place.run + 1)
            runs[place.run].keys += end.keys
            runs[place.run].values += end.values
        }
    }

    /// The first key that is not in front of one. O(log n).
    func first(from key: Key) -> (key: Key, value: Value)? {
        var found: (key: Key, value: Value)?
        visit(from: key) { key, value in
            found = (key, value)
            return false
        }
        return found
    }

    /// Calls a function with the keys from one on, or all, until it answers that it needs no more. O(log n), and O(1)
    /// for each of them.
    func visit(from key: Key? = nil, _ body: (Key, Value) -> Bool) {
        var (run, position) = key.map { place(of: $0) } ?? (0, 0)
        while run < runs.count {
            let (keys, values) = (runs[run].keys, runs[run].values)
            while position < keys.count {
                guard body(keys[position], values[position]) else { return }
                position += 1
            }
            (run, position) = (run + 1, 0)
        }
    }

    /// What a function makes of each key, in their order.
    func map<Result>(_ transform: (Key, Value) -> Result) -> [Result] {
        var results: [Result] = []
        results.reserveCapacity(count)
        visit { key, value in
            results.append(transform(key, value))
            return true
        }
        return results
    }
}

extension RandomAccessCollection where Index == Int {
    /// The first position at which a condition does not hold. It must hold for all elements in front of that one.
    /// O(log n).
    func partitionPoint(where isBefore: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
