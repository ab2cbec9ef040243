import PeriluneCore

/// How the replies of all nodes become one.
enum ReplyMerge: Hashable {
    /// All say the same.
    case first
    /// The sum of integers.
    case sum
    /// The elements of all arrays.
    case concatenation
    /// The least integer at each place of the arrays.
    case minimum

    /// Puts the replies together.
    ///
    /// - Returns: The first reply that is an error or of another type than the rest, if there is one: it is not to be
    ///   hidden.
    func callAsFunction(_ replies: [RedisReply]) -> RedisReply {
        guard let first = replies.first else { return .null }
        for reply in replies { if case .error = reply { return reply } }
        switch self {
        case .first:
            return first
        case .sum:
            var sum = 0
            for reply in replies {
                guard let number = reply.integer else { return reply }
                let (result, overflow) = sum.addingReportingOverflow(number)
                sum = overflow ? .max : result
            }
            return .integer(sum)
        case .concatenation:
            var elements: [RedisReply] = []
            for reply in replies {
                guard let array = reply.array else { return reply }
                elements += array
            }
            return .array(elements)
        case .minimum:
            guard var least = first.array else { return first }
            for reply in replies.dropFirst() {
                guard let array = reply.array, array.count == least.count else { return reply }
                least = zip(least, array).map { ($0.integer ?? 0) <= ($1.integer ?? 0) ? $0 : $1 }
            }
            return .array(least)
        }
    }
}
