import PeriluneCore
import PeriluneLua

/// The Swift text for one script.
struct Binding {
    let text: String

    /// - Parameters:
    ///   - root: The name of the outermost enum.
    ///   - declared: The names of all enums of all bindings, which hide types of the same name.
    init(
        _ script: BindingGenerator.Script, root: String, declared: Set<String>, access: BindingGenerator.Access
    ) throws(BindingError) {
        let header = script.header
        let literal = try Self.literal(script.source, indentation: 16)
        let function = try BindingFunction(script, declared: declared)
        let holder = ([root] + script.parts.dropLast()).joined(separator: ".")
        var lines = [
            "\(BindingGenerator.marker) from \(script.source.path); not to be edited.",
            "// swift-format-ignore-file",
            "",
            (access == .internal ? "" : access.rawValue + " ") + "import PeriluneCore",
            "",
            "extension \(holder) {",
        ]
        lines += Self.documentation(header).map { "    /// \($0)".trimmingTrailingSpaces }
        lines += [
            "    \(access.prefix)enum \(script.parts.last ?? "") {",
            "        /// SHA-1: `\(LuaScript.sha(of: script.source.bytes))`",
            "        \(access.prefix)static let script = \(SwiftName.reference("LuaScript", hidden: declared))(",
            "            name: \"\(header.name)\",",
            "            source: \(literal)\(header.isRepeatable ? ", isRepeatable: true" : ""))",
            "",
        ]
        lines += function.lines(access: access).map { "        \($0)".trimmingTrailingSpaces }
        lines += ["    }", "}", ""]
        text = lines.joined(separator: "\n")
    }

    private static func documentation(_ header: ScriptHeader) -> [String] {
        let summary = header.summary.isEmpty ? "The script `\(header.name)`." : header.summary
        return [summary] + (header.description.isEmpty ? [] : [""] + header.description)
    }

    // MARK: The text

    /// The script as a Swift string literal that yields exactly its bytes.
    private static func literal(_ source: BindingGenerator.Source, indentation: Int) throws(BindingError) -> String {
        // Swift's source files may have no other control characters, not even in a literal without escapes.
        let control = source.bytes.firstIndex { ($0 < 0x20 && $0 != 0x09 && $0 != 0x0A) || $0 == 0x7F }
        guard control == nil, let text = String(validating: source.bytes, as: UTF8.self) else {
            let line = source.bytes[..<(control ?? 0)].count { $0 == 0x0A } + 1
            throw BindingError(
                path: source.path, line: line,
                message: "is not plain text: UTF-8 with line feeds, and but for tabs no other control characters")
        }
        // As many number signs as it takes that nothing in the text ends the literal or begins an escape.
        var signs = "#"
        while text.contains("\"\"\"" + signs) || text.contains("\\" + signs) { signs += "#" }
        let margin = String(repeating: " ", count: indentation)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : margin + $0 }
        return "\(signs)\"\"\"\n\(lines.joined(separator: "\n"))\n\(margin)\"\"\"\(signs)"
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
