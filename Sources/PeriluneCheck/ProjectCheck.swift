import PeriluneLua

/// Checks the scripts of a project together: a file that others include is looked at as a part of those.
public struct ProjectCheck: Sendable {
    private let validator: Validator

    public init(_ validator: Validator) { self.validator = validator }

    /// What there is to object to.
    ///
    /// - Parameters:
    ///   - sources: The scripts and the files they include, in any order.
    ///   - read: The content of a file that is not among them, by its path; `nil` when it cannot be read.
    /// - Returns: The sources in their order, then other files in which something was found.
    /// - Complexity: O(size of all scripts with what they include).
    public func findings(in sources: [ScriptSource], read: (String) -> [UInt8]?) -> [FileFindings] {
        let known = Dictionary(
            sources.map { (ScriptPath.normalized($0.path), $0.bytes) }, uniquingKeysWith: { first, _ in first })
        let read = { (path: String) in known[path] ?? read(path) }
        let included = Set(sources.flatMap { IncludeResolver.includedPaths($0) })
        // First the scripts that nobody includes; what is left then includes each other.
        var seen: Set<String> = []
        var merged = MergedFindings()
        for isLeft in [false, true] {
            for source in sources {
                let path = ScriptPath.normalized(source.path)
                if isLeft ? seen.contains(path) : included.contains(path) { continue }
                let files = validator.check(source, read: read)
                seen.formUnion(files.map { ScriptPath.normalized($0.source.path) })
                merged.add(files)
            }
        }
        return merged.files(in: sources)
    }
}

/// What was found in files, some of which are parts of several scripts.
private struct MergedFindings {
    private struct Key: Hashable {
        let rule: Rule.ID
        let offset: Int
        let message: String
    }

    private struct File {
        let source: ScriptSource
        /// How many scripts it is a part of.
        var count = 0
        var findings: [Key: (finding: Finding, count: Int)] = [:]
    }

    private var files: [String: File] = [:]

    mutating func add(_ found: [FileFindings]) {
        for file in found {
            let path = ScriptPath.normalized(file.source.path)
            var merged = files[path] ?? File(source: file.source)
            merged.count += 1
            for finding in file.findings {
                let key = Key(rule: finding.rule, offset: finding.range.start.offset, message: finding.message)
                merged.findings[key, default: (finding, 0)].count += 1
            }
            files[path] = merged
        }
    }

    func files(in sources: [ScriptSource]) -> [FileFindings] {
        var left = files
        var ordered: [FileFindings] = []
        for source in sources {
            let file = left.removeValue(forKey: ScriptPath.normalized(source.path))
            ordered.append(FileFindings(source: source, findings: file.map(Self.findings) ?? []))
        }
        let others = left.values.map { FileFindings(source: $0.source, findings: Self.findings(of: $0)) }
        return ordered + others.filter { !$0.findings.isEmpty }.sorted { $0.source.path < $1.source.path }
    }

    /// What one script does not use another may: that something is of no use must be so in all of them.
    private static func findings(of file: File) -> [Finding] {
        file.findings.values.filter { $0.count == file.count || !isAboutUse($0.finding.rule) }.map(\.finding)
            .sorted(by: Finding.comesFirst)
    }

    private static func isAboutUse(_ rule: Rule.ID) -> Bool {
        rule.rawValue.hasPrefix("R2") || rule == SuppressionCheck.unused.id
    }
}
