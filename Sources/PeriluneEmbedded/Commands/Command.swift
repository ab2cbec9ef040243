/// One command that the engine knows.
struct Command: Sendable {
    /// What may be done with a command.
    struct Flags: OptionSet, Sendable {
        let rawValue: UInt8
        /// It may change data.
        static let write = Flags(rawValue: 1)
        /// Scripts may not call it.
        static let noScript = Flags(rawValue: 2)
        /// It may change keys that are not among its arguments.
        static let anyKey = Flags(rawValue: 4)
        /// It may change its keys in other databases, too.
        static let anyDatabase = Flags(rawValue: 8)
        /// It changes no data, but scripts that promise not to write may not call it.
        static let mayReplicate = Flags(rawValue: 16)
        /// It may take memory for data, and is refused when that has reached its limit.
        static let mayGrow = Flags(rawValue: 32)
        /// Its first argument says which of several commands it is.
        static let hasSubcommands = Flags(rawValue: 64)
    }

    /// What carries the command out. The number of arguments has been checked.
    ///
    /// What it throws is a ``CommandError``; the types do not say so, because closures of several statements do not
    /// take it from here.
    enum Handler: Sendable {
        /// Works on the keys of one database.
        case keyspace(@Sendable (inout Keyspace, Arguments) throws -> CommandReply)
        /// Needs more than that: other databases, scripts, subscribers.
        case engine(@Sendable (EngineCore, Arguments) throws -> CommandReply)
    }

    /// The name in lower case.
    let name: String
    /// The number of arguments with the name, or the negative of the least number, as in `COMMAND INFO`.
    let arity: Int
    let flags: Flags
    let handler: Handler
    /// Its place among all commands.
    fileprivate(set) var number = 0

    init(
        _ name: String, _ arity: Int, _ flags: Flags = [],
        _ handler: @escaping @Sendable (inout Keyspace, Arguments) throws -> CommandReply
    ) {
        self.name = name
        self.arity = arity
        self.flags = flags
        self.handler = .keyspace(handler)
    }

    init(
        engine name: String, _ arity: Int, _ flags: Flags = [],
        _ handler: @escaping @Sendable (EngineCore, Arguments) throws -> CommandReply
    ) {
        self.name = name
        self.arity = arity
        self.flags = flags
        self.handler = .engine(handler)
    }

    func accepts(argumentCount count: Int) -> Bool {
        Self.arity(arity, accepts: count)
    }

    /// Whether a call may take memory for data. Of a command with subcommands some may.
    func mayGrow(_ arguments: Arguments) -> Bool {
        guard flags.contains(.mayGrow) else { return false }
        return name != "xgroup" || arguments[1].isWord("create") && arguments.count >= 5
            || arguments[1].isWord("createconsumer") && arguments.count == 5
    }

    /// Whether a number of arguments agrees with an arity.
    static func arity(_ arity: Int, accepts count: Int) -> Bool {
        arity >= 0 ? count == arity : count >= -arity
    }
}

/// The name of a command as machine words: comparing and hashing need no text.
struct CommandName: Equatable {
    private let low: UInt64
    private let high: UInt64
    /// What stands behind the first 16 bytes, and the length in the highest byte: a NUL is part of a name.
    private let rest: UInt64

    /// The name in lower case; `nil` for one longer than any command's.
    init?(_ slice: ByteSlice) {
        guard (1...23).contains(slice.count) else { return nil }
        var low: UInt64 = 0
        var high: UInt64 = 0
        var rest = UInt64(slice.count) << 56
        for index in 0..<slice.count {
            var byte = slice[index]
            if byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") { byte |= 0x20 }
            if index < 8 {
                low |= UInt64(byte) << (8 * UInt64(index))
            } else if index < 16 {
                high |= UInt64(byte) << (8 * UInt64(index - 8))
            } else {
                rest |= UInt64(byte) << (8 * UInt64(index - 16))
            }
        }
        self.low = low
        self.high = high
        self.rest = rest
    }

    /// A number of so many bits, another for most names. What stands in the table is known, and so is how long the
    /// longest search in it can be: it need not be a secret.
    func hash(bits: Int) -> Int {
        let mixed = (low ^ high.byteSwapped ^ rest) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> UInt64(UInt64.bitWidth - bits))
    }
}

/// All commands, by name.
///
/// A hash table of positions with linear probing. A dictionary would hash with a secret, which took longer than many a
/// command.
struct CommandTable {
    private let commands: [(name: CommandName, command: Command)]
    /// The position of a command plus one; 0 for a free slot. Most are free.
    private var slots = [UInt16](repeating: 0, count: 1 << slotBits)

    private static let slotBits = 10

    init() {
        let all =
            Command.strings + Command.bitmaps + Command.keys + Command.keyspace + Command.sorting
            + Command.hashes + Command.lists + Command.sets + Command.setAlgebra + Command.sortedSets
            + Command.sortedSetRanges + Command.sortedSetAlgebra + Command.geo + Command.hyperLogLogs
            + Command.blockingPops + Command.streams + Command.streamReads + Command.streamGroups
            + Command.streamClaims + Command.streamInformation + Command.server + Command.databases + Command.scripts
            + Command.channels + Command.debugging
        var named: [(name: CommandName, command: Command)] = []
        for var command in all {
            guard let name = Array(command.name.utf8).withByteSlice({ CommandName($0) }) else { continue }
            command.number = named.count
            named.append((name, command))
        }
        commands = named
        for (position, entry) in commands.enumerated() {
            slots[slot(of: entry.name)] = UInt16(truncatingIfNeeded: position + 1)
        }
    }

    /// The names of all, in order.
    var names: [String] { numbered.sorted() }

    /// The names of all, by their numbers.
    var numbered: [String] { commands.map(\.command.name) }

    /// The names of those that may write.
    var writingNames: Set<String> {
        Set(commands.lazy.map(\.command).filter { $0.flags.contains(.write) }.map(\.name))
    }

    /// The command of a name, in any case. O(1).
    func command(named name: ByteSlice) -> Command? {
        guard let name = CommandName(name) else { return nil }
        let position = slots[slot(of: name)]
        return position > 0 ? commands[Int(position) - 1].command : nil
    }

    /// Where a name is, or would be.
    private func slot(of name: CommandName) -> Int {
        var slot = name.hash(bits: Self.slotBits)
        while slots[slot] > 0, commands[Int(slots[slot]) - 1].name != name { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }
}
