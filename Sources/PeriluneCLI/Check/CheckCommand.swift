import ArgumentParser
import PeriluneCheck

/// `perilune check`: what is wrong with Redis scripts, without running them.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check Lua scripts for Redis.",
        discussion: """
            Reads every .lua file of the paths as Redis would, Lua 5.1, and follows what it does with its keys, numbers, \
            replies and errors. Files that others take in by `--- @include "name"` are checked as parts of those.

            `-- perilune:ignore R005 reason` behind code suppresses a rule for its line, and on a line of its own for \
            the statement that follows, up to the first block in it; `perilune:ignore-file` does for a whole file. The part `check` of a perilune.yaml says which rules look at \
            which scripts.

            Exit status: 0; 1 if something was found that is worse than a note; 2 for wrong use, or a file that cannot \
            be read or written.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, sarif, junit, github }

    enum Colour: String, ExpressibleByArgument, CaseIterable { case auto, always, never }

    @Argument(help: "Files and folders; - is standard input.", completion: .file(extensions: ["lua"]))
    var paths: [String] = []

    @Option(help: "The Redis that runs the scripts: \(RedisVersion.wanted).")
    var redis: String?

    @Option(help: "How findings are written: text, json, sarif, junit or github.")
    var format = Format.text

    @Option(
        name: .customLong("rule"),
        help: "Sets a rule, as in R018=warning or unused-local=off; all=on switches every rule on.")
    var rules: [String] = []

    @Option(
        help: "The configuration, instead of the perilune.yaml of this folder.",
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Option(help: "What standard input is called, for editors.")
    var stdinFilename: String?

    @Flag(help: "Show what can be mended by machine as a diff.")
    var fix = false

    @Flag(help: "With --fix: make the changes.")
    var write = false

    @Option(name: .customLong("color"), help: "Whether text is coloured: auto, always or never.")
    var colour = Colour.auto

    @Flag(name: .customLong("rules"), help: "List the rules.")
    var listsRules = false

    @Option(help: "Explain a rule, by R005 or undeclared-key.")
    var explain: String?

    func validate() throws {
        if write, !fix { throw ValidationError("--write goes with --fix") }
        if fix, format != .text { throw ValidationError("--fix shows a diff, and no --format") }
        if stdinFilename != nil, paths.contains(where: { $0 != "-" }) {
            throw ValidationError("--stdin-filename is about standard input, and there are other paths")
        }
    }

    func run() throws {
        if listsRules {
            Output.line(RuleText.list)
            return
        }
        if let explain {
            guard let rule = RuleCatalog.rule(named: explain) else {
                throw ValidationError("there is no rule '\(printable(explain, atMost: 80))'; --rules lists them")
            }
            Output.line(RuleText.explanation(of: rule))
            return
        }
        var program: CheckProgram
        do {
            program = try CheckProgram(
                settings: CheckSettings(file: config, redis: redis, rules: rules),
                isColoured: colour == .always || colour == .auto && Output.isColoured)
        } catch {
            throw ValidationError(printable(error.description, atMost: 1_000))
        }
        program.readFiles(paths.isEmpty ? [stdinFilename == nil ? "." : "-"] : paths, stdinName: stdinFilename)
        if fix {
            try write ? program.writeFixes() : program.showFixes()
        } else {
            try program.report(format)
        }
        if program.status != 0 { throw ExitCode(program.status) }
    }
}
