/// A rule of the validator, as its documentation knows it.
public struct Rule: Sendable, Hashable {
    /// Its stable name, for example `R005`.
    public struct ID: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        init(_ number: Int) {
            let digits = String(number)
            rawValue = "R" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
        }

        public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }

        public var description: String { rawValue }
    }

    public let id: ID
    /// What it is called, for example `undeclared-key`.
    public let name: String
    /// How bad a finding is where configuration does not say.
    public let severity: Severity
    /// Whether it looks at scripts that do not ask for it.
    public let isOnByDefault: Bool
    /// What it finds, on one line.
    public let summary: String
    /// Why that is wrong.
    public let reason: String
    /// A script that it objects to.
    public let badExample: String
    /// The same script as it should be.
    public let goodExample: String

    init(
        _ number: Int, _ name: String, _ severity: Severity, isOnByDefault: Bool = true, summary: String,
        reason: String, bad: String, good: String
    ) {
        id = ID(number)
        self.name = name
        self.severity = severity
        self.isOnByDefault = isOnByDefault
        self.summary = summary
        self.reason = reason
        badExample = bad
        goodExample = good
    }
}
