extension Command {
    /// `SORT` and its kin.
    static let sorting: [Command] = [
        Command("sort", -2, [.write, .mayGrow]) { keyspace, arguments in
            try sort(arguments, SortRequest(arguments, readOnly: false), in: &keyspace)
        },
        Command("sort_ro", -2) { keyspace, arguments in
            try sort(arguments, SortRequest(arguments, readOnly: true), in: &keyspace)
        },
    ]

    /// O(n log n) in the number of elements, and O(n) when their order is kept.
    private static func sort(
        _ arguments: Arguments, _ request: SortRequest, in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        var request = request
        var elements: [StoredString]
        var isOrdered = true
        switch keyspace.entry(for: arguments[1])?.header.value {
        case nil: elements = []
        case .list(let list): elements = Array(list.elements)
        case .set(let set):
            elements = set.members
            isOrdered = false
            if request.keepsOrder, request.destination != nil || arguments.isFromScript { request.sortAlphabetically() }
        case .sortedSet(let set):
            set.becomeLarge()  // as on the server, where it shows from then on
            elements = set.members(in: 0..<set.count).map { .bytes($0.member) }
        default: throw .wrongType
        }
        let range = request.range(of: elements.count)
        if !request.keepsOrder {
            elements = try sorted(elements, by: request, in: &keyspace)
        } else if request.isDescending, isOrdered {
            elements.reverse()
        }
        return answer(elements[range], to: request, in: &keyspace)
    }

    private static func sorted(
        _ elements: [StoredString], by request: SortRequest, in keyspace: inout Keyspace
    ) throws(CommandError) -> [StoredString] {
        if request.isAlphabetic {
            // Without a destination the server compares by strcoll, for which a NUL is the end.
            let isWhole = request.destination != nil
            let keyed = elements.map { element in
                let text: StoredString? = request.weights.map { $0.value(for: element, in: &keyspace) } ?? element
                return (element: element, text: text.map { isWhole ? $0.bytes : Array($0.bytes.prefix { $0 != 0 }) })
            }
            return order(keyed, descending: request.isDescending) { lhs, rhs in
                guard let left = lhs.text, let right = rhs.text else { return lhs.text == nil && rhs.text != nil }
                return ScoredMember.precedes(left, right)
            }.map(\.element)
        }
        var scored: [ScoredMember] = []
        scored.reserveCapacity(elements.count)
        for element in elements {
            let text = request.weights.map { $0.value(for: element, in: &keyspace) ?? .integer(0) } ?? element
            guard let score = text.withSlice({ Decimal.weight(of: $0) }) else {
                throw CommandError("ERR One or more scores can't be converted into double")
            }
            scored.append(ScoredMember(member: element.bytes, score: score))
        }
        return order(scored, descending: request.isDescending, by: <).map { .bytes($0.member) }
    }

    /// Elements in one order or the opposite one, in both of which equal ones stay as they are.
    private static func order<Element>(
        _ elements: [Element], descending: Bool, by precedes: (Element, Element) -> Bool
    ) -> [Element] {
        elements.sorted { descending ? precedes($1, $0) : precedes($0, $1) }
    }

    private static func answer(
        _ elements: ArraySlice<StoredString>, to request: SortRequest, in keyspace: inout Keyspace
    ) -> CommandReply {
        var values: [StoredString?] = []
        for element in elements {
            if request.results.isEmpty { values.append(element) }
            for pattern in request.results { values.append(pattern.value(for: element, in: &keyspace)) }
        }
        guard let destination = request.destination else {
            return .array(values.map { $0.map { .value($0) } ?? .null })
        }
        let list = ListValue()
        for value in values { list.push(value ?? .bytes([]), at: .right) }
        keyspace.store(list, under: destination)
        return .integer(values.count)
    }
}
