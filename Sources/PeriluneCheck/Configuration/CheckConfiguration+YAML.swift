import PeriluneYAML
import Yams

/// What is wrong with a configuration.
public struct CheckConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file.
    public let name: String
    /// The line, from 1; `nil` when it is about the whole.
    public let line: Int?
    /// What is wrong and what would be right.
    public let message: String

    public var description: String { "\(name)\(line.map { ":\($0)" } ?? ""): \(message)" }
}

extension CheckConfiguration {
    /// Reads a `perilune.yaml`; what it says of other things than checks is not looked at.
    ///
    /// - Parameters:
    ///   - text: The content.
    ///   - name: The file's name, for messages.
    public init(yaml text: String, name: String) throws(CheckConfigurationError) {
        self.init()
        let root: Node?
        do {
            root = try YAMLText.root(of: text)
        } catch {
            throw CheckConfigurationError(name: name, line: error.line, message: error.message)
        }
        guard let root, let section = root.mapping?["check"], !Section(section, name).isEmpty else { return }
        for (key, value) in try Section(section, name).entries("redis, rules, paths, exclude") {
            switch key.text {
            case "redis":
                guard let redis = value.text.flatMap(RedisVersion.init(rawValue:)) else {
                    throw value.error("not a Redis that is known; wanted is \(RedisVersion.wanted)")
                }
                self.redis = redis
            case "rules": rules = try value.rules()
            case "paths":
                overrides = []
                for (pattern, settings) in try value.entries("patterns of paths") {
                    overrides.append(Override(PathPattern(pattern.text ?? ""), try settings.rules()))
                }
            case "exclude": exclude = try value.patterns()
            default: throw key.error("not a setting; wanted are redis, rules, paths, exclude")
            }
        }
    }
}

/// A part of the file.
private struct Section {
    private let node: Node
    private let name: String

    init(_ node: Node, _ name: String) { (self.node, self.name) = (node, name) }

    var text: String? { node.scalar?.string }

    var isEmpty: Bool { node.scalar.map { $0.style == .plain && ["", "~", "null"].contains($0.string) } ?? false }

    func error(_ message: String) -> CheckConfigurationError {
        CheckConfigurationError(name: name, line: node.mark?.line, message: message)
    }

    func entries(_ wanted: String) throws(CheckConfigurationError) -> [(key: Section, value: Section)] {
        if isEmpty { return [] }
        guard let mapping = node.mapping else { throw error("not a mapping; wanted are \(wanted)") }
        return mapping.map { (Section($0.key, name), Section($0.value, name)) }
    }

    func rules() throws(CheckConfigurationError) -> RuleSettings {
        var settings = RuleSettings()
        for (key, value) in try entries("rules, as in R018: warning") {
            let level = value.text.flatMap { RuleSettings.Level($0) }
            guard let level else { throw value.error("not a level; wanted is \(RuleSettings.Level.wanted)") }
            if key.text == "all" {
                guard level == .on else { throw value.error("all rules can be on, and nothing else") }
                settings.setAllOn()
                continue
            }
            guard let rule = key.text.flatMap(RuleCatalog.rule(named:)) else {
                throw key.error("not a rule; `perilune check --rules` lists them")
            }
            settings.set(rule.id, level)
        }
        return settings
    }

    func patterns() throws(CheckConfigurationError) -> [PathPattern] {
        if isEmpty { return [] }
        guard let sequence = node.sequence else { throw error("not a list; wanted are patterns of paths") }
        var patterns: [PathPattern] = []
        for element in sequence {
            guard let text = element.scalar?.string else { throw Section(element, name).error("not text") }
            patterns.append(PathPattern(text))
        }
        return patterns
    }
}
