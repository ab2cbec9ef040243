/// Finds environment variables that look like settings and are none: misspelt ones, which would otherwise be passed over
/// in silence.
enum UnknownVariables {
    /// A line for each such variable, in the order of their names. Values are not shown.
    ///
    /// - Parameters:
    ///   - environment: The variables.
    ///   - file: The file they come from; `nil` for the environment of the process.
    static func warnings(in environment: [String: String], file: String?) -> [String] {
        let names = environment.filter { $0.hasPrefix("PERILUNE_") && !isKnown($0) && !isServiceLink($0, $1) }.keys
        return names.sorted().map { name in
            let place = file.map { " in \($0)" } ?? ""
            let wanted = known.joined(separator: ", ")
            // As an error would say it, in one line whatever is in the name.
            return ConfigurationError(name + place, "not a setting, and ignored; settings are \(wanted)").description
        }
    }

    private static let known =
        (SettingKey.topLevel + SettingKey.sessions + SettingKey.cache).map(\.environmentVariable).filter {
            $0.hasPrefix("PERILUNE_")
        }
        + [SettingKey.config.environmentVariable]
        + SettingSection.all.flatMap { section in
            section.aspects.map { "\(section.variablePrefix)NAME_\(SettingKey.encoded($0))" }
        }

    private static func isKnown(_ name: String) -> Bool {
        if known.contains(name) { return true }
        // Names a log for a test of this package.
        if name == "PERILUNE_REPLAY_LOG" { return true }
        return SettingSection.all.contains { $0.part(of: name) != nil }
    }

    /// Whether Kubernetes sets this variable for a service called `perilune`, or `perilune-` and something:
    /// `PERILUNE_SERVICE_HOST`, `PERILUNE_SERVICE_PORT_HTTP`, `PERILUNE_PORT_8390_TCP_ADDR`,
    /// `PERILUNE_API_PORT=tcp://10.0.0.1:8390`.
    private static func isServiceLink(_ name: String, _ value: String) -> Bool {
        if name.hasSuffix("_SERVICE_HOST") || name.hasSuffix("_SERVICE_PORT") || name.contains("_SERVICE_PORT_") {
            return true
        }
        let protocols = ["TCP", "UDP", "SCTP"]
        if name.hasSuffix("_PORT"), protocols.contains(where: { value.hasPrefix($0.lowercased() + "://") }) {
            return true
        }
        let words = name.split(separator: "_").map(String.init)
        return words.indices.dropLast(2).contains { index in
            guard words[index] == "PORT", Int(words[index + 1]) != nil else { return false }
            return protocols.contains(words[index + 2])
        }
    }
}
