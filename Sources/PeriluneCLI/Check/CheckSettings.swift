import Foundation
import PeriluneCheck

/// What the command line and the configuration say of a check.
struct CheckSettings: Sendable {
    let redis: RedisVersion
    private let configuration: CheckConfiguration
    private let flags: RuleSettings
    /// Where patterns of paths begin.
    private let folder: String

    /// - Parameters:
    ///   - file: The configuration; `nil` for `perilune.yaml` here, which may be missing.
    ///   - redis: The release that the command line names.
    ///   - rules: Settings such as `R018=warning`.
    init(file: String?, redis: String?, rules: [String]) throws(CommandFailure) {
        let path = file ?? "perilune.yaml"
        if file != nil || FileManager.default.fileExists(atPath: path) {
            let text = String(decoding: try ScriptFiles.content(of: path), as: UTF8.self)
            do {
                configuration = try CheckConfiguration(yaml: text, name: path)
            } catch {
                throw CommandFailure(error.description)
            }
        } else {
            configuration = CheckConfiguration()
        }
        folder = URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().path
        if let redis {
            guard let version = RedisVersion(rawValue: redis) else {
                throw CommandFailure("--redis is \(RedisVersion.wanted), not \(redis)")
            }
            self.redis = version
        } else {
            self.redis = configuration.redis ?? .standard
        }
        flags = try Self.flags(rules)
    }

    private static func flags(_ rules: [String]) throws(CommandFailure) -> RuleSettings {
        var settings = RuleSettings()
        for text in rules {
            let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let level = halves.count == 2 ? RuleSettings.Level(halves[1]) : .on
            guard let level else {
                throw CommandFailure("--rule \(text): wanted is \(RuleSettings.Level.wanted) behind the =")
            }
            if halves[0] == "all" {
                guard level == .on else {
                    throw CommandFailure("--rule \(text): all rules can be on, and nothing else")
                }
                settings.setAllOn()
            } else if let rule = RuleCatalog.rule(named: String(halves[0])) {
                settings.set(rule.id, level)
            } else {
                throw CommandFailure("--rule \(text): there is no such rule; --rules lists them")
            }
        }
        return settings
    }

    /// The settings of a file; what the command line says counts more than the configuration.
    func rules(for path: String) -> RuleSettings { configuration.settings(for: place(of: path)).overlaid(by: flags) }

    /// Whether a path is left out where folders are gone through.
    func excludes(_ path: String) -> Bool { configuration.excludes(place(of: path)) }

    /// A path as patterns see it: from the folder of the configuration.
    private func place(of path: String) -> String {
        let whole = URL(fileURLWithPath: path).standardizedFileURL.path
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        return whole.hasPrefix(prefix) ? String(whole.dropFirst(prefix.count)) : whole
    }
}
