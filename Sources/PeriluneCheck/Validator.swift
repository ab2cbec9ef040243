import PeriluneLua

/// Checks scripts for Redis.
public struct Validator: Sendable {
    /// The Redis that is to run the scripts; a later one where a script says that it needs it.
    public let redis: RedisVersion
    /// Which rules look at a file, by its path.
    private let settings: @Sendable (String) -> RuleSettings

    /// - Parameter settings: Which rules look at the scripts.
    public init(redis: RedisVersion = .standard, settings: RuleSettings = RuleSettings()) {
        self.init(redis: redis) { _ in settings }
    }

    /// - Parameter settings: Which rules look at a file, by its path.
    public init(redis: RedisVersion = .standard, settings: @escaping @Sendable (String) -> RuleSettings) {
        (self.redis, self.settings) = (redis, settings)
    }

    /// What there is to object to in a script that includes no others, in the order of the places.
    ///
    /// - Complexity: O(n log n) in the size of the script, but for what is bounded. A script of 100 lines takes a few
    ///   milliseconds.
    public func findings(in source: ScriptSource) -> [Finding] {
        check(source) { _ in nil }.first?.findings ?? []
    }

    /// What there is to object to in a script and in the files that it includes.
    ///
    /// - Parameters:
    ///   - source: The script.
    ///   - read: The content of a file by its path; `nil` when it cannot be read.
    /// - Returns: The script first, then each file that it includes; the findings in the order of their places.
    public func check(_ source: ScriptSource, read: (String) -> [UInt8]?) -> [FileFindings] {
        let (script, failures) = IncludeResolver.resolve(source, read: read)
        var found: [[Finding]] = Array(repeating: [], count: script.files.count)
        if failures.isEmpty {
            for finding in findings(in: script) {
                let (file, moved) = script.moved(finding)
                found[file].append(moved)
            }
        } else {
            for failure in failures {
                guard let file = script.files.firstIndex(where: { $0.path == failure.path }) else { continue }
                if let finding = settings(failure.path).applied(to: failure.finding) { found[file].append(finding) }
            }
        }
        return zip(script.files, found).map {
            FileFindings(source: $0, findings: $1.sorted(by: Finding.comesFirst))
        }
    }

    /// With places of the whole script.
    private func findings(in script: JoinedScript) -> [Finding] {
        let levels = script.files.map { settings($0.path) }
        func adjusted(_ findings: [Finding]) -> [Finding] {
            findings.compactMap { levels[script.file(at: $0.range.start)].applied(to: $0) }
        }
        let code = ScriptText(script.bytes)
        let chunk: LuaChunk
        do {
            chunk = try LuaParser.parse(code.lua)
        } catch {
            let range = SourceRange(start: error.position, end: error.position)
            let rule = SyntaxRule.rule
            return adjusted([Finding(rule.id, rule.severity, error.message, at: range)])
        }
        if code.shebang?.isLibrary == true {
            let rule = FlowCheck.notAnalysed
            let message = "a library of functions, which is not checked"
            return adjusted([
                Finding(rule.id, .note, message, at: SourceRange(start: .start, end: .start))
            ])
        }
        let annotations = ScriptHeader.read(script.bytes)
        let least = annotations.trusted?.minimumRedis.map { RedisVersion(atLeast: $0) }
        let checked = CheckedScript(
            source: ScriptSource(path: script.files[0].path, bytes: script.bytes), chunk: chunk,
            annotations: annotations, shebang: code.shebang, redis: max(redis, least ?? redis))
        return SuppressionCheck.applied(
            to: adjusted(RuleCatalog.checks.flatMap { $0.findings(in: checked) }), in: chunk,
            settings: { levels[script.file(at: $0.start)] },
            isSameFile: { script.file(at: $0.start) == script.file(at: $1.start) })
    }
}
