extension Command {
    /// The commands that give pending entries to another consumer.
    static let streamClaims: [Command] = [
        Command("xautoclaim", -6, .write, claimIdle),
        Command("xclaim", -6, .write, claim),
    ]

    /// `XCLAIM key group consumer min-idle-time id [id ...] [IDLE milliseconds] [TIME milliseconds] [RETRYCOUNT count]`
    /// `[FORCE] [JUSTID] [LASTID id]`
    private static func claim(_ keyspace: inout Keyspace, _ arguments: Arguments) throws(CommandError) -> CommandReply {
        guard let (stream, group) = try keyspace.streamGroup(arguments[2], of: arguments[1]) else {
            throw .noGroup(arguments[2], key: arguments[1])
        }
        var claim = StreamClaim(
            consumer: arguments[3], idleTime: try arguments.idleTime(4, of: "XCLAIM"), now: keyspace.streamTime)
        var ids: [StreamID] = []
        var index = 5
        while index < arguments.count, let id = StreamID(arguments[index]) {
            ids.append(id)
            index += 1
        }
        let lastID = try claim.readOptions(arguments, from: index)
        group.lastID = max(group.lastID, lastID)
        var replies: [CommandReply] = []
        for id in ids {
            guard let entry = stream.entry(id) else {
                _ = group.removePending(id)
                continue
            }
            if claim.take(id, in: group) { replies.append(claim.reply(entry)) }
        }
        return .array(replies)
    }

    /// `XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]`
    private static func claimIdle(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        var claim = StreamClaim(
            consumer: arguments[3], idleTime: try arguments.idleTime(4, of: "XAUTOCLAIM"), now: keyspace.streamTime)
        let start = try arguments.firstStreamID(5)
        var count = 100
        var index = 6
        while index < arguments.count {
            if arguments[index].isWord("count"), index + 1 < arguments.count {
                // The server reserves 16 bytes for each, and looks at ten times as many entries.
                guard let number = arguments[index + 1].integer, number > 0, number <= Int.max / 16 else {
                    throw CommandError("ERR COUNT must be > 0")
                }
                count = number
                index += 1
            } else if arguments[index].isWord("justid") {
                claim.answersIDs = true
            } else {
                throw .syntax
            }
            index += 1
        }
        guard let (stream, group) = try keyspace.streamGroup(arguments[2], of: arguments[1]) else {
            throw .noGroup(arguments[2], key: arguments[1])
        }
        // More than a process can address.
        guard count < 1 << 43 else {
            throw CommandError("ERR Insufficient memory, failed allocating transient memory, COUNT too high.")
        }
        var replies: [CommandReply] = []
        var deleted: [CommandReply] = []
        var attempts = count * 10
        var next = group.pending.first(from: start)
        while attempts > 0, count > 0, let (id, _) = next {
            attempts -= 1
            if let entry = stream.entry(id) {
                if claim.take(id, in: group) {
                    replies.append(claim.reply(entry))
                    count -= 1
                }
            } else {
                _ = group.removePending(id)
                deleted.append(.id(id))
                count -= 1
            }
            next = id.next.flatMap { group.pending.first(from: $0) }
        }
        return .array([.id(next?.key ?? .zero), .array(replies), .array(deleted)])
    }
}

/// How pending entries come to another consumer.
private struct StreamClaim {
    private let name: ByteString
    /// The consumer, made or seen when it gets the first entry.
    private var consumer: StreamConsumer?
    /// How long an entry must have been pending, in milliseconds; 0 for no matter how long.
    private let idleTime: Int64
    private let now: Int64
    /// When the entries count as delivered, in milliseconds since 1970.
    private var deliveryTime: Int64
    /// How often they count as delivered; `nil` for once more than before.
    private var deliveryCount: Int?
    /// Whether entries that are not pending become so.
    private var isForced = false
    /// Whether the reply has no fields, and the claim does not count as a delivery.
    var answersIDs = false

    init(consumer: ByteSlice, idleTime: Int64, now: Int64) {
        name = ByteString(consumer)
        self.idleTime = idleTime
        self.now = now
        deliveryTime = now
    }

    /// Reads the options of `XCLAIM`.
    ///
    /// - Returns: The identifier that the group counts as delivered if it has not come so far.
    mutating func readOptions(_ arguments: Arguments, from start: Int) throws(CommandError) -> StreamID {
        var lastID = StreamID.zero
        var index = start
        while index < arguments.count {
            let option = arguments[index]
            if option.isWord("force") {
                isForced = true
            } else if option.isWord("justid") {
                answersIDs = true
            } else if index + 1 < arguments.count, option.isWord("idle") {
                deliveryTime = now &- Int64(try Self.integer(arguments[index + 1], of: "IDLE"))
                index += 1
            } else if index + 1 < arguments.count, option.isWord("time") {
                deliveryTime = Int64(try Self.integer(arguments[index + 1], of: "TIME"))
                index += 1
            } else if index + 1 < arguments.count, option.isWord("retrycount") {
                deliveryCount = try Self.integer(arguments[index + 1], of: "RETRYCOUNT")
                index += 1
            } else if index + 1 < arguments.count, option.isWord("lastid") {
                lastID = try arguments.streamID(index + 1)
                index += 1
            } else {
                throw CommandError("ERR Unrecognized XCLAIM option '\(option.upToNull.text)'")
            }
            index += 1
        }
        if deliveryTime < 0 || deliveryTime > now { deliveryTime = now }
        if let count = deliveryCount, count < 0 { deliveryCount = nil }
        return lastID
    }

    private static func integer(_ text: ByteSlice, of option: String) throws(CommandError) -> Int {
        guard let integer = text.integer else {
            throw CommandError("ERR Invalid \(option) option argument for XCLAIM")
        }
        return integer
    }

    /// Gives an entry that exists to the consumer, if it is pending and has been for long enough. O(log n).
    mutating func take(_ id: StreamID, in group: StreamGroup) -> Bool {
        let pending = group.pending[id]
        guard pending != nil || isForced else { return false }
        if let pending, idleTime > 0, now &- pending.deliveryTime < idleTime { return false }
        let consumer = self.consumer ?? group.activeConsumer(name, now: now)
        self.consumer = consumer
        let count = pending?.deliveryCount ?? 1
        group.setPending(
            id,
            PendingEntry(
                consumer: consumer, deliveryTime: deliveryTime,
                deliveryCount: deliveryCount ?? (answersIDs ? count : count &+ 1)))
        return true
    }

    func reply(_ entry: StreamEntry) -> CommandReply {
        answersIDs ? .id(entry.id) : .entry(entry)
    }
}
