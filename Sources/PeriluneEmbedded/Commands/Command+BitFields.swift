extension Command {
    /// `BITFIELD key [GET type offset | [OVERFLOW WRAP|SAT|FAIL] SET type offset value | INCRBY type offset increment ...]`
    static func bitField(
        _ arguments: Arguments, readOnly: Bool, in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        let operations = try BitFieldOperation.operations(in: arguments)
        let length = operations.filter { !$0.isRead }.map { ($0.position + $0.type.width - 1) >> 3 + 1 }.max()
        guard let length else {
            let string = try keyspace.string(for: arguments[1])
            let bytes = string?.bytes ?? []
            return .array(operations.map { .integer($0.type.read(bytes, at: $0.position)) })
        }
        guard !readOnly else { throw CommandError("ERR BITFIELD_RO only supports the GET subcommand") }
        let entry = try keyspace.stringEntryToFill(for: arguments[1])
        var replies: [CommandReply] = []
        _ = keyspace.modifyString(of: entry) { bytes in
            bytes.extend(to: length)
            for operation in operations { replies.append(operation.run(&bytes)) }
        }
        return .array(replies)
    }
}

/// One operation of `BITFIELD`.
private struct BitFieldOperation {
    enum Kind {
        case get
        case set(Int)
        case increment(Int)
    }

    let kind: Kind
    let type: BitFieldType
    let position: Int
    let overflow: BitFieldType.Overflow

    var isRead: Bool {
        if case .get = kind { true } else { false }
    }

    static func operations(in arguments: Arguments) throws(CommandError) -> [BitFieldOperation] {
        var operations: [BitFieldOperation] = []
        var overflow = BitFieldType.Overflow.wrap
        var index = 2
        while index < arguments.count {
            let word = arguments[index]
            let following = arguments.count - index - 1
            if word.isWord("overflow"), following >= 1 {
                guard let given = BitFieldType.Overflow(arguments[index + 1]) else {
                    throw CommandError("ERR Invalid OVERFLOW type specified")
                }
                overflow = given
                index += 2
                continue
            }
            let isGet = word.isWord("get")
            let isSet = word.isWord("set")
            guard isGet && following >= 2 || (isSet || word.isWord("incrby")) && following >= 3 else { throw .syntax }
            let type = try BitFieldType(arguments[index + 1])
            let position = try Command.bitPosition(arguments[index + 2], width: type.width)
            let kind: Kind
            if isGet {
                kind = .get
            } else {
                let value = try arguments.integer(index + 3)
                kind = isSet ? .set(value) : .increment(value)
            }
            operations.append(BitFieldOperation(kind: kind, type: type, position: position, overflow: overflow))
            index += isGet ? 3 : 4
        }
        return operations
    }

    func run(_ bytes: inout [UInt8]) -> CommandReply {
        let old = type.read(bytes, at: position)
        switch kind {
        case .get: return .integer(old)
        case .set(let value):
            guard let new = type.sum(value, 0, overflow) else { return .null }
            type.write(new, into: &bytes, at: position)
            return .integer(old)
        case .increment(let amount):
            guard let new = type.sum(old, amount, overflow) else { return .null }
            type.write(new, into: &bytes, at: position)
            return .integer(new)
        }
    }
}

/// The type of an integer of some bits: `i1` to `i64` and `u1` to `u63`.
private struct BitFieldType {
    /// What comes of a sum that does not fit.
    enum Overflow {
        case wrap, saturate, fail

        init?(_ word: ByteSlice) {
            if word.isWord("wrap") {
                self = .wrap
            } else if word.isWord("sat") {
                self = .saturate
            } else if word.isWord("fail") {
                self = .fail
            } else {
                return nil
            }
        }
    }

    let isSigned: Bool
    let width: Int

    init(_ text: ByteSlice) throws(CommandError) {
        let sign = text.count > 0 ? text[0] : 0
        isSigned = sign == UInt8(ascii: "i")
        guard isSigned || sign == UInt8(ascii: "u"), let width = text.dropFirst().integer,
            (1...(isSigned ? 64 : 63)).contains(width)
        else {
            throw CommandError(
                "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
        }
        self.width = width
    }

    func read(_ bytes: [UInt8], at position: Int) -> Int {
        let bits = bytes.withUnsafeBytes { BitString($0).number(at: position, width: width) }
        return wrapped(Int(truncatingIfNeeded: bits))
    }

    func write(_ value: Int, into bytes: inout [UInt8], at position: Int) {
        bytes.setBits(at: position, width: width, to: UInt64(bitPattern: Int64(value)))
    }

    /// The lowest bits of a number as one of this type.
    private func wrapped(_ value: Int) -> Int {
        let unused = 64 - width
        let high = value << unused
        return isSigned ? high >> unused : Int(bitPattern: UInt(bitPattern: high) >> unused)
    }

    /// A sum in this type; `nil` when it does not fit and that is a failure.
    func sum(_ value: Int, _ amount: Int, _ overflow: Overflow) -> Int? {
        let highest = Int.max >> (isSigned ? 64 - width : 63 - width)
        let lowest = isSigned ? -highest - 1 : 0
        let limit: Int
        if isTooHigh(value, amount, highest) {
            limit = highest
        } else if isTooLow(value, amount, lowest) {
            limit = lowest
        } else {
            return value &+ amount
        }
        return switch overflow {
        case .wrap: wrapped(value &+ amount)
        case .saturate: limit
        case .fail: nil
        }
    }

    // Differences wrap around as the server's do: a value far below the lowest counts as too high.

    private func isTooHigh(_ value: Int, _ amount: Int, _ highest: Int) -> Bool {
        guard isSigned else { return value < 0 || value > highest || amount > highest - value }
        return value > highest || (width < 64 || value >= 0) && amount > highest &- value
    }

    private func isTooLow(_ value: Int, _ amount: Int, _ lowest: Int) -> Bool {
        guard isSigned else { return amount < -value }
        return value < lowest || (width < 64 || value < 0) && amount < lowest &- value
    }
}
