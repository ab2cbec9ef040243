import PeriluneCore

extension ReplyExpectation {
    /// Whether each group is at a place of its own among elements, in whatever order.
    static func fits(_ groups: [[ReplyExpectation]], _ elements: [RedisReply]) -> Bool {
        let width = groups.first?.count ?? 1
        guard elements.count == groups.count * width else { return false }
        var places: [[RedisReply]: Int] = [:]
        for start in stride(from: 0, to: elements.count, by: width) {
            places[Array(elements[start..<(start + width)]), default: 0] += 1
        }
        // Where only one reply fits nothing has to be tried.
        var open: [[ReplyExpectation]] = []
        for group in groups {
            let replies = group.compactMap(\.exact)
            guard replies.count == width else {
                open.append(group)
                continue
            }
            guard let count = places[replies], count > 0 else { return false }
            places[replies] = count - 1
        }
        let rest = places.flatMap { Array(repeating: $0.key, count: $0.value) }
        return Self.match(open, rest)
    }

    /// Whether there is a perfect matching of as many groups as replies: augmenting paths (H. W. Kuhn, The Hungarian method
    /// for the assignment problem, 1955), looked for breadth first, so that a long one does not fill the stack.
    private static func match(_ groups: [[ReplyExpectation]], _ replies: [[RedisReply]]) -> Bool {
        var groupOf = [Int?](repeating: nil, count: replies.count)
        for first in groups.indices {
            // The group from which each reply was come to.
            var origin = [Int?](repeating: nil, count: replies.count)
            var queue = [first]
            var next = 0
            var free: Int?
            while free == nil, next < queue.count {
                let group = queue[next]
                next += 1
                for place in replies.indices where origin[place] == nil {
                    guard zip(groups[group], replies[place]).allSatisfy({ $0.objection(to: $1) == nil }) else {
                        continue
                    }
                    origin[place] = group
                    guard let holder = groupOf[place] else {
                        free = place
                        break
                    }
                    queue.append(holder)
                }
            }
            guard var place = free else { return false }
            // Each group on the way leaves its place for the next.
            while let group = origin[place] {
                let left = groupOf.firstIndex(of: group)
                groupOf[place] = group
                guard let left, group != first else { break }
                place = left
            }
        }
        return true
    }
}

/// A reply without the order of the elements of its arrays.
struct UnorderedReply: Hashable {
    private enum Content: Hashable {
        case value(RedisReply)
        /// How often each element is there.
        case elements([UnorderedReply: Int])
    }

    private let content: Content

    init(_ reply: RedisReply) {
        if case .array(let elements) = reply {
            content = .elements(elements.reduce(into: [:]) { $0[UnorderedReply($1), default: 0] += 1 })
        } else {
            content = .value(reply)
        }
    }
}
