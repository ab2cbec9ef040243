import PeriluneLua

/// A release of Redis whose commands and Lua are known.
public enum RedisVersion: String, Sendable, Hashable, CaseIterable, Comparable {
    case v62 = "6.2"
    case v70 = "7.0"
    case v72 = "7.2"
    case v74 = "7.4"
    case v80 = "8.0"

    /// What is meant where nothing is said.
    public static let standard = v70

    /// Those that are known, as a sentence has them.
    public static var wanted: String {
        let all = allCases.map(\.rawValue)
        return all.dropLast().joined(separator: ", ") + " or " + all.suffix(1).joined()
    }

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rank < rhs.rank }

    /// The release that runs a script which wants a version or a later one; the latest known where none does.
    init(atLeast version: ScriptHeader.Version) {
        self = Self.allCases.first { $0.hasReached(version) } ?? .v80
    }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
