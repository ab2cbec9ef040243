import ArgumentParser
import Foundation
import PeriluneCheckFuzzing

/// The process that checks; it ends at its first failure.
struct FuzzWorker {
    let folders: [String]
    let first: UInt64
    let seconds: Double
    var cases: Int?

    /// How a process ended.
    struct End {
        /// The last case.
        let number: UInt64
        let failure: String?
    }

    func run() throws -> End {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("try-check-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments =
            ["fuzz-worker", "--at", file.path, "--seed", String(first), "--seconds", String(seconds)]
            + (cases.map { ["--cases", String($0)] } ?? []) + ["--"] + folders
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        let at = FileManager.default.contents(atPath: file.path).map { String(decoding: $0, as: UTF8.self) }
        let number = at.flatMap { UInt64($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? first
        if process.terminationReason == .uncaughtSignal {
            let signal = process.terminationStatus
            return End(number: number, failure: signal == SIGALRM ? "hangs" : "crashes by signal \(signal)")
        }
        let message = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if process.terminationStatus == 0 { return End(number: number, failure: nil) }
        return End(number: number, failure: message.isEmpty ? "exit status \(process.terminationStatus)" : message)
    }
}

/// `try-check fuzz-worker`: what ``FuzzWorker`` starts.
struct FuzzWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fuzz-worker", shouldDisplay: false)

    @OptionGroup var options: FuzzOptions

    @Option(help: "The file in which the case stands.")
    var at: String

    /// How long a case may take, in seconds of a processor.
    private static let bound = 2.0
    /// After how many seconds by the clock a case is given up.
    private static let patience: UInt32 = 30

    func run() throws {
        let fuzz = try options.fuzz()
        guard FileManager.default.createFile(atPath: at, contents: nil),
            let file = FileHandle(forWritingAtPath: at)
        else { throw ValidationError("\(at) cannot be written") }
        let begin = ContinuousClock.now
        var number = options.seed ?? 0
        var left = options.cases ?? .max
        while left > 0, ContinuousClock.now - begin < .seconds(options.seconds) {
            // All numbers have 20 digits, so that the last one stands alone.
            try file.seek(toOffset: 0)
            try file.write(contentsOf: Data(String(repeating: " ", count: max(0, 20 - String(number).count)).utf8))
            try file.write(contentsOf: Data(String(number).utf8))
            alarm(Self.patience)
            let project = fuzz.project(number)
            var failure: String?
            let seconds = ProcessorTime.seconds { failure = ProjectTrial(project).failure() }
            if seconds > Self.bound { failure = failure ?? "takes \(seconds) s for \(project.size) bytes" }
            if let failure {
                show(failure)
                throw ExitCode(1)
            }
            number &+= 1
            left -= 1
        }
    }
}
