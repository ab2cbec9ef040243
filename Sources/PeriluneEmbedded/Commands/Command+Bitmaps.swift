extension Command {
    /// The commands on the bits of strings.
    static let bitmaps: [Command] = [
        Command("bitcount", -2, [], countBits),
        Command("bitfield", -2, [.write, .mayGrow]) { keyspace, arguments in
            try bitField(arguments, readOnly: false, in: &keyspace)
        },
        Command("bitfield_ro", -2) { keyspace, arguments in
            try bitField(arguments, readOnly: true, in: &keyspace)
        },
        Command("bitop", -4, [.write, .mayGrow], combineBits),
        Command("bitpos", -3, [], findBit),
        Command("getbit", 3) { keyspace, arguments in
            let position = try bitPosition(arguments[2])
            let string = try keyspace.string(for: arguments[1])
            return .integer(string?.withBits { $0[position] } == true ? 1 : 0)
        },
        Command("setbit", 4, [.write, .mayGrow]) { keyspace, arguments in
            let position = try bitPosition(arguments[2])
            guard let bit = arguments[3].integer, bit == 0 || bit == 1 else {
                throw CommandError("ERR bit is not an integer or out of range")
            }
            let entry = try keyspace.stringEntryToFill(for: arguments[1])
            var wasSet = false
            _ = keyspace.modifyString(of: entry) { bytes in
                bytes.extend(to: position >> 3 + 1)
                wasSet = bytes.setBit(position, to: bit == 1)
            }
            return .integer(wasSet ? 1 : 0)
        },
    ]

    /// The position of a bit in an argument.
    ///
    /// - Parameter width: The width of a field, of which so many lie in front when the argument begins with `#`.
    static func bitPosition(_ argument: ByteSlice, width: Int? = nil) throws(CommandError) -> Int {
        var position: Int?
        if let width, argument.count > 0, argument[0] == UInt8(ascii: "#") {
            // The server's product wraps around.
            position = argument.dropFirst().integer.map { $0 &* width }
        } else {
            position = argument.integer
        }
        guard let position, position >= 0, position >> 3 < longestString else {
            throw CommandError("ERR bit offset is not an integer or out of range")
        }
        return position
    }

    /// `BITCOUNT key [start end [BYTE|BIT]]`
    private static func countBits(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        // A wrong range of a key that is not there goes unnoticed, as on the server.
        guard let string = try keyspace.string(for: arguments[1]) else { return .integer(0) }
        var range = 0..<(string.count * 8)
        if arguments.count == 4 || arguments.count == 5 {
            let first = try arguments.integer(2)
            let last = try arguments.integer(3)
            if first < 0 && last < 0 && first > last { return .integer(0) }
            let isInBits = arguments.count == 5 ? try Self.isInBits(arguments[4]) : false
            range = bitRange(from: first, to: last, inBits: isInBits, of: string.count)
        } else if arguments.count != 2 {
            throw .syntax
        }
        return .integer(string.withBits { $0.setCount(in: range) })
    }

    /// `BITPOS key bit [start [end [BYTE|BIT]]]`
    private static func findBit(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        let bit = try arguments.integer(2)
        guard bit == 0 || bit == 1 else { throw CommandError("ERR The bit argument must be 1 or 0.") }
        guard let string = try keyspace.string(for: arguments[1]) else { return .integer(bit == 1 ? -1 : 0) }
        guard arguments.count <= 6 else { throw .syntax }
        let first = arguments.count > 3 ? try arguments.integer(3) : 0
        let isInBits = arguments.count == 6 ? try Self.isInBits(arguments[5]) : false
        let last = arguments.count > 4 ? try arguments.integer(4) : -1
        let range = bitRange(from: first, to: last, inBits: isInBits, of: string.count)
        guard !range.isEmpty else { return .integer(-1) }
        if let position = string.withBits({ $0.firstPosition(of: bit == 1, in: range) }) { return .integer(position) }
        // Behind a string that nobody gave an end stand zeros.
        return .integer(bit == 0 && arguments.count <= 4 ? range.upperBound : -1)
    }

    private static func isInBits(_ unit: ByteSlice) throws(CommandError) -> Bool {
        if unit.isWord("bit") { return true }
        guard unit.isWord("byte") else { throw .syntax }
        return false
    }

    /// The positions of bits between two indices of bits or of bytes, both included.
    private static func bitRange(from first: Int, to last: Int, inBits: Bool, of byteCount: Int) -> Range<Int> {
        if inBits { return stringRange(from: first, to: last, of: byteCount * 8) }
        let bytes = stringRange(from: first, to: last, of: byteCount)
        return (bytes.lowerBound * 8)..<(bytes.upperBound * 8)
    }

    /// `BITOP AND|OR|XOR|NOT destination key [key ...]`
    private static func combineBits(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        guard let operation = BitOperation(arguments[1]) else { throw .syntax }
        if operation == .not, arguments.count != 4 {
            throw CommandError("ERR BITOP NOT must be called with a single source key.")
        }
        var sources: [[UInt8]] = []
        for index in 3..<arguments.count { sources.append(try keyspace.string(for: arguments[index])?.bytes ?? []) }
        let result = operation.result(of: sources)
        if result.isEmpty {
            keyspace.remove(arguments[2])
        } else {
            keyspace.set(arguments[2], to: StoredString.bytes(result)).header.isRaw = true
        }
        return .integer(result.count)
    }
}

/// What `BITOP` does.
private enum BitOperation {
    case and, or, exclusiveOr, not

    init?(_ word: ByteSlice) {
        if word.isWord("and") {
            self = .and
        } else if word.isWord("or") {
            self = .or
        } else if word.isWord("xor") {
            self = .exclusiveOr
        } else if word.isWord("not") {
            self = .not
        } else {
            return nil
        }
    }

    /// The combination of strings, of which shorter ones are followed by zeros. O(length × number).
    func result(of sources: [[UInt8]]) -> [UInt8] {
        var result = sources.first ?? []
        result.extend(to: sources.map(\.count).max() ?? 0)
        result.withUnsafeMutableBufferPointer { result in
            if self == .not {
                for index in result.indices { result[index] = ~result[index] }
            }
            for source in sources.dropFirst() {
                source.withUnsafeBufferPointer { combine($0, into: result) }
            }
        }
        return result
    }

    private func combine(_ source: UnsafeBufferPointer<UInt8>, into result: UnsafeMutableBufferPointer<UInt8>) {
        switch self {
        case .and:
            for index in source.indices { result[index] &= source[index] }
            for index in source.count..<result.count { result[index] = 0 }
        case .or:
            for index in source.indices { result[index] |= source[index] }
        case .exclusiveOr:
            for index in source.indices { result[index] ^= source[index] }
        case .not: return
        }
    }
}

extension StoredString {
    /// Calls a function with the value's bits.
    func withBits<Result>(_ body: (BitString) -> Result) -> Result {
        withSlice { body(BitString(UnsafeRawBufferPointer($0.buffer))) }
    }
}
