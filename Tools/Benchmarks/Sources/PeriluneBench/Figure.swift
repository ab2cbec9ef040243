/// One measured number beside what it should be.
struct Figure: Encodable {
    enum Bound: String, Encodable {
        case atMost = "<="
        case atLeast = ">="
    }

    let name: String
    let value: Double
    let unit: String
    let bound: Bound?
    let target: Double?

    var isMet: Bool? {
        guard let bound, let target else { return nil }
        return bound == .atMost ? value <= target : value >= target
    }

    init(_ name: String, _ value: Double, _ unit: String, _ bound: Bound? = nil, _ target: Double? = nil) {
        self.name = name
        self.value = value
        self.unit = unit
        self.bound = bound
        self.target = target
    }

    /// The figure as a line of a table.
    var line: String {
        let target = self.target.map { "\(bound?.rawValue ?? "") \(Self.text($0))" } ?? "-"
        let verdict = isMet.map { $0 ? "met" : "MISSED" } ?? ""
        return [Self.pad(name, 46), Self.pad(Self.text(value), 12), Self.pad(unit, 14), Self.pad(target, 12), verdict]
            .joined(separator: " ")
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }

    private static func text(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
        let scaled = (value * 100).rounded() / 100
        return "\(scaled)"
    }

    enum CodingKeys: CodingKey {
        case name, value, unit, bound, target, met
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(value, forKey: .value)
        try container.encode(unit, forKey: .unit)
        try container.encode(bound, forKey: .bound)
        try container.encode(target, forKey: .target)
        try container.encode(isMet, forKey: .met)
    }
}

/// The middle of some samples.
func median(_ samples: [Double]) -> Double {
    let sorted = samples.sorted()
    guard !sorted.isEmpty else { return .nan }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
