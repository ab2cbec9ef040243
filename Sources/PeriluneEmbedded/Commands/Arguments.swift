import CLuaHost

/// The arguments of a command, the command's name first.
struct Arguments {
    private let slices: UnsafePointer<plua_slice>
    let count: Int
    /// Whether a script calls the command.
    let isFromScript: Bool
    /// The key that a command has waited for and that was written to, when it is tried again for that.
    let readyKey: ByteSlice?

    init(
        _ slices: UnsafePointer<plua_slice>, count: Int, isFromScript: Bool = false, readyKey: ByteSlice? = nil
    ) {
        self.slices = slices
        self.count = count
        self.isFromScript = isFromScript
        self.readyKey = readyKey
    }

    /// An argument. What lies beyond the last is empty.
    subscript(index: Int) -> ByteSlice {
        guard index < count, let slice = ByteSlice(slices[index]) else { return .empty }
        return slice
    }

    /// Whether a key is to be looked at: any, unless a command that waits is tried again for one of them.
    func isTried(_ index: Int) -> Bool {
        readyKey.map { $0.buffer.elementsEqual(self[index].buffer) } ?? true
    }

    /// The arguments from one on.
    func dropFirst(_ number: Int) -> Arguments {
        let dropped = min(number, count)
        return Arguments(slices + dropped, count: count - dropped, isFromScript: isFromScript, readyKey: readyKey)
    }

    /// An argument that must be an integer.
    func integer(_ index: Int) throws(CommandError) -> Int {
        guard let integer = self[index].integer else { throw .notAnInteger }
        return integer
    }

    /// An argument that must be an integer of at least 0.
    ///
    /// - Parameter error: What the server says when it is not; without one, it tells apart what is no integer.
    func count(_ index: Int, orElse error: CommandError? = nil) throws(CommandError) -> Int {
        guard let integer = self[index].integer else { throw error ?? .notPositive }
        guard integer >= 0 else { throw error ?? .notPositive }
        return integer
    }

    /// An argument that must be a number.
    func double(_ index: Int, orElse error: CommandError = .notAFloat) throws(CommandError) -> Double {
        guard let double = Decimal.double(of: self[index]) else { throw error }
        return double
    }

    /// The first of the arguments as a pointer to all of them.
    var pointer: UnsafePointer<plua_slice> { slices }
}
