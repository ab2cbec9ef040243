extension CommandFuzz {
    /// A command on places between so many degrees west and east, and as many south and north.
    ///
    /// Distances are stored in `e` alone, where no places are looked for: taken for places, they are one and the same
    /// place, and members that are as far away stand in an order of the server's own.
    package mutating func geoLine(span: Double) -> Line {
        let key = pick("g", "g", "g", "g", "d", pick("s", "none"))
        let member: (inout CommandFuzz) -> String = { "m\($0.below(60))" }
        switch below(16) {
        case 0..<6:
            let places = (0..<(1 + below(4))).flatMap { _ in point(span) + [member(&self)] }
            return .init(
                ["GEOADD", chance(12) ? key : "g"] + pick([], [], ["NX"], ["XX"], ["CH"], ["NX", "CH"])
                    + places)
        case 6: return .init(["GEOPOS", key] + several(0...3, member))
        case 7: return .init(["GEOHASH", key] + several(0...3, member))
        case 8, 9:
            return .init([
                "GEODIST", key, member(&self), member(&self), pick(nil, "m", "km", "ft", "mi", "MI", "x"),
            ])
        case 10: return .init(["ZRANGE", pick("d", "e", "g"), "0", "-1", "WITHSCORES"])
        case 11:
            return .init(
                [pick("GEORADIUS", "GEORADIUS", "GEORADIUS_RO"), key] + point(span) + circle(span)
                    + options(stores: true))
        case 12:
            return .init(
                [pick("GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER_RO"), key, member(&self)] + circle(span)
                    + options(stores: true))
        default:
            let origin = chance(2) ? ["FROMMEMBER", member(&self)] : ["FROMLONLAT"] + point(span)
            let extent = circle(span)
            let shape = chance(2) ? ["BYRADIUS"] + extent : ["BYBOX", circle(span)[0]] + extent
            let parts = chance(2) ? origin + shape : shape + origin
            guard chance(3) else { return .init(["GEOSEARCH", key] + parts + options(stores: false)) }
            let storesDistances = chance(2)
            return .init(
                ["GEOSEARCHSTORE", storesDistances ? "e" : "d", key] + parts + options(stores: false)
                    + (storesDistances ? ["STOREDIST"] : []))
        }
    }

    private mutating func point(_ span: Double) -> [String] {
        // No place twice: members that are as far away stand in an order of the server's own.
        if chance(40) {
            return pick(["x", "1"], ["1", ""], ["nan", "1"], ["200", "1"], ["1", "-86"], ["inf", "1"])
        }
        let longitude = Double.random(in: -span...span, using: &generator)
        let latitude = Double.random(in: -min(span, 85)...min(span, 85), using: &generator)
        return ["\(longitude)", "\(latitude)"]
    }

    private mutating func circle(_ span: Double) -> [String] {
        if chance(20) { return [number(), pick("km", "x")] }
        let widest = span * 111_000
        let share: Double = pick(0.001, 0.03, 0.3, 1.0)
        let meters = Double.random(in: 0...(widest * share), using: &generator)
        return chance(2) ? ["\(meters)", "m"] : ["\(meters / 1000)", "km"]
    }

    private mutating func options(stores: Bool) -> [String] {
        var words: [String] = []
        if chance(2) { words.append(pick("ASC", "DESC")) }
        if chance(3) { words += ["COUNT", chance(10) ? integer() : "\(1 + below(8))"] }
        if words.contains("COUNT"), chance(3) { words.append("ANY") }
        for option in ["WITHDIST", "WITHHASH", "WITHCOORD"] where chance(3) { words.append(option) }
        if stores, chance(6) { words += pick(["STORE", "d"], ["STOREDIST", "e"]) }
        return words
    }
}
