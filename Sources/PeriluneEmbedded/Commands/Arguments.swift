import CLuaHost

/// The arguments of a command, the command's name first.
struct Arguments {
    private let slices: UnsafePointer<plua_slice>
    let count: Int

    init(_ slices: UnsafePointer<plua_slice>, count: Int) {
        self.slices = slices
        self.count = count
    }

    /// An argument. What lies beyond the last is empty.
    subscript(index: Int) -> ByteSlice {
        guard index < count, let slice = ByteSlice(slices[index]) else { return Self.empty }
        return slice
    }

    /// The arguments from one on.
    func dropFirst(_ number: Int) -> Arguments {
        let dropped = min(number, count)
        return Arguments(slices + dropped, count: count - dropped)
    }

    /// The first of the arguments as a pointer to all of them.
    var pointer: UnsafePointer<plua_slice> { slices }

    private static var empty: ByteSlice {
        ByteSlice(start: UnsafePointer(StaticBytes.start), count: 0)
    }
}

/// A place in memory for slices of no bytes.
private enum StaticBytes {
    static var start: UnsafePointer<UInt8> { ("" as StaticString).utf8Start }
}
