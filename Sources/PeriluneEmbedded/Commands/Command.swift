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
struct CommandName: Hashable {
    private let low: UInt64
    private let high: UInt64
    /// What stands behind the first 16 bytes; most names are no longer.
    private let rest: UInt64

    /// The name in lower case; `nil` for one longer than any command's.
    init?(_ slice: ByteSlice) {
        guard (1...24).contains(slice.count) else { return nil }
        var low: UInt64 = 0
        var high: UInt64 = 0
        var rest: UInt64 = 0
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

    func hash(into hasher: inout Hasher) {
        hasher.combine(low)
        hasher.combine(high)
    }
}

/// All commands, by name.
struct CommandTable {
    private let commands: [CommandName: Command]
    /// The names of all, by their numbers.
    let numbered: [String]

    init() {
        var commands: [CommandName: Command] = [:]
        var names: [String] = []
        for var command in Command.strings + Command.bitmaps + Command.keys + Command.keyspace + Command.sorting
            + Command.hashes + Command.lists + Command.sets + Command.setAlgebra + Command.sortedSets
            + Command.sortedSetRanges + Command.sortedSetAlgebra + Command.geo + Command.hyperLogLogs
            + Command.blockingPops + Command.streams + Command.streamReads + Command.streamGroups
            + Command.streamClaims + Command.streamInformation + Command.server + Command.databases + Command.scripts
            + Command.channels + Command.debugging
        {
            let bytes = Array(command.name.utf8)
            bytes.withUnsafeBufferPointer { buffer in
                guard let start = buffer.baseAddress,
                    let name = CommandName(ByteSlice(start: start, count: buffer.count))
                else { return }
                command.number = names.count
                names.append(command.name)
                commands[name] = command
            }
        }
        self.commands = commands
        numbered = names
    }

    /// The names of all, in order.
    var names: [String] { numbered.sorted() }

    /// The command of a name, in any case. O(1).
    func command(named name: ByteSlice) -> Command? {
        guard let name = CommandName(name) else { return nil }
        return commands[name]
    }
}
