import ArgumentParser
import PeriluneServer

/// The command line, `perilune`.
struct PeriluneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perilune",
        abstract: "Rate limits, sessions and a cache as atomic Redis scripts, with or without a Redis server.",
        version: periluneVersion,
        subcommands: [
            ServeCommand.self, RedisPortCommand.self, ReplayCommand.self, CheckCommand.self, TestCommand.self,
            GenerateCommand.self, ReplCommand.self,
        ])
}

@main
enum Program {
    /// Runs the command that the arguments name.
    ///
    /// Wrong use is one line on standard error and exit status 2, as for wrong configuration; the parser's own status
    /// for it would be 64.
    static func main() async {
        do {
            var command = try PeriluneCommand.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard PeriluneCommand.exitCode(for: error) == .validationFailure else {
                PeriluneCommand.exit(withError: error)
            }
            Output.error(PeriluneCommand.message(for: error))
            PeriluneCommand.exit(withError: ExitCode(2))
        }
    }
}
