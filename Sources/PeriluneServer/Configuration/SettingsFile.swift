import PeriluneYAML
import Yams

/// A `perilune.yaml`:
///
/// ```yaml
/// host: 127.0.0.1
/// port: 8390
/// redis_url: redis://localhost:6379/0
/// redis_timeout: 1000
/// namespace: p
/// log_level: info
/// rate_limit:
///   policies:
///     default:
///       limits: [60/min, 1000/h]
///       burst: 10
///     login:
///       algorithm: sliding-window
///       limits: 5/min
/// sessions:
///   shards: 64
/// cache:
///   types:
///     outbreak_data:
///       ttl: 5min
///       origin: https://reports.example.org/outbreaks/{key}
///       warm: [zurich, geneva]
/// ```
///
/// Read with Yams and not with swift-configuration's YAML provider: policies and cache types are named by whoever writes the
/// file, and that provider cannot list names; and a misspelt key must not be passed over in silence.
struct SettingsFile: Sendable {
    /// The file's name, for messages.
    let name: String
    /// The values by their path: one, or those of a list.
    private(set) var values: [[String]: [String]] = [:]
    /// The names of the parts of each section, in the order of the file.
    private(set) var names: [SettingSection: [String]] = [:]

    /// Reads a file's content.
    ///
    /// - Parameters:
    ///   - text: The content.
    ///   - name: The file's name, for messages.
    init(yaml text: String, name: String) throws(ConfigurationError) {
        self.name = name
        let root: Node?
        do {
            root = try YAMLText.root(of: text)
        } catch {
            // Without the line itself: it may hold a secret.
            throw ConfigurationError(name, error.description)
        }
        // An empty file, or one of comments alone.
        guard let root, !Self.isNull(root) else { return }
        try read(root, at: [])
    }

    private mutating func read(_ node: Node, at path: [String]) throws(ConfigurationError) {
        if Self.isNull(node) { return }
        if Self.isValue(path) {
            values[path] = try scalars(of: node, at: path)
            return
        }
        guard let mapping = node.mapping else {
            throw ConfigurationError(
                place(node, path), "not a mapping of keys to values; wanted are \(wanted(at: path))")
        }
        for (key, value) in mapping {
            // `string` also gives numbers and booleans their text, which as names of policies they may be.
            guard let name = key.scalar?.string else {
                throw ConfigurationError(place(key, path), "a key that is not text; wanted are \(wanted(at: path))")
            }
            let inner = path + [name]
            // What is for `perilune check`, in a project that has one file for both.
            if inner == ["check"] { continue }
            guard Self.isKnown(inner) else {
                throw ConfigurationError(
                    place(key, inner), "not a setting; wanted are \(wanted(at: path))")
            }
            if inner.count == 3, let section = Self.section(of: inner) { names[section, default: []].append(name) }
            try read(value, at: inner)
        }
    }

    private func scalars(of node: Node, at path: [String]) throws(ConfigurationError) -> [String] {
        if let scalar = node.scalar { return [scalar.string] }
        let isList =
            path == SettingKey.sessionsEncryptionKeys.path
            || path.count == 4 && Self.section(of: path)?.lists.contains(path[3]) == true
        guard isList, let sequence = node.sequence else {
            throw ConfigurationError(place(node, path), "not a single value" + (isList ? " or a list of values" : ""))
        }
        var values: [String] = []
        for element in sequence {
            guard let scalar = element.scalar else {
                throw ConfigurationError(place(element, path), "an element that is not a single value")
            }
            values.append(scalar.string)
        }
        return values
    }

    private func place(_ node: Node, _ path: [String]) -> String {
        let line = node.mark.map { " line \($0.line)" } ?? ""
        return (path.isEmpty ? "" : path.joined(separator: ".") + " in ") + name + line
    }

    private static let sections = ["rate_limit", "sessions", "cache"]

    /// The settings whose path is fixed.
    private static let settings = Set((SettingKey.topLevel + SettingKey.sessions + SettingKey.cache).map(\.path))

    /// The section that a path leads to or into.
    private static func section(of path: [String]) -> SettingSection? {
        SettingSection.all.first { path.starts(with: $0.path) }
    }

    private static func isKnown(_ path: [String]) -> Bool {
        switch path.count {
        case 1: sections.contains(path[0]) || settings.contains(path)
        case 2: section(of: path) != nil || settings.contains(path)
        case 3: true
        default: section(of: path)?.aspects.contains(path[3]) == true
        }
    }

    /// Whether a value stands at the path, and not further keys.
    private static func isValue(_ path: [String]) -> Bool {
        path.count == 4 || settings.contains(path)
    }

    private func wanted(at path: [String]) -> String {
        switch path.count {
        case 0: (SettingKey.topLevel.map(\.name) + Self.sections).joined(separator: ", ")
        case 1:
            ((SettingKey.sessions + SettingKey.cache).map(\.path) + SettingSection.all.map(\.path))
                .filter { $0[0] == path[0] }.map { $0[1] }.joined(separator: ", ")
        case 2: "names of \(Self.section(of: path)?.parts ?? "parts")"
        default: (Self.section(of: path)?.aspects ?? []).joined(separator: ", ")
        }
    }

    private static func isNull(_ node: Node) -> Bool {
        guard let scalar = node.scalar, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
