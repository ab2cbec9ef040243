public import ArgumentParser
public import PeriluneBindings

/// `perilune generate`: what is made of annotated scripts.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write typed Swift bindings of annotated Lua scripts, a reference or a manifest.",
        discussion: """
            Reads the annotations at the top of Lua scripts and writes typed Swift functions that lay out KEYS and ARGV \
            and hold the scripts' text (swift), a reference for people (markdown), or names, SHA-1, keys, arguments and \
            replies as JSON for other languages (manifest). Bindings go to a folder, one file a script, or to one file \
            whose name ends in .swift. What an earlier run wrote to the folder and no script stands behind any more is \
            removed.

            Exit status: 0; 1 with --check if a file is not current; 2 for scripts whose annotations are missing or \
            wrong, for wrong use, and if files cannot be read or written.
            """)

    @Argument(help: "The scripts: files, and folders with .lua files at any depth.", completion: .file())
    var scripts: [String]

    @Option(help: "The file or folder to write to; standard output without it.", completion: .file())
    var output: String?

    @Option(help: "What to write: swift, markdown or manifest.")
    var format = Generation.Format.swift

    @Option(help: "The name of the outermost enum.")
    var root = "Scripts"

    @Option(help: "Who can see the bindings: internal, package or public.")
    var access = BindingGenerator.Access.internal

    @Flag(help: "Leave out scripts without annotations.")
    var annotatedOnly = false

    @Flag(help: "Write nothing; fail if what is there is not what would be written.")
    var check = false

    func run() throws {
        var generation = Generation()
        generation.scripts = scripts
        generation.output = output
        generation.format = format
        generation.root = root
        generation.access = access
        generation.leavesOutOthers = annotatedOnly
        generation.checksOnly = check
        do {
            for line in try generation.run() { Output.line(line) }
        } catch {
            for line in error.lines(for: "perilune generate") { Output.errorLine(line) }
            throw ExitCode(error.status)
        }
    }
}

extension Generation.Format: ExpressibleByArgument {}
extension BindingGenerator.Access: ExpressibleByArgument {}
