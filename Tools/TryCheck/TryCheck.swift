import ArgumentParser

/// Tries the validator on what people wrote, and on what nobody would.
@main
struct TryCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try-check",
        abstract: "Tries perilune check on many files: against lua5.1, against the clock, and on random changes.",
        subcommands: [CompareCommand.self, MeasureCommand.self, FuzzCommand.self, FuzzWorkerCommand.self])
}
