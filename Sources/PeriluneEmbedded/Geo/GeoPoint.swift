#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A point on the Earth, in degrees.
struct GeoPoint {
    let longitude: Double
    let latitude: Double

    /// The limits of longitude, and those of the square that Web Mercator shows, beyond which there are no points.
    static let highestLongitude = 180.0
    static let highestLatitude = 85.05112878
    /// In meters.
    static let earthRadius = 6_372_797.560856

    /// The distance to another point on the sphere, in meters, by the haversine formula.
    func distance(to other: GeoPoint) -> Double {
        let v = sin((other.longitude.radians - longitude.radians) / 2)
        if v == 0 { return latitudeDistance(to: other) }
        let u = sin((other.latitude.radians - latitude.radians) / 2)
        let a = u * u + cos(latitude.radians) * cos(other.latitude.radians) * v * v
        return 2 * Self.earthRadius * asin(min(a.squareRoot(), 1))
    }

    /// The distance to the parallel of another point, in meters.
    func latitudeDistance(to other: GeoPoint) -> Double {
        Self.earthRadius * (other.latitude.radians - latitude.radians).magnitude
    }
}

// MARK: - Scores

extension GeoPoint {
    /// The score of a member at this point: the smallest cell around it.
    var score: Double { Double(GeoCell(around: self, step: GeoCell.smallestStep).hash) }

    /// The middle of the smallest cell that a score means, whatever it is.
    init(score: Double) {
        // As the server's machine turns it into an integer: modulo 2^64, and what is far out into 2^63.
        let high = score >= 0x1p63
        let integer = Int64(exactly: (high ? score - 0x1p63 : score).rounded(.towardZero)) ?? .min
        let hash = UInt64(bitPattern: integer) ^ (high ? 1 << 63 : 0)
        let cell = GeoCell(hash: hash)
        let (longitudes, latitudes) = (cell.longitudes, cell.latitudes)
        longitude = Self.clamp((longitudes.low + longitudes.high) / 2, Self.highestLongitude)
        latitude = Self.clamp((latitudes.low + latitudes.high) / 2, Self.highestLatitude)
    }

    private static func clamp(_ angle: Double, _ limit: Double) -> Double {
        min(max(angle, -limit), limit)
    }

    /// The point's geohash as others write it: in base 32, with latitudes from pole to pole.
    var geohash: [UInt8] {
        let bits = GeoCell(around: self, step: GeoCell.smallestStep, highestLatitude: 90).hash
        let alphabet = Array("0123456789bcdefghjkmnpqrstuvwxyz".utf8)
        // 52 bits are ten digits; an eleventh is always written.
        return (1...10).map { alphabet[Int(bits >> UInt64(52 - $0 * 5) & 31)] } + [alphabet[0]]
    }
}

extension Double {
    /// Degrees in radians.
    var radians: Double { self * (.pi / 180) }
    /// Radians in degrees.
    var degrees: Double { self / (.pi / 180) }
}
