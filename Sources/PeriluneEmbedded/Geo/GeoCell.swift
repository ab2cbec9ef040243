/// A cell of a grid over the Earth: longitudes and latitudes are halved so many times.
struct GeoCell: Equatable {
    /// How often each side is halved: 1 to 26.
    let step: Int
    private(set) var column: UInt32
    private(set) var row: UInt32

    static let smallestStep = 26

    /// The cell around a point.
    init(around point: GeoPoint, step: Int, highestLatitude: Double = GeoPoint.highestLatitude) {
        self.step = step
        column = Self.index(point.longitude, GeoPoint.highestLongitude, step)
        row = Self.index(point.latitude, highestLatitude, step)
    }

    private static func index(_ angle: Double, _ limit: Double, _ step: Int) -> UInt32 {
        let share = (angle + limit) / (limit + limit)
        return UInt32(min(max(share * Double(1 << step), 0), Double(UInt32.max)))
    }

    /// One of the smallest cells, by its hash.
    init(hash: UInt64) {
        step = Self.smallestStep
        row = Self.everySecondBit(of: hash)
        column = Self.everySecondBit(of: hash >> 1)
    }

    /// The bits of column and row in turn, the column's first.
    private var bits: UInt64 { Self.spread(column) << 1 | Self.spread(row) }

    /// The hash of the first of the smallest cells in this one.
    var hash: UInt64 { aligned(bits) }

    /// The hashes of the smallest cells in this one, which are scores.
    var scores: Range<Double> { Double(aligned(bits))..<Double(aligned(bits + 1)) }

    private func aligned(_ bits: UInt64) -> UInt64 { bits << UInt64(52 - step * 2) }

    /// Where the cell begins and ends, in degrees.
    var longitudes: (low: Double, high: Double) { bounds(column, GeoPoint.highestLongitude) }
    /// Where the cell begins and ends, in degrees.
    var latitudes: (low: Double, high: Double) { bounds(row, GeoPoint.highestLatitude) }

    private func bounds(_ index: UInt32, _ limit: Double) -> (low: Double, high: Double) {
        let cells = Double(1 << step)
        return (-limit + Double(index) / cells * (limit + limit), -limit + Double(index &+ 1) / cells * (limit + limit))
    }

    /// The cell so many columns to the east and rows to the north; behind an edge the opposite one begins.
    func neighbor(east: Int, north: Int) -> GeoCell {
        var cell = self
        let mask = UInt32(1 << step - 1)
        if east != 0 { cell.column = UInt32(truncatingIfNeeded: Int(column) + east) & mask }
        if north != 0 { cell.row = UInt32(truncatingIfNeeded: Int(row) + north) & mask }
        return cell
    }

    /// The bits of a number at every second place, from the lowest on.
    private static func spread(_ number: UInt32) -> UInt64 {
        var bits = UInt64(number)
        bits = (bits | bits << 16) & 0x0000_FFFF_0000_FFFF
        bits = (bits | bits << 8) & 0x00FF_00FF_00FF_00FF
        bits = (bits | bits << 4) & 0x0F0F_0F0F_0F0F_0F0F
        bits = (bits | bits << 2) & 0x3333_3333_3333_3333
        return (bits | bits << 1) & 0x5555_5555_5555_5555
    }

    private static func everySecondBit(of number: UInt64) -> UInt32 {
        var bits = number & 0x5555_5555_5555_5555
        bits = (bits | bits >> 1) & 0x3333_3333_3333_3333
        bits = (bits | bits >> 2) & 0x0F0F_0F0F_0F0F_0F0F
        bits = (bits | bits >> 4) & 0x00FF_00FF_00FF_00FF
        bits = (bits | bits >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: bits | bits >> 16)
    }
}
