import PeriluneCore

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// How many sessions there are and were, since the store's keys were made.
///
/// `created` is the sum of all the others. What has ended by itself counts as active until ``SessionStore/sweep(leasing:)``
/// has seen it.
public struct SessionStatistics: Sendable, Hashable {
    /// Sessions that live.
    public var active: Int
    /// Sessions that have begun, under whatever id: a rotation begins one, too.
    public var created: Int
    /// Sessions that ended by one of their timeouts.
    public var expired: Int
    /// Sessions that were ended.
    public var revoked: Int
    /// Sessions that made room for others of their user.
    public var evicted: Int
    /// Sessions that went on under another id.
    public var rotated: Int

    package init(
        active: Int = 0, created: Int = 0, expired: Int = 0, revoked: Int = 0, evicted: Int = 0, rotated: Int = 0
    ) {
        self.active = active
        self.created = created
        self.expired = expired
        self.revoked = revoked
        self.evicted = evicted
        self.rotated = rotated
    }
}

/// The end of a session, but for those that went on under another id.
public struct SessionEvent: Sendable, Hashable {
    /// How it ended.
    public enum Kind: String, Sendable, Hashable {
        /// By one of its timeouts.
        case expired
        /// Somebody ended it.
        case revoked
        /// It made room for another one of its user.
        case evicted
    }

    /// How it ended.
    public let kind: Kind
    /// Which one.
    public let id: SessionID
    /// Whose it was; `nil` for nobody's.
    public let user: String?
    /// When the engine noticed.
    public let time: Date
}

/// How far the events of a store have been read. Keep it to go on where you stopped.
public struct SessionEventPosition: Sendable, Hashable {
    var last: [String]

    /// Before the first event that is kept.
    public static let beginning = SessionEventPosition(last: [])
}

extension SessionEventPosition: LosslessStringConvertible {
    /// Reads a position as ``description`` writes it; `nil` for any other text.
    public init?(_ description: String) {
        let parts = description.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= SessionConfiguration.mostShards, parts.allSatisfy({ $0.isEmpty || Self.isEntry($0) })
        else { return nil }
        last = parts.map(String.init)
    }

    private static func isEntry(_ text: Substring) -> Bool {
        let numbers = text.split(separator: "-", omittingEmptySubsequences: false)
        // After the last one that could be, the engine would look for none.
        return numbers.count == 2 && numbers.allSatisfy { $0.utf8.first != UInt8(ascii: "+") && UInt64($0) != nil }
            && numbers.contains { UInt64($0) != .max }
    }

    /// The last event of each shard, in characters that a URL takes as they are.
    public var description: String {
        let count = (last.lastIndex { !$0.isEmpty } ?? -1) + 1
        return last.prefix(count).joined(separator: ".")
    }
}

extension SessionEventPosition: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let position = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a position among events")
        }
        self = position
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension SessionStore {
    /// Counts sessions, without looking at them.
    ///
    /// - Throws: ``SessionError``.
    /// - Complexity: One round trip, two commands for each shard.
    public func statistics() async throws(SessionError) -> SessionStatistics {
        let replies = try await ask { () throws(EngineError) in
            try await engine.pipeline(
                shards.flatMap { shard in
                    [RedisCommand("ZCARD", [shard.wheel.argument]), RedisCommand("HGETALL", [shard.counters.argument])]
                })
        }
        var sum = SessionStatistics()
        for reply in replies {
            switch reply {
            case .integer(let count): Self.add(count, to: &sum.active)
            case .array(let parts):
                for start in stride(from: 0, to: parts.count - 1, by: 2) {
                    let count = parts[start + 1].string.flatMap { Int($0) } ?? 0
                    switch parts[start].string {
                    case "created": Self.add(count, to: &sum.created)
                    case "expired": Self.add(count, to: &sum.expired)
                    case "revoked": Self.add(count, to: &sum.revoked)
                    case "evicted": Self.add(count, to: &sum.evicted)
                    case "rotated": Self.add(count, to: &sum.rotated)
                    default: break
                    }
                }
            case .error(let error): throw .engine(EngineError(error))
            default: throw .corrupt
            }
        }
        return sum
    }

    /// Adds what is stored, which may be any number.
    private static func add(_ count: Int, to sum: inout Int) {
        let (result, overflow) = sum.addingReportingOverflow(max(count, 0))
        sum = overflow ? .max : result
    }

    /// Reads which sessions have ended: from the engine, which keeps as many as configured, so none is missed by a
    /// process that was away for a while.
    ///
    /// - Parameters:
    ///   - position: How far they were read before.
    ///   - limit: How many are read of each shard.
    /// - Returns: The events, in the order of time within a shard, and the position after them.
    /// - Throws: ``SessionError``.
    /// - Complexity: One round trip, a command for each shard.
    public func events(
        after position: SessionEventPosition = .beginning, limit: Int = 100
    ) async throws(SessionError) -> (events: [SessionEvent], position: SessionEventPosition) {
        var position = position
        position.last += Array(repeating: "", count: max(shards.count - position.last.count, 0))
        let replies = try await ask { () throws(EngineError) in
            try await engine.pipeline(
                shards.map { shard in
                    let last = position.last[shard.index]
                    return RedisCommand(
                        "XRANGE",
                        [
                            shard.events.argument, .string(last.isEmpty ? "-" : "(" + last), "+", "COUNT",
                            .integer(max(limit, 1)),
                        ])
                })
        }
        var events: [SessionEvent] = []
        for (shard, reply) in zip(shards, replies) {
            if case .error(let error) = reply { throw .engine(EngineError(error)) }
            for entry in reply.array ?? [] {
                guard let parts = entry.array, parts.count == 2, let id = parts[0].string, let fields = parts[1].array
                else { throw .corrupt }
                position.last[shard.index] = id
                if let event = Self.event(id, fields, shard: shard.index) { events.append(event) }
            }
        }
        return (events, position)
    }

    private static func event(_ id: String, _ fields: [RedisReply], shard: Int) -> SessionEvent? {
        guard fields.count == 6, let kind = fields[1].string.flatMap(SessionEvent.Kind.init(rawValue:)),
            let hash = fields[3].string, let user = fields[5].string,
            let milliseconds = id.split(separator: "-").first.flatMap({ Double($0) })
        else { return nil }
        return SessionEvent(
            kind: kind, id: SessionID(shard: shard, hash: hash), user: user.isEmpty ? nil : user,
            time: Date(timeIntervalSince1970: milliseconds / 1_000))
    }
}
