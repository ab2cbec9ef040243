/// Why a configuration cannot be used: which setting, its value, and what would be right, in one line.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The setting by the name under which it was found: `--port`, `PERILUNE_PORT`, `PERILUNE_PORT in .env`,
    /// `port in perilune.yaml`.
    public let setting: String
    /// What is wrong with its value and what would be right. Never shows a secret.
    public let problem: String

    /// Creates an error.
    public init(_ setting: String, _ problem: String) {
        self.setting = setting
        self.problem = problem
    }

    /// One line, whatever was in the value.
    public var description: String {
        let text = "\(setting): \(problem)".unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control || scalar.properties.isWhitespace
                ? " " : String(Character(scalar))
        }
        return text.joined()
    }
}

extension ConfigurationError {
    /// An error about a value, which is shown unless it is secret.
    init(_ setting: Setting, isNot kind: String, wanted: String) {
        self.init(setting.name, "\"\(setting.text.prefix(80))\" is not \(kind); \(wanted)")
    }
}
