/// A sketch of a set that knows about how many members it has seen: the bytes of a string as a server keeps them.
///
/// A header of 16 bytes is followed by 16384 registers. These are small numbers, either six bits each, or as long as few
/// are in use, in runs (see ``HyperLogLog/SparseRun``).
struct HyperLogLog {
    var bytes: [UInt8]

    /// The registers are not what their encoding says.
    struct Corruption: Error {}

    static let registerCount = 1 << 14
    static let headerLength = 16
    private static let denseLength = headerLength + registerCount * 6 / 8
    private static let magic = Array("HYLL".utf8)

    enum Encoding: UInt8 {
        case dense, sparse
    }

    /// A sketch of nothing.
    init() {
        bytes = Self.magic + [Encoding.sparse.rawValue] + [UInt8](repeating: 0, count: 11)
        SparseRun.zeros(Self.registerCount).append(to: &bytes)
    }

    /// Whether bytes are a sketch, as far as can be seen without reading all registers.
    static func isSketch(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= headerLength, bytes.starts(with: magic) else { return false }
        switch Encoding(rawValue: bytes[4]) {
        case .dense: return bytes.count == denseLength
        case .sparse: return true
        case nil: return false
        }
    }

    /// Takes bytes for which ``isSketch(_:)`` holds, and leaves none.
    init(moving bytes: inout [UInt8]) {
        self.bytes = bytes
        bytes = []
    }

    var encoding: Encoding { bytes[4] == Encoding.dense.rawValue ? .dense : .sparse }

    /// The number of members that was computed last; `nil` when registers have changed since. Setting it to `nil` keeps
    /// the other bits, as the server does.
    var knownCount: Int? {
        get {
            guard bytes[15] & 0x80 == 0 else { return nil }
            return (8..<16).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
        }
        set {
            guard let newValue else {
                bytes[15] |= 0x80
                return
            }
            for index in 0..<8 { bytes[8 + index] = UInt8(truncatingIfNeeded: newValue >> (8 * index)) }
        }
    }

    /// Notes a member. O(its length), and O(runs) while these are in use.
    ///
    /// - Returns: Whether a register has changed.
    mutating func add(_ member: ByteSlice) throws(Corruption) -> Bool {
        let hash = Self.hash(of: member)
        // So many zeros stand in front of the first one behind the bits that say which register it is.
        let zeros = (hash >> 14 | 1 << 50).trailingZeroBitCount
        return try raise(Int(hash % UInt64(Self.registerCount)), to: UInt8(truncatingIfNeeded: zeros + 1))
    }

    /// Sets a register to a value that is higher than its own.
    ///
    /// - Returns: Whether it was.
    mutating func raise(_ register: Int, to value: UInt8) throws(Corruption) -> Bool {
        switch encoding {
        case .dense: return raiseDense(register, to: value)
        case .sparse:
            if let isRaised = try raiseSparse(register, to: value) { return isRaised }
            try makeDense()
            return raiseDense(register, to: value)
        }
    }

    /// Keeps six bits for every register from now on.
    mutating func makeDense() throws(Corruption) {
        guard encoding == .sparse else { return }
        let registers = try self.registers
        bytes = Array(bytes.prefix(Self.headerLength))
        bytes[4] = Encoding.dense.rawValue
        bytes.extend(to: Self.denseLength)
        for (register, value) in registers.enumerated() where value > 0 { _ = raiseDense(register, to: value) }
    }

    private mutating func raiseDense(_ register: Int, to value: UInt8) -> Bool {
        guard Self.denseRegister(register, in: bytes) < value else { return false }
        // The six bits, lowest first, lie in one byte or in two.
        let (index, shift) = (Self.headerLength + register * 6 / 8, register * 6 % 8)
        let (mask, bits) = (UInt16(63) << UInt16(shift), UInt16(value) << UInt16(shift))
        bytes[index] = bytes[index] & ~UInt8(truncatingIfNeeded: mask) | UInt8(truncatingIfNeeded: bits)
        if shift > 2 {
            bytes[index + 1] =
                bytes[index + 1] & ~UInt8(truncatingIfNeeded: mask >> 8)
                | UInt8(truncatingIfNeeded: bits >> 8)
        }
        return true
    }

    private static func denseRegister(_ register: Int, in bytes: [UInt8]) -> UInt8 {
        let (index, shift) = (headerLength + register * 6 / 8, register * 6 % 8)
        let next = index + 1 < bytes.count ? UInt16(bytes[index + 1]) : 0
        return UInt8(truncatingIfNeeded: (next << 8 | UInt16(bytes[index])) >> UInt16(shift)) & 63
    }

    /// All registers. O(their number).
    var registers: [UInt8] {
        get throws(Corruption) {
            guard encoding == .sparse else {
                return (0..<Self.registerCount).map { Self.denseRegister($0, in: bytes) }
            }
            var registers: [UInt8] = []
            registers.reserveCapacity(Self.registerCount)
            var index = Self.headerLength
            while index < bytes.count, registers.count <= Self.registerCount {
                let run = SparseRun(bytes, at: index)
                registers.append(contentsOf: repeatElement(run.value, count: run.length))
                index += run.byteCount
            }
            guard registers.count == Self.registerCount else { throw Corruption() }
            return registers
        }
    }
}

// MARK: - Estimation

extension HyperLogLog {
    /// About how many members have been noted in registers, with a standard error of 0.81 %. O(number of registers).
    ///
    /// Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017.
    static func count(_ registers: [UInt8]) -> Int {
        var histogram = [Int](repeating: 0, count: 64)
        for value in registers { histogram[Int(value & 63)] += 1 }
        let m = Double(registerCount)
        var z = m * tau((m - Double(histogram[51])) / m)
        for value in (1...50).reversed() { z = (z + Double(histogram[value])) * 0.5 }
        z += m * sigma(Double(histogram[0]) / m)
        // 1 / (2 ln 2)
        // Registers that nothing was counted in, and that no hash can fill, lead beyond all numbers.
        return Int(exactly: (0.721347520444481703680 * m * m / z).rounded()) ?? .min
    }

    private static func tau(_ share: Double) -> Double {
        if share == 0 || share == 1 { return 0 }
        var (x, y, z) = (share, 1.0, 1 - share)
        var before = z
        repeat {
            before = z
            x = x.squareRoot()
            y *= 0.5
            z -= (1 - x) * (1 - x) * y
        } while z != before
        return z / 3
    }

    private static func sigma(_ share: Double) -> Double {
        if share == 1 { return .infinity }
        var (x, y, z) = (share, 1.0, share)
        var before = z
        repeat {
            before = z
            x *= x
            z += x * y
            y += y
        } while z != before
        return z
    }

    /// MurmurHash64A.
    private static func hash(of member: ByteSlice) -> UInt64 {
        let factor: UInt64 = 0xc6a4_a793_5bd1_e995
        let bytes = UnsafeRawBufferPointer(member.buffer)
        var hash: UInt64 = 0xadc8_3b19 ^ (UInt64(bytes.count) &* factor)
        for offset in stride(from: 0, to: bytes.count & ~7, by: 8) {
            var word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* factor
            word ^= word >> 47
            hash = (hash ^ word &* factor) &* factor
        }
        if bytes.count & 7 > 0 {
            for offset in 0..<(bytes.count & 7) {
                hash ^= UInt64(bytes[bytes.count & ~7 + offset]) << UInt64(8 * offset)
            }
            hash = hash &* factor
        }
        hash ^= hash >> 47
        hash = hash &* factor
        return hash ^ hash >> 47
    }
}
