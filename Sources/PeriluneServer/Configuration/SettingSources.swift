import Configuration

/// Where settings come from, in order: flags, environment, `.env`, `perilune.yaml`.
///
/// The providers are swift-configuration's. They are asked one by one and not through a `ConfigReader`, because an
/// error has to name the source in which the wrong value stands.
struct SettingSources: Sendable {
    private struct Source: Sendable {
        let provider: any ConfigProvider
        let path: @Sendable (SettingKey) -> [String]
        let name: @Sendable (SettingKey) -> String
    }

    private var sources: [Source] = []
    /// The parts of sections that a file names.
    private var namesInFiles: [SettingSection: [String]] = [:]
    private var variables: [String] = []
    /// A line for each environment variable that looks like a setting and is none.
    private(set) var unknownVariables: [String] = []

    /// Adds flags of the command line.
    ///
    /// - Parameter flags: For each key the flag's name and value.
    mutating func add(flags: [SettingKey: (flag: String, value: String)]) {
        let values = flags.map { (AbsoluteConfigKey($0.path), ConfigValue(.string($1.value), isSecret: false)) }
        let names = flags.mapValues(\.flag)
        sources.append(
            Source(
                provider: InMemoryProvider(
                    name: "flags", values: Dictionary(values, uniquingKeysWith: { first, _ in first })),
                path: { $0.path }, name: { names[$0] ?? $0.name }))
    }

    /// Adds environment variables.
    ///
    /// - Parameter file: The file they come from; `nil` for the environment of the process.
    mutating func add(environment: [String: String], file: String? = nil) {
        variables += environment.keys.sorted()
        unknownVariables += UnknownVariables.warnings(in: environment, file: file)
        sources.append(
            Source(
                provider: EnvironmentVariablesProvider(environmentVariables: environment),
                path: { $0.environmentPath },
                name: { $0.environmentVariable + (file.map { " in \($0)" } ?? "") }))
    }

    /// Adds a configuration file.
    mutating func add(_ file: SettingsFile) {
        for (section, names) in file.names { namesInFiles[section, default: []] += names }
        let values = file.values.map { (AbsoluteConfigKey($0), ConfigValue(.stringArray($1), isSecret: false)) }
        let name = file.name
        sources.append(
            Source(
                provider: InMemoryProvider(
                    name: name, values: Dictionary(values, uniquingKeysWith: { first, _ in first })),
                path: { $0.path }, name: { "\($0.name) in \(name)" }))
    }

    /// The value that counts: of the first source that has one which is not empty.
    func setting(_ key: SettingKey, isList: Bool = false) -> Setting? {
        for (rank, source) in sources.enumerated() {
            let path = AbsoluteConfigKey(source.path(key))
            // A source answers only with the type it holds: files hold lists, flags single values, environment both.
            let types: [ConfigType] = isList ? [.stringArray, .string] : [.string, .stringArray]
            for type in types {
                guard let content = (try? source.provider.value(forKey: path, type: type))?.value?.content else {
                    continue
                }
                let values: [String] =
                    switch content {
                    case .string(let value): [value]
                    case .stringArray(let values): values
                    default: []
                    }
                if values.contains(where: { !$0.isEmpty }) {
                    return Setting(values: values, name: source.name(key), rank: rank)
                }
            }
        }
        return nil
    }

    /// The parts of a section: those of the file, then those that only environment variables name.
    func names(of section: SettingSection) -> [String] {
        var names = namesInFiles[section] ?? []
        let known = Set(names.map(SettingKey.encoded))
        for variable in variables {
            guard let part = section.part(of: variable, known: known), !known.contains(part.name) else { continue }
            let name = part.name.lowercased()
            if !names.contains(name) { names.append(name) }
        }
        return names
    }
}
