import PeriluneLua

/// Makes typed Swift functions of annotated scripts.
///
/// For a script named `ratelimit.token_bucket` it writes an enum `Scripts.Ratelimit.TokenBucket` with the script's text
/// and a function that lays out KEYS and ARGV. The text in the Swift file is the script's file to the byte, so the
/// SHA-1 is that of the file. What is generated needs the module PeriluneCore and nothing else.
public struct BindingGenerator: Sendable {
    /// Who can see what is generated.
    public enum Access: String, Sendable, CaseIterable {
        case `internal`, package, `public`

        var prefix: String { self == .internal ? "" : rawValue + " " }
    }

    private let root: String
    private let access: Access

    /// Creates a generator.
    ///
    /// - Parameters:
    ///   - root: The name of the outermost enum, with which the names of the files begin.
    ///   - access: The access level of everything generated.
    /// - Returns: `nil` when `root` is not an identifier of ASCII characters, or one that means something in Swift.
    public init?(root: String = "Scripts", access: Access = .internal) {
        guard SwiftName.isIdentifier(root), SwiftName.isUsableForType(root) else { return nil }
        self.root = root
        self.access = access
    }

    /// Makes the files for some scripts: one each, and one with the enums that hold them.
    ///
    /// - Throws: ``BindingError`` for the first script that cannot be bound.
    /// - Complexity: O(bytes).
    public func files(for scripts: [AnnotatedScript]) throws(BindingError) -> [GeneratedFile] {
        let bindings = try bindings(for: scripts)
        var files = bindings.map { binding in
            let lines = [
                "\(GeneratedFile.marker) from \(binding.script.file.name); not to be edited.",
                "// swift-format-ignore-file", "",
            ]
            return GeneratedFile(
                name: fileName(of: binding), contents: Self.text(lines + importLines + [""] + binding.lines))
        }
        let lines = ["\(GeneratedFile.marker) from the scripts' annotations; not to be edited.", ""]
        files.append(GeneratedFile(name: root + ".swift", contents: Self.text(lines + enumLines(around: bindings))))
        return files
    }

    /// Makes the text of one file with the bindings of some scripts.
    ///
    /// - Throws: ``BindingError`` for the first script that cannot be bound.
    /// - Complexity: O(bytes).
    public func text(for scripts: [AnnotatedScript]) throws(BindingError) -> String {
        let bindings = try bindings(for: scripts)
        var lines = [
            "\(GeneratedFile.marker) from the scripts' annotations; not to be edited.",
            "// swift-format-ignore-file", "",
        ]
        lines += importLines + [""] + enumLines(around: bindings)
        for binding in bindings { lines += ["", "// \(binding.script.file.name)", ""] + binding.lines }
        return Self.text(lines)
    }

    private static func text(_ lines: [String]) -> String {
        lines.joined(separator: "\n") + "\n"
    }

    private func bindings(for scripts: [AnnotatedScript]) throws(BindingError) -> [Binding] {
        let parts = scripts.map { $0.header.name.split(separator: ".").map { SwiftName.type(String($0)) } }
        let declared = Set([root] + parts.joined())
        var bindings: [Binding] = []
        var files: [String: Binding] = [:]
        for (script, parts) in zip(scripts, parts) {
            try checkNames(of: script, parts: parts)
            let binding = try Binding(script, parts: parts, root: root, declared: declared, access: access)
            // A file of its own, also where the case of letters does not matter.
            if let other = files.updateValue(binding, forKey: fileName(of: binding).lowercased()) {
                throw clash(of: binding, with: other)
            }
            bindings.append(binding)
        }
        return bindings
    }

    // MARK: Names

    private func fileName(of binding: Binding) -> String {
        ([root] + binding.parts).joined(separator: ".") + ".swift"
    }

    private func checkNames(of script: AnnotatedScript, parts: [String]) throws(BindingError) {
        // The file's name stands in a comment of the generated file.
        guard script.file.name.unicodeScalars.allSatisfy(PlainText.isPlain) else {
            throw script.error("the file's path has characters that end or turn a line; give it another name")
        }
        if let part = parts.first(where: { !SwiftName.isUsableForType($0) }) {
            throw script.error("\(script.header.name) cannot be bound, as \(part) has a meaning of its own in Swift")
        }
    }

    private func clash(of binding: Binding, with other: Binding) -> BindingError {
        let name = binding.script.header.name
        let twin = "\(other.script.header.name) of \(other.script.file.name)"
        return binding.script.error(
            binding.parts == other.parts
                ? "\(name) is \(binding.parts.joined(separator: ".")) in Swift, and so is \(twin)"
                : "\(name) differs from \(twin) only in the case of letters, which file names may not have")
    }

    // MARK: Text

    /// An import that goes with those of other files in the module, with the upcoming feature InternalImportsByDefault
    /// and without it: imports of one module that say their access level disagree with those that do not, but for public
    /// ones.
    private var importLines: [String] {
        switch access {
        case .internal: ["import PeriluneCore"]
        case .package:
            [
                "#if hasFeature(InternalImportsByDefault)", "package import PeriluneCore", "#else",
                "import PeriluneCore", "#endif",
            ]
        case .public: ["public import PeriluneCore"]
        }
    }

    /// The outermost enum, and those that hold the scripts'.
    private func enumLines(around bindings: [Binding]) -> [String] {
        // A script may have the name of a group too: it declares the enum then.
        var groups: Set<[String]> = []
        for binding in bindings {
            for length in 1..<max(binding.parts.count, 1) { groups.insert(Array(binding.parts[..<length])) }
        }
        groups.subtract(bindings.map(\.parts))
        var lines = ["/// The scripts, by their names.", "\(access.prefix)nonisolated enum \(root) {}"]
        for group in groups.sorted(by: { $0.joined(separator: ".") < $1.joined(separator: ".") }) {
            let holder = ([root] + group.dropLast()).joined(separator: ".")
            lines += ["", "extension \(holder) {", "    \(access.prefix)nonisolated enum \(group.last ?? "") {}", "}"]
        }
        return lines
    }
}
