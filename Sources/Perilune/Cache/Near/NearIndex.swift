/// A hash table of the numbers of slots: open addressing with linear probing, and no tombstones.
///
/// It holds no keys: who asks compares them.
struct NearIndex: Sendable {
    private struct Bucket {
        var hash: UInt32
        /// The number of the slot plus one; 0 when the bucket is empty.
        var slot: UInt32
    }

    private var buckets: [Bucket] = Array(repeating: Bucket(hash: 0, slot: 0), count: 8)
    private(set) var count = 0

    private var mask: Int { buckets.count - 1 }

    /// Finds the slot with a hash for which the comparison is true.
    ///
    /// - Complexity: O(1) on average.
    func find(_ hash: UInt32, where matches: (Int) -> Bool) -> Int? {
        var position = Int(hash) & mask
        while buckets[position].slot != 0 {
            let bucket = buckets[position]
            if bucket.hash == hash, matches(Int(bucket.slot) - 1) { return Int(bucket.slot) - 1 }
            position = (position + 1) & mask
        }
        return nil
    }

    /// Adds a slot that is not there.
    ///
    /// - Complexity: Amortized O(1) on average.
    mutating func insert(_ hash: UInt32, slot: Int) {
        if (count + 1) * 4 > buckets.count * 3 { grow() }
        place(Bucket(hash: hash, slot: UInt32(slot) + 1))
        count += 1
    }

    /// Takes a slot out.
    ///
    /// - Complexity: O(1) on average.
    mutating func remove(_ hash: UInt32, slot: Int) {
        var hole = Int(hash) & mask
        while buckets[hole].slot != UInt32(slot) + 1 {
            guard buckets[hole].slot != 0 else { return }
            hole = (hole + 1) & mask
        }
        count -= 1
        // What stands behind the hole and may stand in it moves there.
        var position = hole
        while true {
            position = (position + 1) & mask
            let bucket = buckets[position]
            if bucket.slot == 0 { break }
            let home = Int(bucket.hash) & mask
            if (position - home) & mask >= (position - hole) & mask {
                buckets[hole] = bucket
                hole = position
            }
        }
        buckets[hole] = Bucket(hash: 0, slot: 0)
    }

    private mutating func place(_ bucket: Bucket) {
        var position = Int(bucket.hash) & mask
        while buckets[position].slot != 0 { position = (position + 1) & mask }
        buckets[position] = bucket
    }

    private mutating func grow() {
        let old = buckets
        buckets = Array(repeating: Bucket(hash: 0, slot: 0), count: old.count * 2)
        for bucket in old where bucket.slot != 0 { place(bucket) }
    }
}
