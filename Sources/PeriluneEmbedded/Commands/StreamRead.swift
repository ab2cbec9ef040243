/// `[GROUP group consumer] [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key ...] id [id ...]`, the arguments
/// of `XREAD` and `XREADGROUP`.
struct StreamRead {
    /// In whose name a group's entries are read.
    struct Reader {
        let group: ByteSlice
        let consumer: ByteSlice
    }

    /// What is wanted of a stream.
    struct Source {
        let key: ByteSlice
        /// The identifier behind which entries are wanted, or ``newEntries``.
        let position: StreamID
    }

    /// Of a group what it has not delivered yet. The server takes the identifier itself for this as well.
    static let newEntries = StreamID.max

    private(set) var reader: Reader?
    /// The most entries of a stream; 0 for any number.
    private(set) var count = 0
    /// How long to wait, in milliseconds; 0 for as long as it takes.
    private(set) var timeout: Int?
    private(set) var needsNoAcknowledgement = false
    private(set) var sources: [Source] = []
    /// Where `STREAMS` stands.
    private var streamsIndex = 0

    init(_ arguments: Arguments, ofGroup: Bool, in keyspace: inout Keyspace) throws(CommandError) {
        try readOptions(arguments, ofGroup: ofGroup)
        guard streamsIndex > 0 else { throw .syntax }
        if ofGroup, reader == nil { throw CommandError("ERR Missing GROUP option for XREADGROUP") }
        let number = (arguments.count - streamsIndex - 1) / 2
        for index in (streamsIndex + 1)..<(streamsIndex + 1 + number) {
            if let readyKey = arguments.readyKey {
                // Who has waited gets what came first.
                guard arguments.isTried(index) else { continue }
                try checkReader(of: readyKey, in: &keyspace)
            }
            sources.append(
                try source(arguments[index], at: arguments[index + number], ofGroup: ofGroup, in: &keyspace))
        }
    }

    /// Checks that the group is still there for which a command has waited.
    private func checkReader(of key: ByteSlice, in keyspace: inout Keyspace) throws(CommandError) {
        guard let reader else { return }
        guard case .stream(let stream)? = keyspace.entry(for: key)?.header.value else {
            throw CommandError("UNBLOCKED the stream key no longer exists")
        }
        guard stream.groups[ByteString(reader.group)] != nil else {
            throw CommandError("NOGROUP the consumer group this client was blocked on no longer exists")
        }
    }

    private mutating func readOptions(_ arguments: Arguments, ofGroup: Bool) throws(CommandError) {
        var index = 1
        while index < arguments.count {
            let option = arguments[index]
            let more = arguments.count - index - 1
            if option.isWord("block"), more > 0 {
                guard !arguments.isFromScript else {
                    throw CommandError(
                        "ERR \(arguments[0].text) command is not allowed with BLOCK option from scripts")
                }
                timeout = try Self.timeout(arguments[index + 1])
                index += 1
            } else if option.isWord("count"), more > 0 {
                count = max(try arguments.integer(index + 1), 0)
                index += 1
            } else if option.isWord("streams"), more > 0 {
                guard more % 2 == 0 else {
                    throw CommandError(
                        "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.")
                }
                streamsIndex = index
                return
            } else if option.isWord("group"), more > 1 {
                guard ofGroup else { throw .onlyOfGroup("GROUP") }
                reader = Reader(group: arguments[index + 1], consumer: arguments[index + 2])
                index += 2
            } else if option.isWord("noack") {
                guard ofGroup else { throw .onlyOfGroup("NOACK") }
                needsNoAcknowledgement = true
            } else {
                throw .syntax
            }
            index += 1
        }
    }

    private static func timeout(_ text: ByteSlice) throws(CommandError) -> Int {
        guard let milliseconds = text.integer else {
            throw CommandError("ERR timeout is not an integer or out of range")
        }
        guard milliseconds >= 0 else { throw CommandError("ERR timeout is negative") }
        return milliseconds
    }

    private func source(
        _ key: ByteSlice, at position: ByteSlice, ofGroup: Bool, in keyspace: inout Keyspace
    ) throws(CommandError) -> Source {
        let stream = try keyspace.collection(StreamValue.self, for: key)
        if let reader, stream?.groups[ByteString(reader.group)] == nil {
            throw CommandError(
                CommandError.noGroup(reader.group, key: key).line + " in XREADGROUP with GROUP option")
        }
        if position.isText("$") {
            guard !ofGroup else {
                throw CommandError(
                    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this "
                        + "consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would "
                        + "just return an empty result set.")
            }
            return Source(key: key, position: stream?.lastID ?? .zero)
        }
        if position.isText(">") {
            guard ofGroup else {
                throw CommandError(
                    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> "
                        + "option.")
            }
            return Source(key: key, position: Self.newEntries)
        }
        guard let id = StreamID(position) else { throw .invalidStreamID }
        return Source(key: key, position: id)
    }

    /// The command to try again once there may be entries: with what `$` stands for now, and with a bound on their
    /// number, which a server sets for those who have waited.
    func retry(_ arguments: Arguments) -> [[UInt8]] {
        var words = (0...streamsIndex).map { arguments[$0].array }
        if count == 0 { words.insert(contentsOf: [Array("COUNT".utf8), Array("1000".utf8)], at: streamsIndex) }
        words += sources.map(\.key.array)
        return words
            + sources.map { source in
                reader != nil && source.position == Self.newEntries ? [UInt8(ascii: ">")] : source.position.bytes
            }
    }
}

extension CommandError {
    fileprivate static func onlyOfGroup(_ option: String) -> CommandError {
        CommandError("ERR The \(option) option is only supported by XREADGROUP. You called XREAD instead.")
    }
}
