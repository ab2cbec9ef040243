package import PeriluneCore

/// What the order of a reply's elements says.
package enum ReplyOrder {
    /// It is part of the reply.
    case same
    /// It is that of a hash table.
    case any
    /// As `any`, in pairs.
    case anyOfPairs
    /// Of a cursor and elements, the elements' order is that of a hash table.
    case anyAfterCursor
    /// Elements are chosen at random: only their number is compared.
    case random

    package func applied(to reply: RedisReply) -> RedisReply {
        guard case .array(let elements) = reply else {
            if case .bulk = reply, self == .random { return .bulk("some") }
            return reply
        }
        switch self {
        case .same: return reply
        case .any: return .array(elements.sorted { "\($0)" < "\($1)" })
        case .anyOfPairs:
            let pairs = stride(from: 0, to: elements.count - 1, by: 2).map { Array(elements[$0...($0 + 1)]) }
            return .array(pairs.sorted { "\($0)" < "\($1)" }.flatMap { $0 })
        case .anyAfterCursor: return .array(elements.map { ReplyOrder.any.applied(to: $0) })
        case .random: return .integer(elements.count)
        }
    }
}
