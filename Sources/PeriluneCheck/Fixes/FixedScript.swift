import PeriluneLua

/// A file with the fixes of its findings.
public struct FixedScript: Sendable {
    public let source: ScriptSource
    /// The content with the fixes.
    public let bytes: [UInt8]
    /// What is mended, in the order of the places.
    public let fixes: [Fix]

    /// Applies the fixes of a file's findings; of those that overlap the first one.
    ///
    /// - Returns: `nil` when there is nothing to mend, or the mended script would not be Lua any more.
    public init?(_ file: FileFindings) {
        let (bytes, fixes) = Fix.apply(file.findings.compactMap(\.fix), to: file.source.bytes)
        guard !fixes.isEmpty else { return nil }
        // A part that scripts include need not be Lua by itself; what is must stay so.
        if Self.isLua(file.source.bytes), !Self.isLua(bytes) { return nil }
        (source, self.bytes, self.fixes) = (file.source, bytes, fixes)
    }

    private static func isLua(_ bytes: [UInt8]) -> Bool { (try? LuaParser.parse(ScriptText(bytes).lua)) != nil }

    /// The change as a unified diff, which `patch` takes.
    ///
    /// - Complexity: O(size of the file + fixes).
    public var diff: [UInt8] { UnifiedDiff(self).bytes }
}
