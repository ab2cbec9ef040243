import DequeModule

extension StreamValue {
    /// How many nodes the radix tree has in which a server keeps as many runs of entries: leaves, forks, and the chains
    /// of bytes in front of them. O(nodes).
    var radixTreeSize: Int {
        guard let first = nodes.first else { return 1 }
        var size = nodes.count
        // How many bytes lead to each fork from the root to the last leaf. The root itself begins one byte earlier.
        var forks = [-1]
        var previous = first.firstID
        var depth = -1
        func countChain(from fork: Int, to end: Int) { if end - fork > 1 { size += 1 } }
        for index in 1...nodes.count {
            var next = -1
            if index < nodes.count {
                next = previous.commonBytes(with: nodes[index].firstID)
                previous = nodes[index].firstID
            }
            countChain(from: max(depth, next), to: 16)
            while let fork = forks.last, fork > next {
                forks.removeLast()
                size += 1
                countChain(from: max(forks.last ?? -1, next), to: fork)
            }
            if forks.last != next { forks.append(next) }
            depth = next
        }
        return size
    }
}

extension StreamID {
    /// How many of the 16 bytes, the highest first, two different identifiers have in common.
    fileprivate func commonBytes(with other: StreamID) -> Int {
        milliseconds != other.milliseconds
            ? (milliseconds ^ other.milliseconds).leadingZeroBitCount / 8
            : 8 + (sequence ^ other.sequence).leadingZeroBitCount / 8
    }
}
