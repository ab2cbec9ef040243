/// What there is to object to in a file.
public struct FileFindings: Sendable {
    public let source: ScriptSource
    /// In the order of their places.
    public let findings: [Finding]

    public init(source: ScriptSource, findings: [Finding]) {
        self.source = source
        self.findings = findings
    }
}
