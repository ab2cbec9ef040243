import PeriluneLua

/// The Swift text for one script.
struct Binding {
    let script: AnnotatedScript
    /// The names of the enums, from the one in the outermost to the script's own.
    let parts: [String]
    /// The enum in an extension of what holds it.
    let lines: [String]

    /// - Parameters:
    ///   - root: The name of the outermost enum.
    ///   - declared: The names of all enums of all bindings, which hide types of the same name.
    init(
        _ script: AnnotatedScript, parts: [String], root: String, declared: Set<String>,
        access: BindingGenerator.Access
    ) throws(BindingError) {
        self.script = script
        self.parts = parts
        let header = script.header
        let literal = try Self.literal(script.file, indentation: 16)
        let function = try BindingFunction(script, declared: declared)
        let holder = ([root] + parts.dropLast()).joined(separator: ".")
        var lines = ["extension \(holder) {"]
        lines += Self.documentation(header).map { "    /// \($0)".trimmingTrailingSpaces }
        // In a target whose code is isolated by default, too.
        lines += [
            "    \(access.prefix)nonisolated enum \(parts.last ?? "") {",
            "        /// SHA-1: `\(script.sha)`",
            "        \(access.prefix)static let script = \(SwiftName.reference("LuaScript", hidden: declared))(",
            "            name: \"\(header.name)\",",
            "            source: \(literal)\(header.isRepeatable ? ", isRepeatable: true" : ""))",
            "",
        ]
        lines += function.lines(access: access).map { "        \($0)".trimmingTrailingSpaces }
        self.lines = lines + ["    }", "}"]
    }

    private static func documentation(_ header: ScriptHeader) -> [String] {
        let summary = header.summary.isEmpty ? "The script `\(header.name)`." : header.summary
        return [summary] + (header.description.isEmpty ? [] : [""] + header.description)
    }

    // MARK: The text

    /// The script as a Swift string literal that yields exactly its bytes.
    private static func literal(_ file: ScriptFile, indentation: Int) throws(BindingError) -> String {
        // Swift's source files may have no other control characters, not even in a literal without escapes.
        let control = file.bytes.firstIndex { ($0 < 0x20 && $0 != 0x09 && $0 != 0x0A) || $0 == 0x7F }
        guard control == nil, let text = String(validating: file.bytes, as: UTF8.self) else {
            let before = file.bytes[..<(control ?? 0)]
            throw BindingError(
                file, line: before.count { $0 == 0x0A } + 1,
                column: before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1,
                "is not plain text: UTF-8 with line feeds, and but for tabs no other control characters")
        }
        let signs = String(repeating: "#", count: signCount(file.bytes))
        let margin = String(repeating: " ", count: indentation)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : margin + $0 }
        return "\(signs)\"\"\"\n\(lines.joined(separator: "\n"))\n\(margin)\"\"\"\(signs)"
    }

    /// As many number signs as it takes that nothing in a text ends the literal or begins an escape.
    ///
    /// Swift reads scalars, of which characters may join several: they are counted in bytes.
    private static func signCount(_ bytes: [UInt8]) -> Int {
        let (quote, backslash, sign) = (UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "#"))
        var longest = 0
        // The number signs behind a backslash or three quotes, none of them included; nil behind anything else.
        var run: Int?
        var quotes = 0
        for byte in bytes {
            quotes = byte == quote ? quotes + 1 : 0
            if byte == sign, let count = run {
                run = count + 1
            } else {
                run = byte == backslash || quotes >= 3 ? 0 : nil
            }
            longest = max(longest, run ?? 0)
        }
        return longest + 1
    }
}

extension String {
    /// The text without spaces at its end.
    fileprivate var trimmingTrailingSpaces: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
