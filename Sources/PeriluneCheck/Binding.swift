import PeriluneCore
import PeriluneLua

/// The Swift text for one script.
struct Binding {
    let text: String

    /// - Parameter parts: The names of the enums, from the outermost to the script's own.
    init(
        header: ScriptHeader, source: BindingGenerator.Source, parts: [String], access: BindingGenerator.Access
    ) throws(BindingError) {
        let literal = try Self.literal(source, indentation: 16)
        var lines = [
            "\(BindingGenerator.marker) from \(source.path); not to be edited.",
            "// swift-format-ignore-file",
            "",
            (access == .internal ? "" : access.rawValue + " ") + "import PeriluneCore",
            "",
            "extension \(parts.dropLast().joined(separator: ".")) {",
        ]
        lines += Self.documentation(header).map { "    /// \($0)".trimmingTrailingSpaces }
        lines += [
            "    \(access.prefix)enum \(parts.last ?? "") {",
            "        /// SHA-1: `\(LuaScript.sha(of: source.bytes))`",
            "        \(access.prefix)static let script = LuaScript(",
            "            name: \"\(header.name)\",",
            "            source: \(literal)\(header.isRepeatable ? ", isRepeatable: true" : ""))",
            "",
        ]
        lines += Self.function(header, access: access).map { "        " + $0 }
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
        guard let text = String(validating: source.bytes, as: UTF8.self), !source.bytes.contains(0),
            !source.bytes.contains(UInt8(ascii: "\r"))
        else {
            throw BindingError(path: source.path, line: 1, message: "is not plain text: UTF-8 with line feeds")
        }
        // As many number signs as it takes that nothing in the text ends the literal or begins an escape.
        var signs = "#"
        while text.contains("\"\"\"" + signs) || text.contains("\\" + signs) { signs += "#" }
        let margin = String(repeating: " ", count: indentation)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : margin + $0 }
        return "\(signs)\"\"\"\n\(lines.joined(separator: "\n"))\n\(margin)\"\"\"\(signs)"
    }

    // MARK: The function

    private struct Parameter {
        let name: String
        let type: String
        let summary: String
    }

    private static func function(_ header: ScriptHeader, access: BindingGenerator.Access) -> [String] {
        var parameters = header.keys.map { Parameter(name: name($0.name), type: "RedisKey", summary: $0.summary) }
        if let keys = header.variadicKey {
            parameters.append(Parameter(name: name(keys.name), type: "[RedisKey]", summary: keys.summary))
        }
        parameters += header.arguments.map {
            Parameter(name: name($0.name), type: type($0.type), summary: summary(of: $0))
        }
        if let group = header.argumentGroup {
            let columns = group.columns.map { "\(name($0.name)): \(type($0.type))" }.joined(separator: ", ")
            let tuple = group.columns.count == 1 ? type(group.columns[0].type) : "(\(columns))"
            parameters.append(Parameter(name: name(group.name), type: "[\(tuple)]", summary: group.summary))
        }
        let reply = reply(header.returns)
        var lines = [
            "/// Calls the script.",
            "///",
            "/// - Parameters:",
            "///   - engine: Where to run it.",
        ]
        lines += parameters.map { "///   - \($0.name): \($0.summary)".trimmingTrailingSpaces }
        if let summary = header.returns?.summary, !summary.isEmpty { lines.append("/// - Returns: \(summary)") }
        lines += ["/// - Throws: ``EngineError``.", "/// - Complexity: One round trip."]
        lines.append("\(access.prefix)static func call(")
        lines.append("    on engine: any ScriptEngine" + parameters.map { ", \($0.name): \($0.type)" }.joined())
        lines.append(") async throws(EngineError) -> \(reply.type) {")
        let (setUp, arguments) = arguments(header)
        lines += setUp.map { "    " + $0 }
        lines.append("    \(setUp.isEmpty ? "" : "return ")try await engine.\(reply.method)(")
        lines.append("        script, keys: \(keys(header)), arguments: \(arguments))")
        lines.append("}")
        return lines
    }

    private static func keys(_ header: ScriptHeader) -> String {
        let fixed = "[" + header.keys.map { name($0.name) }.joined(separator: ", ") + "]"
        guard let variadic = header.variadicKey else { return fixed }
        return header.keys.isEmpty ? name(variadic.name) : "\(fixed) + \(name(variadic.name))"
    }

    /// The statements that build the arguments, and the expression that stands for them.
    private static func arguments(_ header: ScriptHeader) -> (setUp: [String], expression: String) {
        let fixed = "[" + header.arguments.map { value(name($0.name), $0.type) }.joined(separator: ", ") + "]"
        guard let group = header.argumentGroup else { return ([], fixed) }
        var lines = [
            "var arguments: [RedisArgument] = \(fixed)",
            "arguments.reserveCapacity(\(header.arguments.count) + \(name(group.name)).count * \(group.columns.count))",
            "for group in \(name(group.name)) {",
        ]
        for column in group.columns {
            let part = group.columns.count == 1 ? "group" : "group.\(name(column.name))"
            lines.append("    arguments.append(\(value(part, column.type)))")
        }
        lines.append("}")
        return (lines, "arguments")
    }

    private static func value(_ expression: String, _ type: ScriptHeader.ArgumentType) -> String {
        switch type {
        case .integer, .milliseconds, .microseconds: ".integer(\(expression))"
        case .string: ".string(\(expression))"
        case .bytes: ".bytes(\(expression))"
        }
    }

    private static func type(_ type: ScriptHeader.ArgumentType) -> String {
        switch type {
        case .integer, .milliseconds, .microseconds: "Int"
        case .string: "String"
        case .bytes: "[UInt8]"
        }
    }

    private static func summary(of argument: ScriptHeader.Argument) -> String {
        let unit =
            switch argument.type {
            case .milliseconds: "In milliseconds"
            case .microseconds: "In microseconds"
            default: ""
            }
        return [unit, argument.summary].filter { !$0.isEmpty }.joined(separator: ": ")
    }

    private static func reply(_ returns: ScriptHeader.Return?) -> (type: String, method: String) {
        guard let returns, !returns.isOptional else { return ("RedisReply", "call") }
        return switch returns.type {
        case .integer: ("Int", "callInteger")
        case .string, .bytes: ("[UInt8]", "callBytes")
        default: ("RedisReply", "call")
        }
    }

    /// `cost_limit` as `costLimit`, and a reserved word in backticks.
    private static func name(_ name: String) -> String {
        let type = BindingGenerator.typeName(name)
        let camel = type.prefix(1).lowercased() + type.dropFirst()
        return reserved.contains(camel) ? "`\(camel)`" : camel
    }

    private static let reserved: Set<String> = [
        "as", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do", "else", "enum",
        "extension", "fallthrough", "false", "for", "func", "guard", "if", "import", "in", "init", "inout", "internal",
        "is", "let", "nil", "operator", "private", "protocol", "public", "repeat", "rethrows", "return", "self",
        "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try", "var", "where", "while",
    ]
}

extension String {
    /// The text without spaces at its end.
    fileprivate var trimmingTrailingSpaces: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
