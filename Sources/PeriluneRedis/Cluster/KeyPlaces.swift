import PeriluneCore

/// Where the keys of a command stand among its arguments, as `COMMAND INFO` and `COMMAND GETKEYS` of Redis 7.0 say.
enum KeyPlaces {
    /// Nowhere.
    case none
    /// The first argument alone, as with most commands.
    case first
    /// The second argument alone, after a subcommand or an operation.
    case second
    case firstTwo
    case all
    case allButFirst
    case allButLast
    /// The first, the third, ...
    case everyOther
    /// As many as the argument at this place says, from the next one on.
    case counted(at: Int)
    /// The first argument, and those that the second one counts.
    case firstAndCounted
    /// The first half of what comes after the word `STREAMS`.
    case streams
    /// The first argument, and what comes after the words `STORE` and `STOREDIST`.
    case firstAndStore
    /// The third argument or what comes after the word `KEYS`.
    case migrate

    /// The places of a command. One that is not known has its key where most have it.
    init(of command: RedisCommand) {
        self = Self.exceptions[command.name] ?? Self.exceptions[command.name.uppercased()] ?? .first
    }

    /// The commands whose key is not the first argument alone.
    private static let exceptions: [String: KeyPlaces] = {
        let names: [(KeyPlaces, String)] = [
            (
                .none,
                """
                ACL ASKING AUTH BGREWRITEAOF BGSAVE CLIENT CLUSTER COMMAND CONFIG DBSIZE DISCARD ECHO EXEC FAILOVER \
                FLUSHALL FLUSHDB FUNCTION HELLO INFO KEYS LASTSAVE LATENCY LOLWUT MODULE MONITOR MULTI PFSELFTEST PING PSUBSCRIBE \
                PSYNC PUBLISH PUBSUB PUNSUBSCRIBE QUIT RANDOMKEY READONLY READWRITE REPLCONF REPLICAOF RESET ROLE SAVE \
                SCAN SCRIPT SELECT SHUTDOWN SLAVEOF SLOWLOG SUBSCRIBE SWAPDB SYNC TIME UNSUBSCRIBE UNWATCH WAIT WAITAOF
                """
            ),
            (.second, "DEBUG MEMORY OBJECT XGROUP XINFO"),
            (
                .firstTwo,
                "BLMOVE BRPOPLPUSH COPY GEOSEARCHSTORE LCS LMOVE RENAME RENAMENX RPOPLPUSH SMOVE ZRANGESTORE"
            ),
            (
                .all,
                """
                DEL EXISTS MGET PFCOUNT PFMERGE SDIFF SDIFFSTORE SINTER SINTERSTORE SSUBSCRIBE SUNION SUNIONSTORE \
                SUNSUBSCRIBE TOUCH UNLINK WATCH
                """
            ),
            (.allButFirst, "BITOP"),
            (.allButLast, "BLPOP BRPOP BZPOPMAX BZPOPMIN JSON.MGET"),
            (.everyOther, "MSET MSETNX"),
            (.counted(at: 0), "LMPOP SINTERCARD ZDIFF ZINTER ZINTERCARD ZMPOP ZUNION"),
            (.counted(at: 1), "BLMPOP BZMPOP EVAL EVALSHA EVALSHA_RO EVAL_RO FCALL FCALL_RO"),
            (.firstAndCounted, "ZDIFFSTORE ZINTERSTORE ZUNIONSTORE"),
            (.streams, "XREAD XREADGROUP"),
            (.firstAndStore, "GEORADIUS GEORADIUSBYMEMBER SORT"),
            (.migrate, "MIGRATE"),
        ]
        let pairs = names.flatMap { places, names in names.split(separator: " ").map { (String($0), places) } }
        return Dictionary(pairs) { first, _ in first }
    }()

    /// The positions of the keys, from 0; fewer than there should be when arguments are missing.
    ///
    /// - Complexity: O(arguments).
    func positions(in arguments: [RedisArgument]) -> [Int] {
        let count = arguments.count
        switch self {
        case .none: return []
        case .first: return count > 0 ? [0] : []
        case .second: return count > 1 ? [1] : []
        case .firstTwo: return Array(0..<min(2, count))
        case .all: return Array(0..<count)
        case .allButFirst: return Array(0..<count).dropFirst().map(\.self)
        case .allButLast: return Array(0..<count).dropLast()
        case .everyOther: return Array(stride(from: 0, to: count, by: 2))
        case .counted(let place): return Self.counted(at: place, in: arguments)
        case .firstAndCounted: return (count > 0 ? [0] : []) + Self.counted(at: 1, in: arguments)
        case .streams: return Self.streams(in: arguments)
        case .firstAndStore:
            let words = arguments.indices.dropFirst().dropLast()
            let stores = words.filter { arguments[$0].isWord("STORE") || arguments[$0].isWord("STOREDIST") }
            return (count > 0 ? [0] : []) + stores.map { $0 + 1 }
        case .migrate:
            guard count > 2, arguments[2].isWord("") else { return count > 2 ? [2] : [] }
            guard let word = arguments.indices.dropFirst(5).first(where: { arguments[$0].isWord("KEYS") }) else {
                return []
            }
            return Array(arguments.indices[(word + 1)...])
        }
    }

    private static func counted(at place: Int, in arguments: [RedisArgument]) -> [Int] {
        guard place < arguments.count, let number = arguments[place].number else { return [] }
        return Array(arguments.indices[(place + 1)...].prefix(max(0, number)))
    }

    private static func streams(in arguments: [RedisArgument]) -> [Int] {
        var place = 0
        while place < arguments.count, !arguments[place].isWord("STREAMS") {
            // What belongs to an option may be that word, too.
            if arguments[place].isWord("GROUP") {
                place += 3
            } else if arguments[place].isWord("COUNT") || arguments[place].isWord("BLOCK") {
                place += 2
            } else {
                place += 1
            }
        }
        guard place < arguments.count else { return [] }
        let rest = arguments.indices[(place + 1)...]
        return Array(rest.prefix(rest.count / 2))
    }
}

extension RedisArgument {
    /// Whether the argument is a word of the protocol, in whatever case.
    fileprivate func isWord(_ word: String) -> Bool {
        let bytes = self.bytes
        return bytes.count == word.utf8.count
            && zip(bytes, word.utf8).allSatisfy { byte, letter in
                byte == letter || byte == letter | 0x20
            }
    }

    /// The number that the argument is.
    fileprivate var number: Int? {
        if case .integer(let value) = self { return value }
        return Int(String(decoding: bytes, as: UTF8.self))
    }
}
