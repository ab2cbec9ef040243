/// What a server tells the person who started it: where it is, how to get in, and three calls to try.
public struct StartReport: Sendable {
    /// The lines to print.
    public let lines: [String]

    /// Creates the report.
    ///
    /// - Parameters:
    ///   - address: Where the server listens.
    ///   - engine: What it works on.
    ///   - configuration: Its configuration. A generated token is part of the report.
    ///   - showsToken: Whether a configured token is too, so that the calls work when they are pasted. For a terminal,
    ///     where the person who set it looks; what is written elsewhere may be kept and read by others.
    public init(
        address: ListenAddress, engine: Engine, configuration: ManagementConfiguration, showsToken: Bool = false
    ) {
        let token: String
        let bearer: String
        switch configuration.tokenSource {
        case .generated(let value):
            token = "\(value) (made up for this run; set PERILUNE_TOKEN to choose one)"
            bearer = "'Authorization: Bearer \(value)'"
        case .file(let path):
            token = "from \(path)"
            bearer = "\"Authorization: Bearer $(cat \(Self.quoted(path)))\""
        case .configured(let name, let value) where showsToken:
            token = "\(value) (from \(name))"
            bearer = Self.quoted("Authorization: Bearer \(value)")
        case .configured(let name, _) where name == SettingKey.token.environmentVariable:
            token = "from \(name)"
            bearer = "\"Authorization: Bearer $\(name)\""
        case .configured(let name, _):
            // No shell knows it. In quotes, so that one who pastes the line is told that the token is wrong and not by
            // the shell that a file is missing.
            token = "from \(name)"
            bearer = Self.quoted("Authorization: Bearer <\(name)>")
        case .program:
            token = "as the program has set it"
            bearer = Self.quoted("Authorization: Bearer <the program's token>")
        }
        let api = "\(address.url)/api/v1"
        lines = [
            "Perilune \(periluneVersion) listens on \(address.url)",
            "engine: \(engine.description)",
            "token:  \(token)",
            "",
            "Try:",
            "  curl \(api)/health",
            "  curl -H \(bearer) -H 'Content-Type: application/json' -d '{\"identifier\":\"user:42\"}' "
                + "\(api)/rate-limit/check",
            "  curl -H \(bearer) \(api)/cache/rate-limit/user:42",
        ]
    }

    /// A word as a shell reads it whatever is in it.
    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
