import PeriluneLua

/// A file with the fixes of its findings.
public struct FixedScript: Sendable {
    public let source: ScriptSource
    /// The content with the fixes.
    public let bytes: [UInt8]
    /// What is mended, in the order of the places.
    public let fixes: [Fix]
    /// How many fixes are left out because the script would not be Lua with them.
    public let leftOut: Int

    /// Applies the fixes of a file's findings; of those that overlap the first one.
    ///
    /// - Returns: `nil` when there is nothing to mend, or the mended script would not be Lua any more.
    /// - Complexity: One parse, but one for each fix when the script would not be Lua with all of them.
    public init?(_ file: FileFindings) {
        var (bytes, fixes) = Fix.apply(file.findings.compactMap(\.fix), to: file.source.bytes)
        let all = fixes.count
        // A part that scripts include need not be Lua by itself; what is must stay so.
        if !Self.isLua(bytes), Self.isLua(file.source.bytes) {
            let harmless = fixes.filter { Self.isLua(Fix.apply([$0], to: file.source.bytes).source) }
            (bytes, fixes) = Fix.apply(harmless, to: file.source.bytes)
            guard Self.isLua(bytes) else { return nil }
        }
        guard !fixes.isEmpty else { return nil }
        (source, self.bytes, self.fixes) = (file.source, bytes, fixes)
        leftOut = all - fixes.count
    }

    private static func isLua(_ bytes: [UInt8]) -> Bool { (try? LuaParser.parse(ScriptText(bytes).lua)) != nil }

    /// The change as a unified diff, which `patch` takes.
    ///
    /// - Complexity: O(size of the file + fixes).
    public var diff: [UInt8] { UnifiedDiff(self).bytes }
}
