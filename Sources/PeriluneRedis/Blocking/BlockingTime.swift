import PeriluneCore
import PeriluneIO

/// For how long a command may wait on the server, by its own arguments.
enum BlockingTime: Hashable {
    /// So many nanoseconds; none for a command that does not wait, or that the server will refuse.
    case atMost(UInt64)
    /// Until there is something.
    case forever

    /// Where a command has its timeout.
    private enum Place {
        case firstInSeconds, lastInSeconds, lastInMilliseconds
    }

    private static let places: [String: Place] = [
        "BLPOP": .lastInSeconds, "BRPOP": .lastInSeconds, "BRPOPLPUSH": .lastInSeconds, "BLMOVE": .lastInSeconds,
        "BZPOPMIN": .lastInSeconds, "BZPOPMAX": .lastInSeconds, "BLMPOP": .firstInSeconds, "BZMPOP": .firstInSeconds,
        "WAIT": .lastInMilliseconds, "WAITAOF": .lastInMilliseconds,
    ]

    /// The commands that always may wait.
    static var names: some Collection<String> { places.keys }

    /// Reads a command.
    init(of command: RedisCommand) {
        let name = command.name.uppercased()
        let arguments = command.arguments
        switch Self.places[name] {
        case .firstInSeconds: self.init(arguments.first, nanoseconds: 1e9)
        case .lastInSeconds: self.init(arguments.last, nanoseconds: 1e9)
        case .lastInMilliseconds: self.init(arguments.last, nanoseconds: 1e6)
        case nil:
            guard name == "XREAD" || name == "XREADGROUP", let index = Self.blockOption(arguments) else {
                self = .atMost(0)
                return
            }
            self.init(index + 1 < arguments.count ? arguments[index + 1] : nil, nanoseconds: 1e6)
        }
    }

    /// Whether a command that reads streams may wait.
    static func hasBlockOption(_ command: RedisCommand) -> Bool {
        blockOption(command.arguments) != nil
    }

    /// Where `BLOCK` stands. What stands behind `GROUP`, `COUNT` and `STREAMS` are names and numbers.
    private static func blockOption(_ arguments: [RedisArgument]) -> Int? {
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            if argument.isWord("BLOCK") { return index }
            if argument.isWord("STREAMS") { return nil }
            index += argument.isWord("GROUP") ? 3 : argument.isWord("COUNT") ? 2 : 1
        }
        return nil
    }

    private init(_ argument: RedisArgument?, nanoseconds unit: Double) {
        guard let value = argument?.number, value >= 0 else {
            self = .atMost(0)
            return
        }
        let nanoseconds = (value * unit).rounded(.up)
        self = value == 0 ? .forever : .atMost(UInt64(exactly: min(nanoseconds, 9e18)) ?? 0)
    }

    /// The time of two commands, one after the other.
    static func + (first: BlockingTime, second: BlockingTime) -> BlockingTime {
        guard case .atMost(let first) = first, case .atMost(let second) = second else { return .forever }
        return .atMost(MonotonicTime.adding(first, to: second))
    }

    /// The monotonic time by which an answer should be there.
    ///
    /// - Parameters:
    ///   - begin: When the command is sent.
    ///   - allowance: How long it may take in addition.
    func deadline(after begin: UInt64, allowance: UInt64) -> UInt64 {
        switch self {
        case .forever: .max
        case .atMost(let time): MonotonicTime.adding(allowance, to: MonotonicTime.adding(time, to: begin))
        }
    }
}

extension RedisArgument {
    /// Whether the argument is a word, in any case.
    func isWord(_ word: StaticString) -> Bool {
        switch self {
        case .string(let text):
            text.utf8.count == word.utf8CodeUnitCount && text.uppercased() == word.description
        case .bytes(let bytes):
            bytes.count == word.utf8CodeUnitCount
                && String(decoding: bytes, as: UTF8.self).uppercased() == word.description
        case .integer: false
        }
    }

    fileprivate var number: Double? {
        switch self {
        case .string(let text): Double(text)
        case .bytes(let bytes): Double(String(decoding: bytes, as: UTF8.self))
        case .integer(let value): Double(value)
        }
    }
}
