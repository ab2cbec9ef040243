import PeriluneLua

/// What to use instead of a command.
struct Deprecation: Sendable, Hashable {
    /// How much the replacement is the same.
    enum Sameness: String, Sendable, Hashable {
        /// It does the same and gives the same reply.
        case same
        /// It does the same, but its reply differs.
        case effect
        /// It is another command for the same purpose.
        case purpose
    }

    /// The release that began to advise against the command.
    let since: ScriptHeader.Version
    let sameness: Sameness
    let replacement: Replacement

    /// A call with the arguments of another.
    struct Replacement: Sendable, Hashable {
        /// An argument of the old call, and the words that follow it in the new one.
        struct Slot: Sendable, Hashable {
            /// Which argument, from 1.
            let argument: Int
            fileprivate(set) var words: [String] = []
        }

        let name: String
        /// The first arguments of the new call, in order; as many as the old call takes before the rest.
        let slots: [Slot]
        /// Whether the old call may have more arguments, which stay what they are.
        let keepsRest: Bool

        /// Whether some arguments change places.
        var isReordered: Bool { slots.enumerated().contains { $0.offset + 1 != $0.element.argument } }

        /// Such as `SET with EX`.
        var text: String {
            let words = slots.flatMap(\.words)
            return words.isEmpty ? name : "\(name) with \(words.joined(separator: " "))"
        }
    }

    /// By the names that ``CommandRow`` has.
    static let all: [String: Deprecation] = Dictionary(
        lines.compactMap { line in parse(line) }, uniquingKeysWith: { first, _ in first })

    static let lines = table.split(separator: "\n")

    // Name, release, sameness, then the call that replaces it: `$1` is the first argument, `$*` are those that remain.
    private static let table = """
        BRPOPLPUSH            6.2     same     BLMOVE $1 $2 RIGHT LEFT $3
        CLUSTER|SLAVES        5.0     purpose  CLUSTER|REPLICAS
        CLUSTER|SLOTS         7.0     purpose  CLUSTER|SHARDS
        GEORADIUS             6.2     same     GEOSEARCH $1 FROMLONLAT $2 $3 BYRADIUS $4 $5
        GEORADIUSBYMEMBER     6.2     same     GEOSEARCH $1 FROMMEMBER $2 BYRADIUS $3 $4
        GEORADIUSBYMEMBER_RO  6.2     same     GEOSEARCH $1 FROMMEMBER $2 BYRADIUS $3 $4 $*
        GEORADIUS_RO          6.2     same     GEOSEARCH $1 FROMLONLAT $2 $3 BYRADIUS $4 $5 $*
        GETSET                6.2     same     SET $1 $2 GET
        HMSET                 4.0     effect   HSET $*
        PSETEX                2.6.12  same     SET $1 $3 PX $2
        RPOPLPUSH             6.2     same     LMOVE $1 $2 RIGHT LEFT
        SETEX                 2.6.12  same     SET $1 $3 EX $2
        SETNX                 2.6.12  effect   SET $1 $2 NX
        SLAVEOF               5.0     purpose  REPLICAOF
        SUBSTR                2.0     same     GETRANGE $*
        ZRANGEBYLEX           6.2     same     ZRANGE $1 $2 $3 BYLEX $*
        ZRANGEBYSCORE         6.2     same     ZRANGE $1 $2 $3 BYSCORE $*
        ZREVRANGE             6.2     same     ZRANGE $1 $2 $3 REV $*
        ZREVRANGEBYLEX        6.2     same     ZRANGE $1 $2 $3 BYLEX REV $*
        ZREVRANGEBYSCORE      6.2     same     ZRANGE $1 $2 $3 BYSCORE REV $*
        """

    /// Reads a line; `nil` when it is not one.
    static func parse(_ line: Substring) -> (name: String, Deprecation)? {
        let columns = line.split(separator: " ")
        guard columns.count >= 4, let since = ScriptHeader.Version(release: columns[1]),
            let sameness = Sameness(rawValue: String(columns[2]))
        else { return nil }
        var slots: [Replacement.Slot] = []
        var keepsRest = false
        for column in columns[4...] {
            if column == "$*" {
                keepsRest = true
            } else if column.first == "$" {
                guard let argument = Int(column.dropFirst()) else { return nil }
                slots.append(Replacement.Slot(argument: argument))
            } else {
                guard !slots.isEmpty, !keepsRest else { return nil }
                slots[slots.count - 1].words.append(String(column))
            }
        }
        guard slots.map(\.argument).sorted() == Array(1..<(slots.count + 1)) else { return nil }
        let name = String(columns[3].map { $0 == "|" ? " " : $0 })
        let replacement = Replacement(name: name, slots: slots, keepsRest: keepsRest)
        return (String(columns[0]), Deprecation(since: since, sameness: sameness, replacement: replacement))
    }
}
