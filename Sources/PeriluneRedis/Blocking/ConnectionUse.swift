import PeriluneCore

/// What a command does to the connection on which it is sent.
enum ConnectionUse: Hashable {
    /// It takes its turn among others.
    case shared
    /// It may hold up what is sent behind it until something happens.
    case waits
    /// It changes what later commands mean, or what is answered to them.
    case changes

    /// Looks at a command.
    ///
    /// - Complexity: O(1) for nearly all names, and O(arguments) for `XREAD` and `XREADGROUP`.
    @inline(__always)
    init(of command: RedisCommand) {
        let name = command.name.utf8
        // Nearly all commands are none of these, and are to be told so at once.
        guard let first = name.first, Self.firstLetters(ofNames: name.count) & Self.bit(first) != 0,
            let last = name.last, Self.lastLetters[Self.index(name.count, first)] & Self.bit(last) != 0
        else {
            self = .shared
            return
        }
        self.init(lookingAt: command)
    }

    /// Why a command must not be sent on the connection that all callers share.
    @inline(__always)
    static func refusal(of command: RedisCommand) -> EngineError? {
        let use = ConnectionUse(of: command)
        return use == .shared ? nil : use.refusal(of: command)
    }

    /// Why a command with this use is refused.
    @inline(never)
    func refusal(of command: RedisCommand) -> EngineError? {
        let name = command.name.uppercased()
        return switch self {
        case .shared: nil
        case .waits:
            EngineError(.notAllowed, "\(name) waits, and would hold up all other calls: use sendBlocking(_:)")
        case .changes:
            EngineError(.notAllowed, "\(name) changes the connection, which other calls share: \(Self.advice(name))")
        }
    }

    private static func advice(_ name: String) -> String {
        switch name {
        case "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE":
            "use subscribe(to:patterns:shardChannels:buffer:)"
        case "MULTI", "EXEC", "DISCARD": "use transaction(_:)"
        case "WATCH", "UNWATCH": "use a script"
        case "AUTH", "SELECT", "HELLO": "see RedisConfiguration"
        default: "it cannot be sent"
        }
    }

    // MARK: Names

    private init(lookingAt command: RedisCommand) {
        let name = command.name.uppercased()
        if let use = Self.uses[name] {
            self = use
            return
        }
        let first = command.arguments.first
        switch name {
        case "XREAD", "XREADGROUP": self = BlockingTime.hasBlockOption(command) ? .waits : .shared
        case "CLIENT": self = first?.isWord("REPLY") == true ? .changes : .shared
        case "SCRIPT": self = first?.isWord("DEBUG") == true ? .changes : .shared
        default: self = .shared
        }
    }

    private static let uses: [String: ConnectionUse] = {
        var uses: [String: ConnectionUse] = [:]
        for name in BlockingTime.names { uses[name] = .waits }
        for name in [
            "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "MULTI", "EXEC",
            "DISCARD", "WATCH", "UNWATCH", "SELECT", "AUTH", "HELLO", "RESET", "QUIT", "MONITOR", "SYNC", "PSYNC",
            "REPLCONF", "ASKING", "READONLY", "READWRITE",
        ] { uses[name] = .changes }
        return uses
    }()

    /// The first letters of the names that have a length, as bits: so that the look at most commands is a comparison with
    /// a constant.
    @inline(__always)
    private static func firstLetters(ofNames count: Int) -> UInt32 {
        switch count {
        case 4: bit("A") | bit("E") | bit("Q") | bit("S") | bit("W")
        case 5: bit("B") | bit("H") | bit("M") | bit("P") | bit("R") | bit("W") | bit("X")
        case 6: bit("A") | bit("B") | bit("C") | bit("S")
        case 7: bit("D") | bit("M") | bit("U") | bit("W")
        case 8: bit("B") | bit("R")
        case 9: bit("R") | bit("S")
        case 10: bit("B") | bit("P") | bit("S") | bit("X")
        case 11: bit("U")
        case 12: bit("P") | bit("S")
        default: 0
        }
    }

    /// The last letters of the names that have a length and a first letter, as bits.
    private static let lastLetters: [UInt32] = {
        var letters = [UInt32](repeating: 0, count: 13 << 5)
        for name in uses.keys + ["XREAD", "XREADGROUP", "CLIENT", "SCRIPT"] {
            guard let first = name.utf8.first, let last = name.utf8.last,
                firstLetters(ofNames: name.utf8.count) & bit(first) != 0
            else { continue }
            letters[index(name.utf8.count, first)] |= bit(last)
        }
        return letters
    }()

    /// - Parameter count: At most 12, the length of the longest name.
    @inline(__always)
    private static func index(_ count: Int, _ first: UInt8) -> Int { count << 5 | Int(first & 31) }

    @inline(__always)
    private static func bit(_ letter: Unicode.Scalar) -> UInt32 { bit(UInt8(ascii: letter)) }

    /// The bit of a letter, in any case.
    @inline(__always)
    private static func bit(_ letter: UInt8) -> UInt32 { 1 << UInt32(letter & 31) }
}
