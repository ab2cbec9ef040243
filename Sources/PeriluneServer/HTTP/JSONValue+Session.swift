import Perilune
import PeriluneHummingbird

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension JSONValue {
    /// What is known of a session without opening anything.
    static func members(of session: StoredSession) -> [Member] {
        let summary = session.summary
        return [
            .init(name: "id", value: .string(summary.id.description)),
            .init(name: "user", value: summary.user.map(JSONValue.string) ?? .null),
            .init(name: "created", value: .time(summary.created)),
            .init(name: "last_seen", value: summary.lastSeen.map(JSONValue.time) ?? .null),
            .init(name: "expires", value: summary.expires.map(JSONValue.time) ?? .null),
            .init(name: "deadline", value: .time(summary.deadline)),
            .init(name: "idle_timeout", value: .seconds(summary.idleTimeout)),
            .init(name: "version", value: .integer(session.version)),
        ]
    }

    init(_ device: SessionDevice) {
        self = [
            "name": device.name.map(JSONValue.string) ?? .null,
            "address": device.address.map(JSONValue.string) ?? .null,
            "user_agent": device.userAgent.map(JSONValue.string) ?? .null,
        ]
    }

    init(_ statistics: SessionStatistics) {
        self = [
            "active": .integer(statistics.active),
            "created": .integer(statistics.created),
            "expired": .integer(statistics.expired),
            "revoked": .integer(statistics.revoked),
            "evicted": .integer(statistics.evicted),
            "rotated": .integer(statistics.rotated),
        ]
    }

    init(_ event: SessionEvent) {
        self = [
            "time": .time(event.time),
            "kind": .string(event.kind.rawValue),
            "id": .string(event.id.description),
            "user": event.user.map(JSONValue.string) ?? .null,
        ]
    }

    /// A moment as RFC 3339 writes it, in UTC and with milliseconds; `null` when it is not between 1970 and 9999, and so
    /// nobody's clock told it.
    static func time(_ date: Date) -> JSONValue {
        let milliseconds = (date.timeIntervalSince1970 * 1_000).rounded()
        guard (0..<253_402_300_800_000).contains(milliseconds) else { return .null }
        let (seconds, rest) = Int(milliseconds).quotientAndRemainder(dividingBy: 1_000)
        let whole = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
        return .string("\(whole.dropLast()).\(String(1_000 + rest).dropFirst())Z")
    }
}
