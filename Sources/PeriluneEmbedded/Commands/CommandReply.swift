import PeriluneCore

/// What a command answers, before it is turned into Lua values or a ``/PeriluneCore/RedisReply``.
enum CommandReply: Sendable {
    case integer(Int)
    case null
    /// What RESP2 tells apart from ``null``: no array.
    case nullArray
    case status(StaticString)
    /// A stored value, as it is: no copy is made before it is known where it goes.
    case value(StoredString)
    /// A score: bulk in RESP2.
    case double(Double)
    /// A number by its digits: bulk in RESP2.
    case number([UInt8])
    case array([CommandReply])
    /// Elements that a script sees in another form after `redis.setresp(3)`; an array in RESP2.
    case typed(TypedElements, [CommandReply])
    /// A value of a type that only tests answer with.
    case special(SpecialReply)
    /// A whole reply as a script's result was encoded, in the protocol that was asked for.
    case encoded([UInt8])
    /// There is nothing yet. Who cannot wait gets what ``BlockedCommand/denial`` says.
    case blocked(BlockedCommand)
    case error(String)

    static let ok = CommandReply.status("OK")
    static let notAnInteger = CommandReply.error("ERR value is not an integer or out of range")
    static let syntaxError = CommandReply.error("ERR syntax error")

    static let emptyArray = CommandReply.array([])

    static func bulk(_ bytes: [UInt8]) -> CommandReply {
        .value(.bytes(bytes))
    }

    static func bulk(_ bytes: ByteSlice) -> CommandReply {
        .value(.text(bytes))
    }

    static func invalidExpiry(of command: String) -> CommandReply {
        .error("ERR invalid expire time in '\(command)' command")
    }
}

/// What the elements of a reply are in RESP3.
enum TypedElements {
    /// Keys and values, one after the other.
    case map
    /// The same; in RESP2 an array of pairs.
    case mapOfPairs
    case set
    /// Members and scores, or fields and values, one after the other: there an array of pairs.
    case pairs
}

/// Values of the types that no command but `DEBUG` answers with.
enum SpecialReply {
    /// An integer in RESP2.
    case boolean(Bool)
    /// Bulk in RESP2.
    case bigNumber(StaticString)
    /// Plain text; bulk in RESP2.
    case verbatim(StaticString)
}

/// A command that waits until one of its keys is written to.
struct BlockedCommand: Sendable {
    /// What it waits for. Once one of them was written to, the command is tried again.
    var keys: [[UInt8]]
    /// How long it waits, in milliseconds; 0 for as long as it takes.
    var milliseconds: Int
    /// The command to try again, with its name: the one that was sent, or one in which `$` of a stream has become the
    /// identifier it stood for.
    var retry: [[UInt8]]
    /// The type that one of the keys must have for the command to be tried again, as `TYPE` names it; `nil` for any.
    var type: StaticString?
    /// Whether who cannot wait gets ``CommandReply/null``. Everybody else gets ``CommandReply/nullArray``, as all do
    /// when their time is up.
    var isDeniedWithNull = false

    /// What who cannot wait gets.
    var denial: CommandReply { isDeniedWithNull ? .null : .nullArray }
}

extension CommandReply {
    /// Whether the reply's values together are smaller than so many bytes. O(n) in the number of values.
    func isSmaller(than limit: Int) -> Bool {
        size(atMost: limit) < limit
    }

    /// Bytes of all values, or something from the limit on when there are more.
    private func size(atMost limit: Int) -> Int {
        switch self {
        case .value(let value): return value.count
        case .array(let elements), .typed(_, let elements):
            var size = 0
            for element in elements where size < limit { size += 16 + element.size(atMost: limit - size) }
            return size
        case .double, .number: return 24
        case .encoded(let bytes): return bytes.count
        default: return 0
        }
    }

    /// The reply as callers of the engine see it, which have RESP2.
    var redisReply: RedisReply {
        switch self {
        case .integer(let value): .integer(value)
        case .null, .nullArray, .blocked: .null
        case .status(let text): .status("\(text)")
        case .value(let value): .bulk(value.bytes)
        case .double(let value): .bulk(Decimal.bytes(of: value))
        case .number(let digits): .bulk(digits)
        case .typed(.mapOfPairs, let elements):
            .array(
                stride(from: 0, to: elements.count - 1, by: 2).map {
                    .array([elements[$0].redisReply, elements[$0 + 1].redisReply])
                })
        case .array(let elements), .typed(_, let elements): .array(elements.map(\.redisReply))
        case .special(.boolean(let value)): .integer(value ? 1 : 0)
        case .special(.bigNumber(let text)), .special(.verbatim(let text)): .bulk(Array("\(text)".utf8))
        case .encoded(let bytes): ReplyReader.reply(bytes)
        case .error(let line): .error(RedisError(line))
        }
    }
}

extension Entry {
    /// The string that the value is, as a reply; `nil` when it is of another type.
    var value: CommandReply? {
        if case .string(let string) = header.value { .value(string) } else { nil }
    }
}
