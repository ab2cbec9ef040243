import ArgumentParser
import Foundation
import PeriluneFuzzing

@main
struct FuzzEngines: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz-engines",
        abstract: "Compares the embedded engine with redis-server on random commands and scripts.",
        discussion: """
            Ends with exit code 1 at the first difference, and prints the shortest sequence found that reproduces it.
            """)

    @Option(help: "How many commands and scripts.")
    var steps = 1_000_000

    @Option(help: "Makes the same commands and scripts again.")
    var seed: UInt64?

    func run() throws {
        let seed = seed ?? .random(in: 0...UInt64.max)
        show("seed \(seed)")
        var run = try FuzzRun(seed: seed)
        let begin = ContinuousClock.now
        var reported = 0
        while run.stepsDone < steps {
            if let finding = try run.episode(atMost: steps - run.stepsDone) {
                show("difference after \(run.stepsDone) steps:\n\(finding.disagreement)\nThe steps, from no data on:")
                for step in finding.steps { show("  \(step)") }
                throw ExitCode(1)
            }
            if run.stepsDone >= reported + 50_000 {
                reported = run.stepsDone
                let seconds = (ContinuousClock.now - begin) / .seconds(1)
                show("\(reported) steps, \(Int(Double(reported) / seconds)) a second")
            }
        }
        show("\(run.stepsDone) steps, no difference")
    }

    /// Prints a line at once, wherever the output goes.
    private func show(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
}
