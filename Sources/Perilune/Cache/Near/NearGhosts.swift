/// The hashes of what was evicted lately: a table of buckets with four places, in which the newest push out the oldest.
struct NearGhosts: Sendable {
    private struct Ghost {
        var hash: UInt32 = 0
        /// The count of evictions when it came.
        var time: UInt32 = 0
    }

    private static let ways = 4
    private var ghosts: [Ghost] = []
    /// How many evictions a hash is remembered.
    private var memory: UInt32 = 0
    private var time: UInt32 = 0

    /// Adds a hash.
    ///
    /// - Parameter capacity: How many there should be room for. When it has doubled, what was remembered is forgotten.
    mutating func insert(_ hash: UInt32, capacity: Int) {
        let capacity = min(max(capacity, Self.ways), 1 << 30)
        if capacity > Int(memory) * 2 || memory == 0 { grow(to: capacity) }
        time &+= 1
        var oldest = first(of: hash)
        for place in oldest..<oldest + Self.ways {
            if ghosts[place].hash == hash, isThere(place) {
                oldest = place
                break
            }
            if time &- ghosts[place].time > time &- ghosts[oldest].time { oldest = place }
        }
        ghosts[oldest] = Ghost(hash: hash, time: time)
    }

    /// Takes a hash out; whether it was there.
    mutating func remove(_ hash: UInt32) -> Bool {
        guard memory > 0 else { return false }
        let start = first(of: hash)
        for place in start..<start + Self.ways where ghosts[place].hash == hash && isThere(place) {
            ghosts[place].time = time &- memory
            return true
        }
        return false
    }

    private func isThere(_ place: Int) -> Bool { time &- ghosts[place].time < memory }

    private func first(of hash: UInt32) -> Int { (Int(hash) & (ghosts.count / Self.ways - 1)) * Self.ways }

    private mutating func grow(to capacity: Int) {
        var places = Self.ways
        while places < capacity { places *= 2 }
        ghosts = Array(repeating: Ghost(), count: places)
        memory = UInt32(capacity)
        // Empty places are as old as can be.
        time = memory
    }
}
