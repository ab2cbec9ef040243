extension HyperLogLog {
    /// Registers in a row that have one value.
    ///
    /// In bits: `00llllll` are 1 to 64 zeros, `01llllll llllllll` are 1 to 16384 zeros, and `1vvvvvll` are 1 to 4
    /// registers of a value from 1 to 32.
    struct SparseRun {
        var value: UInt8
        var length: Int
        /// How many bytes it takes.
        let byteCount: Int

        static let longest = 4
        static let highestValue: UInt8 = 32
        private static let mostZerosInOneByte = 64

        private init(value: UInt8, length: Int, byteCount: Int) {
            (self.value, self.length, self.byteCount) = (value, length, byteCount)
        }

        init(value: UInt8, length: Int) {
            self.init(value: value, length: length, byteCount: 1)
        }

        static func zeros(_ length: Int) -> SparseRun {
            SparseRun(value: 0, length: length, byteCount: length > mostZerosInOneByte ? 2 : 1)
        }

        /// The run that begins at a byte.
        init(_ bytes: [UInt8], at index: Int) {
            let byte = bytes[index]
            if byte & 0x80 != 0 {
                self.init(value: byte >> 2 & 31 + 1, length: Int(byte & 3) + 1)
            } else if byte & 0x40 == 0 {
                self.init(value: 0, length: Int(byte) + 1, byteCount: 1)
            } else {
                let low = index + 1 < bytes.count ? Int(bytes[index + 1]) : 0
                self.init(value: 0, length: (Int(byte & 63) << 8 | low) + 1, byteCount: 2)
            }
        }

        /// Appends the run. A value has at most 5 bits, a length at most 14.
        func append(to bytes: inout [UInt8]) {
            if value > 0 {
                bytes.append(0x80 | (value - 1) << 2 | UInt8(truncatingIfNeeded: length - 1))
            } else if byteCount == 1 {
                bytes.append(UInt8(truncatingIfNeeded: length - 1))
            } else {
                bytes.append(0x40 | UInt8(truncatingIfNeeded: (length - 1) >> 8))
                bytes.append(UInt8(truncatingIfNeeded: length - 1))
            }
        }
    }

    /// `hll-sparse-max-bytes`: the most bytes that runs may have, with the header.
    private static let longestSparse = 3000

    /// Sets a register to a value that is higher than its own, among runs. O(runs).
    ///
    /// - Returns: Whether it was; `nil` when runs have no room for it.
    mutating func raiseSparse(_ register: Int, to value: UInt8) throws(Corruption) -> Bool? {
        guard value <= SparseRun.highestValue else { return nil }
        // The run of the register, and the one in front of it.
        var (index, previous, first) = (Self.headerLength, Self.headerLength, 0)
        while true {
            guard index < bytes.count else { throw Corruption() }
            let run = SparseRun(bytes, at: index)
            if register < first + run.length { break }
            previous = index
            index += run.byteCount
            first += run.length
        }
        let run = SparseRun(bytes, at: index)
        guard run.value < value else { return false }

        var split: [UInt8] = []
        let (before, after) = (register - first, first + run.length - 1 - register)
        if before > 0 { run.shortened(to: before).append(to: &split) }
        SparseRun(value: value, length: 1).append(to: &split)
        if after > 0 { run.shortened(to: after).append(to: &split) }
        let growth = split.count - run.byteCount
        guard growth <= 0 || bytes.count + growth <= Self.longestSparse else { return nil }
        bytes.replaceSubrange(index..<min(index + run.byteCount, bytes.count), with: split)
        mergeRuns(from: previous)
        knownCount = nil
        return true
    }

    /// Makes one run of neighbors of the same value: in five steps, as the server, since it shows in the bytes.
    private mutating func mergeRuns(from start: Int) {
        var index = start
        for _ in 0..<5 where index < bytes.count {
            let run = SparseRun(bytes, at: index)
            if run.value > 0, index + 1 < bytes.count {
                let next = SparseRun(bytes, at: index + 1)
                if next.value == run.value, run.length + next.length <= SparseRun.longest {
                    var merged: [UInt8] = []
                    SparseRun(value: run.value, length: run.length + next.length).append(to: &merged)
                    bytes.replaceSubrange(index...(index + 1), with: merged)
                    continue
                }
            }
            index += run.byteCount
        }
    }
}

extension HyperLogLog.SparseRun {
    /// As many registers of the run, which has more.
    fileprivate func shortened(to length: Int) -> Self {
        value > 0 ? Self(value: value, length: length) : .zeros(length)
    }
}
