#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is searched: a circle or a rectangle around a point.
struct GeoArea {
    enum Shape {
        /// In units.
        case circle(radius: Double)
        /// In units.
        case rectangle(width: Double, height: Double)
    }

    let center: GeoPoint
    let shape: Shape
    /// How many meters a unit has.
    let unit: Double

    /// The distance of a point from the center, in meters; `nil` when it is outside.
    func distance(of point: GeoPoint) -> Double? {
        switch shape {
        case .circle(let radius):
            let distance = center.distance(to: point)
            return distance > radius * unit ? nil : distance
        case .rectangle(let width, let height):
            if point.latitudeDistance(to: center) > height * unit / 2 { return nil }
            let onParallel = GeoPoint(longitude: center.longitude, latitude: point.latitude)
            if point.distance(to: onParallel) > width * unit / 2 { return nil }
            return center.distance(to: point)
        }
    }

    /// The cells in which the area lies: one around the center, and those of its neighbors that are of use.
    ///
    /// Their number, size and order are the server's, since they show in the order of what is found. Near the poles, and
    /// where everything is searched, one cell may be among them twice.
    var cells: [GeoCell] {
        let bounds = Bounds(self)
        var step = estimatedStep
        var cell = GeoCell(around: center, step: step)
        if step > 1, !bounds.areReached(from: cell) {
            step -= 1
            cell = GeoCell(around: center, step: step)
        }
        var cells = [cell]
        let directions = [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)]
        for (east, north) in directions where step < 2 || bounds.reach(east: east, north: north, of: cell) {
            let neighbor = cell.neighbor(east: east, north: north)
            if cells.count > 1, neighbor == cells.last { continue }
            cells.append(neighbor)
        }
        return cells
    }

    /// Halvings after which a cell is about as wide as the area.
    private var estimatedStep: Int {
        var range =
            switch shape {
            case .circle(let radius): radius
            case .rectangle(let width, let height):
                ((width / 2) * (width / 2) + (height / 2) * (height / 2)).squareRoot()
            }
        range *= unit
        if range == 0 { return GeoCell.smallestStep }
        // Half of the equator, in meters.
        let widest = 20_037_726.37
        var step = -1
        while range < widest {
            range *= 2
            step += 1
        }
        // Meridians are closer together towards the poles.
        if center.latitude.magnitude > 66 { step -= 1 }
        if center.latitude.magnitude > 80 { step -= 1 }
        return min(max(step, 1), GeoCell.smallestStep)
    }
}

/// The smallest box in degrees that an area fits in.
private struct Bounds {
    let longitudes: (low: Double, high: Double)
    let latitudes: (low: Double, high: Double)

    init(_ area: GeoArea) {
        let (width, height) =
            switch area.shape {
            case .circle(let radius): (radius, radius)
            case .rectangle(let width, let height): (width / 2, height / 2)
            }
        let center = area.center
        let latitudeDelta = (area.unit * height / GeoPoint.earthRadius).degrees
        // The side that is nearer to a pole spans more degrees.
        let edge = center.latitude < 0 ? center.latitude - latitudeDelta : center.latitude + latitudeDelta
        let longitudeDelta = (area.unit * width / GeoPoint.earthRadius / cos(edge.radians)).degrees
        longitudes = (center.longitude - longitudeDelta, center.longitude + longitudeDelta)
        latitudes = (center.latitude - latitudeDelta, center.latitude + latitudeDelta)
    }

    /// Whether a cell and its neighbors cover the box.
    func areReached(from cell: GeoCell) -> Bool {
        let (north, south) = (cell.neighbor(east: 0, north: 1), cell.neighbor(east: 0, north: -1))
        let (east, west) = (cell.neighbor(east: 1, north: 0), cell.neighbor(east: -1, north: 0))
        return
            !(north.latitudes.high < latitudes.high || south.latitudes.low > latitudes.low
            || east.longitudes.high < longitudes.high || west.longitudes.low > longitudes.low)
    }

    /// Whether the box may go over a cell's edges in a direction.
    func reach(east: Int, north: Int, of cell: GeoCell) -> Bool {
        !(north < 0 && cell.latitudes.low < latitudes.low || north > 0 && cell.latitudes.high > latitudes.high
            || east < 0 && cell.longitudes.low < longitudes.low || east > 0 && cell.longitudes.high > longitudes.high)
    }
}
