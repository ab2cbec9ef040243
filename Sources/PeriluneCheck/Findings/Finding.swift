public import PeriluneLua

/// Something in a script that a rule objects to.
public struct Finding: Sendable, Hashable {
    /// A place that explains the finding, for example where a value comes from.
    public struct Note: Sendable, Hashable {
        public let message: String
        public let range: SourceRange
        /// The file, if it is another one than that of the finding.
        public let path: String?

        public init(_ message: String, at range: SourceRange, path: String? = nil) {
            self.message = PlainText.line(message)
            self.range = range
            self.path = path
        }
    }

    /// The rule.
    public let rule: Rule.ID
    public internal(set) var severity: Severity
    /// What is wrong, on one line, and what would be right where that is short; what it quotes of a script moves no
    /// cursor.
    public let message: String
    /// Where it stands in the file.
    public let range: SourceRange
    public let notes: [Note]
    /// A change that mends it without changing what the script means; `nil` where that takes a person.
    public let fix: Fix?

    public init(
        _ rule: Rule.ID, _ severity: Severity, _ message: String, at range: SourceRange, notes: [Note] = [],
        fix: Fix? = nil
    ) {
        self.rule = rule
        self.severity = severity
        self.message = PlainText.line(message)
        self.range = range
        self.notes = notes
        self.fix = fix
    }

    /// The order of findings in a file: by their places.
    static func comesFirst(_ one: Finding, _ other: Finding) -> Bool {
        (one.range.start.offset, one.rule, one.message) < (other.range.start.offset, other.rule, other.message)
    }
}

/// How bad a finding is.
public enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Worth knowing: it does not fail a check.
    case note
    /// Wrong in some circumstances, or bad for whoever reads or runs the script.
    case warning
    /// Wrong: the script does not run, gives another result than it says, or harms the server.
    case error

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rank < rhs.rank }

    private var rank: Int {
        switch self {
        case .note: 0
        case .warning: 1
        case .error: 2
        }
    }
}
