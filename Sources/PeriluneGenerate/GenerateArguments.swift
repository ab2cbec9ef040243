import Foundation
import PeriluneBindings

/// The arguments, which are those of `perilune generate`.
enum GenerateArguments {
    static let help = """
        USAGE: generate-scripts <scripts> ... [--output <output>] [--format swift|markdown|manifest] [--root <root>]
               [--access internal|package|public] [--annotated-only] [--options <options>] [--check]

        Writes typed Swift bindings of annotated Lua scripts, a reference, or a manifest for other languages.

          <scripts>         Files, and folders with .lua files at any depth.
          --output          The file or folder to write to; standard output without it.
          --format          What to write: swift, markdown or manifest.
          --root            The name of the outermost enum (Scripts).
          --access          Who can see the bindings (internal).
          --annotated-only  Leave out scripts without annotations.
          --options         A JSON file of root, access and annotatedOnly, as the plugin ScriptBindings reads it.
          --check           Write nothing; fail if what is there is not what would be written.
        """

    /// - Returns: `nil` when help is asked for.
    static func parse(_ arguments: some Sequence<String>) throws(GenerationError) -> Generation? {
        var generation = Generation()
        var rest = Array(arguments)[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h": return nil
            case "--check": generation.checksOnly = true
            case "--annotated-only": generation.leavesOutOthers = true
            case "--output": generation.output = try value(of: argument, in: &rest)
            case "--options":
                let path = try value(of: argument, in: &rest)
                guard let text = FileManager.default.contents(atPath: path) else {
                    throw .usage("--options: \(path) cannot be read")
                }
                try generation.take(options: text, of: path)
            case "--root": generation.root = try value(of: argument, in: &rest)
            case "--format": generation.format = try choice(of: argument, in: &rest)
            case "--access": generation.access = try choice(of: argument, in: &rest)
            case "--":
                generation.scripts += rest
                rest = []
            default:
                guard !argument.hasPrefix("-") else { throw .usage("unknown option \(argument)") }
                generation.scripts.append(argument)
            }
        }
        guard !generation.scripts.isEmpty else { throw .usage("name the scripts: a folder, or files") }
        return generation
    }

    private static func value(of option: String, in rest: inout ArraySlice<String>) throws(GenerationError) -> String {
        guard let value = rest.popFirst() else { throw .usage("\(option) takes a value") }
        return value
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        of option: String, in rest: inout ArraySlice<String>
    ) throws(GenerationError) -> Choice {
        let text = try value(of: option, in: &rest)
        guard let choice = Choice(rawValue: text) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .usage("\(option): \"\(text)\" is none of \(choices)")
        }
        return choice
    }
}
