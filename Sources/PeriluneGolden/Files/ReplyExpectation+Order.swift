import PeriluneCore

extension ReplyExpectation {
    /// No more groups without an order are looked at that several replies can fit, but for such as anything does.
    static let mostOpenGroups = 200

    /// Whether each group is at a place of its own among elements, in whatever order.
    ///
    /// - Complexity: O(n), and O(m³) for those of the groups that more than one reply fits, but not any.
    static func fits(_ groups: [[ReplyExpectation]], _ elements: [RedisReply]) -> Bool {
        let width = groups.first?.count ?? 1
        guard elements.count == groups.count * width else { return false }
        var places: [[RedisReply]: Int] = [:]
        for start in stride(from: 0, to: elements.count, by: width) {
            places[Array(elements[start..<(start + width)]), default: 0] += 1
        }
        // Where only one reply fits nothing has to be tried.
        var open: [[ReplyExpectation]] = []
        var anyCount = 0
        for group in groups {
            guard group.contains(where: \.isOpen) else {
                let replies = group.compactMap(\.exact)
                guard let count = places[replies], count > 0 else { return false }
                places[replies] = count - 1
                continue
            }
            if group.allSatisfy({ $0 == .any }) { anyCount += 1 } else { open.append(group) }
        }
        guard open.count <= mostOpenGroups else { return false }
        let rest = places.flatMap { Array(repeating: $0.key, count: $0.value) }
        // Anything fits all that is left, but for errors.
        let accepted = rest.map { replies in open.indices.filter { accepts(open[$0], replies) } }
        let needed = rest.indices.filter { place in !accepts(Array(repeating: .any, count: width), rest[place]) }
        return matchAll(open.count, places: accepted, taking: Set(needed))
            && rest.count == open.count + anyCount
    }

    private static func accepts(_ group: [ReplyExpectation], _ replies: [RedisReply]) -> Bool {
        zip(group, replies).allSatisfy { $0.accepts($1) }
    }

    /// Whether more than one reply may fit: it is not known which.
    var isOpen: Bool {
        switch self {
        case .any, .error, .unordered: true
        case .integer(let range): range.lowerBound != range.upperBound
        case .array(let elements): elements.contains(where: \.isOpen)
        case .bulk, .status, .null: false
        }
    }

    /// Whether there is a matching of all groups in which all places are taken that must be: augmenting paths (H. W. Kuhn,
    /// The Hungarian method for the assignment problem, 1955), looked for breadth first, so that a long one does not fill
    /// the stack.
    ///
    /// - Parameters:
    ///   - groupCount: How many groups there are.
    ///   - places: The groups that each place accepts.
    ///   - needed: The places that no other group takes.
    private static func matchAll(_ groupCount: Int, places: [[Int]], taking needed: Set<Int>) -> Bool {
        var placeOf = [Int?](repeating: nil, count: groupCount)
        // The needed places first: who is matched stays so.
        for first in places.indices.sorted(by: { needed.contains($0) && !needed.contains($1) }) {
            // The place from which each group was come to.
            var origin = [Int?](repeating: nil, count: groupCount)
            var queue = [first]
            var next = 0
            var free: Int?
            search: while next < queue.count {
                let place = queue[next]
                next += 1
                for group in places[place] where origin[group] == nil {
                    origin[group] = place
                    guard let holder = placeOf[group] else {
                        free = group
                        break search
                    }
                    queue.append(holder)
                }
            }
            guard var group = free else {
                if needed.contains(first) { return false }
                continue
            }
            while let place = origin[group] {
                let left = placeOf.firstIndex(of: place)
                placeOf[group] = place
                guard let left, place != first else { break }
                group = left
            }
        }
        return placeOf.allSatisfy { $0 != nil }
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

    /// - Parameter isDeep: Whether it is, and not only called, without an order.
    init(_ reply: RedisReply, isDeep: Bool = true) {
        if isDeep, case .array(let elements) = reply {
            content = .elements(elements.reduce(into: [:]) { $0[UnorderedReply($1), default: 0] += 1 })
        } else {
            content = .value(reply)
        }
    }
}
