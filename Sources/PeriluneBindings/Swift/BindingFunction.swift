import PeriluneLua

/// The Swift text of the function that calls a script.
struct BindingFunction {
    private let header: ScriptHeader
    private let parameters: [Parameter]
    /// Names that types must not be called by alone.
    private let declared: Set<String>

    // The function's own names. Those of parameters have no underscores, so there are always free ones.
    private let engine: String
    private let arguments: String
    private let group: String

    private struct Parameter {
        let name: String
        let type: String
        let summary: String
    }

    /// - Parameter declared: The names of all enums of all bindings.
    /// - Throws: ``BindingError`` when two names in the script's annotations are one name in Swift.
    init(_ script: AnnotatedScript, declared: Set<String>) throws(BindingError) {
        let header = script.header
        self.header = header
        self.declared = declared
        try Self.checkNames(of: script)
        func type(_ type: ScriptHeader.ArgumentType) -> String { Self.type(type, hidden: declared) }
        let key = SwiftName.reference("RedisKey", hidden: declared)
        var parameters = header.keys.map {
            Parameter(name: SwiftName.value($0.name), type: key, summary: $0.summary)
        }
        if let keys = header.variadicKey {
            parameters.append(Parameter(name: SwiftName.value(keys.name), type: "[\(key)]", summary: keys.summary))
        }
        parameters += header.arguments.map {
            Parameter(name: SwiftName.value($0.name), type: type($0.type), summary: Self.summary(of: $0))
        }
        if let group = header.argumentGroup {
            let columns = group.columns.map { "\(SwiftName.value($0.name)): \(type($0.type))" }
            let tuple = columns.count == 1 ? type(group.columns[0].type) : "(\(columns.joined(separator: ", ")))"
            parameters.append(
                Parameter(name: SwiftName.value(group.name), type: "[\(tuple)]", summary: group.summary))
        }
        self.parameters = parameters
        let taken = Set(parameters.map(\.name))
        self.engine = SwiftName.free("engine", taken: taken)
        self.arguments = SwiftName.free("arguments", taken: taken)
        self.group = SwiftName.free("group", taken: taken)
    }

    /// Checks that no two parameters, and no two columns of a group, have one name.
    private static func checkNames(of script: AnnotatedScript) throws(BindingError) {
        struct Name {
            let what: String
            let name: String
            let line: Int
            let column: Int
        }
        let header = script.header
        let keys = header.keys + (header.variadicKey.map { [$0] } ?? [])
        var names = keys.map { Name(what: "key", name: $0.name, line: $0.line, column: $0.column) }
        names += header.arguments.map { Name(what: "argument", name: $0.name, line: $0.line, column: $0.column) }
        if let group = header.argumentGroup {
            names.append(Name(what: "group", name: group.name, line: group.line, column: group.column))
        }
        let columns = (header.argumentGroup?.columns ?? []).map {
            Name(what: "column", name: $0.name, line: $0.line, column: $0.column)
        }
        for names in [names, columns] {
            var seen: [String: Name] = [:]
            for name in names {
                let swift = SwiftName.value(name.name)
                guard let other = seen.updateValue(name, forKey: swift) else { continue }
                throw BindingError(
                    script.file, line: name.line, column: name.column,
                    "the \(name.what) '\(name.name)' and the \(other.what) '\(other.name)' are both \(swift) in Swift; "
                        + "give one of them another name")
            }
        }
    }

    // MARK: Text

    func lines(access: BindingGenerator.Access) -> [String] {
        let reply = reply
        var lines = [
            "/// Calls the script.",
            "///",
            "/// - Parameters:",
            "///   - \(engine): Where to run it.",
        ]
        lines += parameters.map { "///   - \($0.name): \($0.summary)" }
        if let summary = header.returns?.summary, !summary.isEmpty { lines.append("/// - Returns: \(summary)") }
        lines += ["/// - Throws: ``EngineError``.", "/// - Complexity: One round trip."]
        let list = parameters.map { ", \($0.name): \($0.type)" }.joined()
        lines.append("\(access.prefix)static func call(")
        lines.append("    on \(engine): any \(reference("ScriptEngine"))\(list)")
        lines.append(") async throws(\(reference("EngineError"))) -> \(reply.type) {")
        let (setUp, expression) = argumentText
        lines += setUp.map { "    " + $0 }
        lines.append("    \(setUp.isEmpty ? "" : "return ")try await \(engine).\(reply.method)(")
        let expected = reply.expected.map { ", expecting: \($0)" } ?? ""
        lines.append("        Self.script, keys: \(keyText), arguments: \(expression)\(expected))")
        lines.append("}")
        return lines
    }

    private var keyText: String {
        let fixed = "[" + header.keys.map { SwiftName.value($0.name) }.joined(separator: ", ") + "]"
        guard let variadic = header.variadicKey.map({ SwiftName.value($0.name) }) else { return fixed }
        return header.keys.isEmpty ? variadic : "\(fixed) + \(variadic)"
    }

    /// The statements that build the arguments, and the expression that stands for them.
    private var argumentText: (setUp: [String], expression: String) {
        let values = header.arguments.map { Self.value(SwiftName.value($0.name), $0.type) }
        let fixed = "[" + values.joined(separator: ", ") + "]"
        guard let columns = header.argumentGroup else { return ([], fixed) }
        let name = SwiftName.value(columns.name)
        let count = columns.columns.count
        var lines = [
            "var \(arguments): [\(reference("RedisArgument"))] = \(fixed)",
            "\(arguments).reserveCapacity(\(header.arguments.count) + \(name).count * \(count))",
            "for \(group) in \(name) {",
        ]
        for column in columns.columns {
            let part = count == 1 ? group : "\(group).\(SwiftName.value(column.name))"
            lines.append("    \(arguments).append(\(Self.value(part, column.type)))")
        }
        lines.append("}")
        return (lines, arguments)
    }

    /// The type of the reply, the engine's method that reads it, and what is asked of the method.
    private var reply: (type: String, method: String, expected: String?) {
        guard let returns = header.returns else { return (reference("RedisReply"), "call", nil) }
        let bytes = "[\(reference("UInt8"))]"
        let (type, expected) =
            switch returns.type {
            case .integer: (reference("Int"), ".integer")
            case .string: (reference("String"), ".text")
            case .bytes: (bytes, ".bytes")
            case .status: (reference("String"), ".status")
            case .integers: ("[\(reference("Int"))]", ".array(.integer)")
            case .strings: ("[\(reference("String"))]", ".array(.text)")
            case .byteStrings: ("[\(bytes)]", ".array(.bytes)")
            case .array: (reference("RedisReply"), "")
            }
        return switch (returns.type, returns.isOptional) {
        case (.array, _): (type, "call", nil)
        case (.integer, false): (type, "callInteger", nil)
        case (.bytes, false): (type, "callBytes", nil)
        case (_, false): (type, "call", expected)
        case (_, true): ("\(type)?", "call", ".optional(\(expected))")
        }
    }

    private func reference(_ type: String) -> String {
        SwiftName.reference(type, hidden: declared)
    }

    private static func type(_ type: ScriptHeader.ArgumentType, hidden: Set<String>) -> String {
        switch type {
        case .integer, .milliseconds, .microseconds: SwiftName.reference("Int", hidden: hidden)
        case .string: SwiftName.reference("String", hidden: hidden)
        case .bytes: "[\(SwiftName.reference("UInt8", hidden: hidden))]"
        }
    }

    private static func value(_ expression: String, _ type: ScriptHeader.ArgumentType) -> String {
        switch type {
        case .integer, .milliseconds, .microseconds: ".integer(\(expression))"
        case .string: ".string(\(expression))"
        case .bytes: ".bytes(\(expression))"
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
}
