/// What `GEOSEARCH` and `GEORADIUS` and their kin are asked for.
struct GeoSearchRequest {
    enum Form {
        /// `GEORADIUS key longitude latitude radius unit`
        case aroundPoint
        /// `GEORADIUSBYMEMBER key member radius unit`
        case aroundMember
        /// `GEOSEARCH key`
        case search
        /// `GEOSEARCHSTORE destination key`
        case searchAndStore
    }

    enum Order {
        case nearestFirst, farthestFirst
    }

    /// What is searched; `nil` when there is nothing to search in.
    private(set) var area: GeoArea?
    private(set) var withDistance = false
    private(set) var withHash = false
    private(set) var withPoint = false
    /// The most members to answer; `nil` for all.
    private(set) var count: Int?
    /// Whether the first members that are found will do.
    private(set) var takesAny = false
    private(set) var order: Order?
    private(set) var destination: ByteSlice?
    /// Whether distances are stored, and not places.
    private(set) var storesDistances = false

    private enum Origin {
        case member, point
    }

    private var origin: Origin?
    private var center: GeoPoint?
    private var extent: (shape: GeoArea.Shape, unit: Double)?

    /// - Parameters:
    ///   - set: What is searched in.
    ///   - readOnly: Whether `STORE` is no option.
    init(
        _ arguments: Arguments, _ form: Form, readOnly: Bool, in set: SortedSetValue?
    ) throws(CommandError) {
        var index: Int
        switch form {
        case .aroundPoint:
            center = try GeoPoint(arguments, at: 2)
            extent = try Self.circle(arguments, at: 4)
            index = 6
        case .aroundMember:
            index = 5
            if let set {
                center = try Self.point(of: arguments[2], in: set)
                extent = try Self.circle(arguments, at: 3)
            }
        case .search: index = 2
        case .searchAndStore:
            destination = arguments[1]
            index = 3
        }
        let isSearch = form == .search || form == .searchAndStore
        while index < arguments.count {
            let takesStore = !isSearch && !readOnly
            if isSearch, let length = try takeArea(arguments, at: index, in: set) {
                index += length
            } else {
                index += try takeOption(arguments, at: index, takesStore: takesStore, form: form)
            }
        }
        try check(form, name: arguments[0])
        if let center, let extent { area = GeoArea(center: center, shape: extent.shape, unit: extent.unit) }
        if count != nil, order == nil, !takesAny { order = .nearestFirst }
    }

    /// Takes up an option that says where to search.
    ///
    /// - Returns: How many arguments it has; `nil` when it is none.
    private mutating func takeArea(
        _ arguments: Arguments, at index: Int, in set: SortedSetValue?
    ) throws(CommandError) -> Int? {
        let option = arguments[index]
        let following = arguments.count - index - 1
        if option.isWord("frommember"), following >= 1, origin != .point {
            origin = .member
            if let set { center = try Self.point(of: arguments[index + 1], in: set) }
            return 2
        }
        if option.isWord("fromlonlat"), following >= 2, origin != .member {
            origin = .point
            center = try GeoPoint(arguments, at: index + 1)
            return 3
        }
        if option.isWord("byradius"), following >= 2, !isByBox {
            extent = try Self.circle(arguments, at: index + 1)
            return 3
        }
        if option.isWord("bybox"), following >= 3, extent == nil || isByBox {
            extent = try Self.rectangle(arguments, at: index + 1)
            return 4
        }
        return nil
    }

    private var isByBox: Bool {
        if case .rectangle? = extent?.shape { true } else { false }
    }

    /// Takes up any other option.
    ///
    /// - Returns: How many arguments it has.
    private mutating func takeOption(
        _ arguments: Arguments, at index: Int, takesStore: Bool, form: Form
    ) throws(CommandError) -> Int {
        let option = arguments[index]
        let hasMore = index + 1 < arguments.count
        if option.isWord("withdist") {
            withDistance = true
        } else if option.isWord("withhash") {
            withHash = true
        } else if option.isWord("withcoord") {
            withPoint = true
        } else if option.isWord("any") {
            takesAny = true
        } else if option.isWord("asc") {
            order = .nearestFirst
        } else if option.isWord("desc") {
            order = .farthestFirst
        } else if option.isWord("count"), hasMore {
            let number = try arguments.integer(index + 1)
            guard number > 0 else { throw CommandError("ERR COUNT must be > 0") }
            count = number
            return 2
        } else if takesStore, hasMore, option.isWord("store") || option.isWord("storedist") {
            destination = arguments[index + 1]
            storesDistances = option.isWord("storedist")
            return 2
        } else if form == .searchAndStore, option.isWord("storedist") {
            storesDistances = true
        } else {
            throw .syntax
        }
        return 1
    }

    private func check(_ form: Form, name: ByteSlice) throws(CommandError) {
        if destination != nil, withDistance || withHash || withPoint {
            let command = form == .searchAndStore ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS"
            throw CommandError("ERR \(command) is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
        }
        if form == .search || form == .searchAndStore {
            guard origin != nil else {
                throw CommandError(
                    "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for \(name.text)")
            }
            guard extent != nil else {
                throw CommandError("ERR exactly one of BYRADIUS and BYBOX can be specified for \(name.text)")
            }
        }
        if takesAny, count == nil { throw CommandError("ERR the ANY argument requires COUNT argument") }
    }
}

// MARK: - Arguments

extension GeoSearchRequest {
    private static func point(of member: ByteSlice, in set: SortedSetValue) throws(CommandError) -> GeoPoint {
        guard let score = set.score(of: member) else {
            throw CommandError("ERR could not decode requested zset member")
        }
        return GeoPoint(score: score)
    }

    /// `radius unit`
    private static func circle(
        _ arguments: Arguments, at index: Int
    ) throws(CommandError) -> (shape: GeoArea.Shape, unit: Double) {
        let radius = try arguments.double(index, orElse: CommandError("ERR need numeric radius"))
        guard radius >= 0 else { throw CommandError("ERR radius cannot be negative") }
        return (.circle(radius: radius), try unit(arguments[index + 1]))
    }

    /// `width height unit`
    private static func rectangle(
        _ arguments: Arguments, at index: Int
    ) throws(CommandError) -> (shape: GeoArea.Shape, unit: Double) {
        let width = try arguments.double(index, orElse: CommandError("ERR need numeric width"))
        let height = try arguments.double(index + 1, orElse: CommandError("ERR need numeric height"))
        guard width >= 0, height >= 0 else { throw CommandError("ERR height or width cannot be negative") }
        return (.rectangle(width: width, height: height), try unit(arguments[index + 2]))
    }

    /// How many meters a unit has.
    static func unit(_ word: ByteSlice) throws(CommandError) -> Double {
        if word.isWord("m") { return 1 }
        if word.isWord("km") { return 1_000 }
        if word.isWord("ft") { return 0.3048 }
        if word.isWord("mi") { return 1_609.34 }
        throw CommandError("ERR unsupported unit provided. please use M, KM, FT, MI")
    }
}

extension GeoPoint {
    /// `longitude latitude`
    init(_ arguments: Arguments, at index: Int) throws(CommandError) {
        longitude = try arguments.double(index)
        latitude = try arguments.double(index + 1)
        guard longitude.magnitude <= Self.highestLongitude, latitude.magnitude <= Self.highestLatitude else {
            let pair = [longitude, latitude].map {
                String(decoding: Decimal.bytes(of: $0, digits: 6), as: UTF8.self)
            }
            throw CommandError("ERR invalid longitude,latitude pair \(pair[0]),\(pair[1])")
        }
    }
}
