extension Command {
    /// The commands on sorted sets whose scores are places.
    static let geo: [Command] = [
        Command("geoadd", -5, [.write, .mayGrow], addPlaces),
        Command("geodist", -4, [], measure),
        Command("geohash", -2) { keyspace, arguments in
            let set = try keyspace.collection(SortedSetValue.self, for: arguments[1])
            return .array(
                (2..<arguments.count).map { index in
                    set?.score(of: arguments[index]).map { .bulk(GeoPoint(score: $0).geohash) } ?? .null
                })
        },
        Command("geopos", -2) { keyspace, arguments in
            let set = try keyspace.collection(SortedSetValue.self, for: arguments[1])
            return .array(
                (2..<arguments.count).map { index in
                    set?.score(of: arguments[index]).map { coordinates(of: GeoPoint(score: $0)) } ?? .nullArray
                })
        },
        Command("georadius", -6, [.write, .mayGrow]) { keyspace, arguments in
            try search(arguments, .aroundPoint, in: &keyspace)
        },
        Command("georadius_ro", -6) { keyspace, arguments in
            try search(arguments, .aroundPoint, readOnly: true, in: &keyspace)
        },
        Command("georadiusbymember", -5, [.write, .mayGrow]) { keyspace, arguments in
            try search(arguments, .aroundMember, in: &keyspace)
        },
        Command("georadiusbymember_ro", -5) { keyspace, arguments in
            try search(arguments, .aroundMember, readOnly: true, in: &keyspace)
        },
        Command("geosearch", -7) { keyspace, arguments in
            try search(arguments, .search, in: &keyspace)
        },
        Command("geosearchstore", -8, [.write, .mayGrow]) { keyspace, arguments in
            try search(arguments, .searchAndStore, source: 2, in: &keyspace)
        },
    ]

    /// `GEOADD key [NX|XX] [CH] longitude latitude member [longitude latitude member ...]`
    private static func addPlaces(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        var options = AddOptions()
        var start = 2
        while start < arguments.count {
            let option = arguments[start]
            guard option.isWord("nx") || option.isWord("xx") || option.isWord("ch"), options.take(option) else { break }
            start += 1
        }
        guard arguments.count > start, (arguments.count - start) % 3 == 0,
            !(options.onlyIfAbsent && options.onlyIfPresent)
        else { throw .syntax }
        var members: [(score: Double, member: ByteSlice)] = []
        for index in stride(from: start, to: arguments.count, by: 3) {
            members.append((try GeoPoint(arguments, at: index).score, arguments[index + 2]))
        }
        return try add(members, to: arguments[1], options, in: &keyspace)
    }

    /// `GEODIST key member member [unit]`
    private static func measure(
        _ keyspace: inout Keyspace, _ arguments: Arguments
    ) throws(CommandError) -> CommandReply {
        guard arguments.count <= 5 else { throw .syntax }
        let unit = arguments.count == 5 ? try GeoSearchRequest.unit(arguments[4]) : 1
        guard let set = try keyspace.collection(SortedSetValue.self, for: arguments[1]),
            let first = set.score(of: arguments[2]), let second = set.score(of: arguments[3])
        else { return .null }
        return distance(GeoPoint(score: first).distance(to: GeoPoint(score: second)) / unit)
    }

    private static func distance(_ units: Double) -> CommandReply {
        .bulk(Decimal.bytes(of: units, digits: 4))
    }

    private static func coordinates(of point: GeoPoint) -> CommandReply {
        .array(
            [point.longitude, point.latitude].map { .number(Decimal.bytes(of: $0, digits: 17, trimmed: true)) })
    }
}

// MARK: - Searches

extension Command {
    /// A member that was found.
    private struct Place {
        let member: [UInt8]
        let score: Double
        let point: GeoPoint
        /// In meters.
        let distance: Double
    }

    /// O(log n + members in the cells that are searched), and what sorting those that are found takes.
    private static func search(
        _ arguments: Arguments, _ form: GeoSearchRequest.Form, readOnly: Bool = false, source: Int = 1,
        in keyspace: inout Keyspace
    ) throws(CommandError) -> CommandReply {
        let set = try keyspace.collection(SortedSetValue.self, for: arguments[source])
        let request = try GeoSearchRequest(arguments, form, readOnly: readOnly, in: set)
        guard let set, let area = request.area else {
            guard let destination = request.destination else { return .emptyArray }
            keyspace.remove(destination)
            return .integer(0)
        }
        var places = find(area, in: set, atMost: request.takesAny ? request.count : nil)
        switch request.order {
        case nil: break
        case .nearestFirst: places.sort { $0.distance < $1.distance }
        case .farthestFirst: places.sort { $0.distance > $1.distance }
        }
        places = Array(places.prefix(request.count ?? places.count))
        guard let destination = request.destination else {
            return .array(places.map { reply(for: $0, request, unit: area.unit) })
        }
        let result = SortedSetValue()
        for place in places {
            let score = request.storesDistances ? place.distance / area.unit : place.score
            StoredString.bytes(place.member).withSlice { result.set($0, to: score) }
        }
        keyspace.store(result, under: destination)
        return .integer(places.count)
    }

    private static func find(_ area: GeoArea, in set: SortedSetValue, atMost limit: Int?) -> [Place] {
        var places: [Place] = []
        for cell in area.cells where limit.map({ places.count < $0 }) ?? true {
            let scores = cell.scores
            let first = set.rank { $0.score < scores.lowerBound }
            let end = set.rank { $0.score < scores.upperBound }
            set.visit(in: first..<max(first, end)) { entry in
                let point = GeoPoint(score: entry.score)
                guard let distance = area.distance(of: point) else { return true }
                places.append(Place(member: entry.member, score: entry.score, point: point, distance: distance))
                return limit.map { places.count < $0 } ?? true
            }
        }
        return places
    }

    private static func reply(for place: Place, _ request: GeoSearchRequest, unit: Double) -> CommandReply {
        guard request.withDistance || request.withHash || request.withPoint else { return .bulk(place.member) }
        var replies = [CommandReply.bulk(place.member)]
        if request.withDistance { replies.append(distance(place.distance / unit)) }
        if request.withHash { replies.append(.integer(Int(exactly: place.score.rounded(.towardZero)) ?? 0)) }
        if request.withPoint { replies.append(coordinates(of: place.point)) }
        return .array(replies)
    }
}
