#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// What becomes of a key's expiry when its value is written.
///
/// ```swift
/// try await redis.set("code", "4711", expiring: .seconds(60))
/// ```
public enum Expiry: Sendable, Hashable {
    /// The key does not expire; an expiry that it has is removed.
    case never
    /// The key keeps the expiry that it has.
    case unchanged
    /// The key expires after a time, counted by the engine's clock from the moment the command runs. Rounded up to whole
    /// milliseconds. The engine refuses a time that is not positive.
    case after(Duration)
    /// The key expires when the engine's clock shows a time, in milliseconds since 1970-01-01 00:00 UTC.
    case at(milliseconds: Int)

    /// ``after(_:)`` so many seconds.
    public static func seconds(_ count: some BinaryInteger) -> Expiry { .after(.seconds(count)) }

    /// ``after(_:)`` so many milliseconds.
    public static func milliseconds(_ count: some BinaryInteger) -> Expiry { .after(.milliseconds(count)) }

    /// At a date by the engine's clock, rounded up to whole milliseconds.
    public static func at(_ date: Date) -> Expiry { .at(milliseconds: date.millisecondsRoundedUp) }
}

extension Expiry {
    /// The expiry as options of `SET`, which removes an expiry unless it is told otherwise.
    package var setArguments: [RedisArgument] {
        switch self {
        case .never: []
        case .unchanged: ["KEEPTTL"]
        case .after(let time): ["PX", .integer(time.millisecondsRoundedUp)]
        case .at(let milliseconds): ["PXAT", .integer(milliseconds)]
        }
    }

    /// The expiry as options of `GETEX`, which keeps an expiry unless it is told otherwise.
    var getArguments: [RedisArgument] {
        switch self {
        case .never: ["PERSIST"]
        case .unchanged: []
        default: setArguments
        }
    }
}

/// When a key expires.
public enum TimeToLive: Sendable, Hashable {
    /// There is no such key.
    case missingKey
    /// The key is there and does not expire.
    case noExpiry
    /// The key expires in this time: whole milliseconds, by the engine's clock when the command ran.
    case expires(in: Duration)
}

/// Which keys get a new expiry.
public enum ExpireCondition: String, Sendable, Hashable {
    /// All.
    case always = ""
    /// Those without an expiry.
    case ifNone = "NX"
    /// Those with an expiry.
    case ifAny = "XX"
    /// Those whose expiry is sooner than the new one.
    case ifLater = "GT"
    /// Those whose expiry is later than the new one, and those without.
    case ifSooner = "LT"

    var arguments: [RedisArgument] { self == .always ? [] : [.string(rawValue)] }
}

extension ReplyDecoder<TimeToLive> {
    static let timeToLive = ReplyDecoder("a time in milliseconds, -1 or -2") { reply in
        switch reply.integer {
        case -2: .missingKey
        case -1: .noExpiry
        case let milliseconds?: milliseconds >= 0 ? .expires(in: .milliseconds(milliseconds)) : nil
        case nil: nil
        }
    }
}

extension Duration {
    /// The duration in milliseconds, rounded up and clamped to 64 bits, so that no positive time becomes none.
    package var millisecondsRoundedUp: Int {
        // Beyond these, the components themselves would overflow.
        if self >= .seconds(Int64.max) { return .max }
        if self <= .seconds(Int64.min) { return .min }
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        if overflow { return seconds < 0 ? .min : .max }
        let millisecond: Int64 = 1_000_000_000_000_000
        // Division rounds towards zero, which is up when the duration is negative.
        let rest = attoseconds / millisecond + (attoseconds % millisecond > 0 ? 1 : 0)
        let (sum, carried) = product.addingReportingOverflow(rest)
        return carried ? (seconds < 0 ? .min : .max) : Int(clamping: sum)
    }
}

extension Date {
    /// Milliseconds since 1970, rounded up and clamped to what a double holds exactly.
    var millisecondsRoundedUp: Int {
        let milliseconds = (timeIntervalSince1970 * 1_000).rounded(.up)
        guard !milliseconds.isNaN else { return 0 }
        return Int(min(max(milliseconds, -9_007_199_254_740_991), 9_007_199_254_740_991))
    }
}
