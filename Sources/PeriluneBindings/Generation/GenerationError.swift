import PeriluneLua

/// Why nothing was generated, or that something is not current.
public enum GenerationError: Error, Sendable {
    /// What was asked for makes no sense.
    case usage(String)
    /// Scripts that cannot be bound; at least one.
    case scripts([BindingError])
    /// A file or folder that cannot be read or written.
    case files(FileFailure)
    /// Files that are not what would be written; at least one.
    case stale([String])

    /// The exit status of the program: 1 when files are not current, else 2.
    public var status: Int32 {
        if case .stale = self { 1 } else { 2 }
    }

    /// Lines for standard error.
    ///
    /// - Parameter program: The program's name, which is not in errors of scripts: they begin with the place.
    public func lines(for program: String) -> [String] {
        switch self {
        case .usage(let message): ["\(program): \(PlainText.line(message))"]
        case .scripts(let errors): errors.map(\.description)
        case .files(let failure): ["\(program): \(PlainText.line(failure.description))"]
        case .stale(let files): files.map { "\(program): \(PlainText.line($0))" }
        }
    }
}
