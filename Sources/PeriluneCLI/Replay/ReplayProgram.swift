import Perilune
import PeriluneCore
import PeriluneEmbedded

/// The work of `perilune replay`, from checked options to the exit status.
struct ReplayProgram {
    var options: ReplayOptions
    var console: ReplayConsole

    /// Replays the log and writes the report.
    ///
    /// - Returns: The exit status: 0, or 1 when something failed, the numbers are not reliable or too much was denied.
    func run() async -> Int32 {
        do {
            let report = try await replay()
            try console.write(options.json ? report.json : report.text(style: style))
            return verdict(on: report.statistics)
        } catch let error as ReplayError {
            return fail(error.description)
        } catch {
            return fail("\(error)")
        }
    }

    /// Replays the log on an embedded engine of its own, whose clock stands where the log is.
    private func replay() async throws -> ReplayReport {
        let file = try InputFile(path: options.path)
        var lines = LineReader(try file.contents())
        let clock = ManualClock(microseconds: 0)
        var run = ReplayRun(
            engine: EmbeddedEngine(clock: clock), policy: options.policy, by: options.field,
            moveClock: { clock.set(microseconds: $0) })
        try await replay(&run, &lines, of: file)
        let statistics = run.statistics
        guard statistics.requests > 0 else {
            let first = statistics.firstMalformed.map { "line \($0.number): \($0.fault)" }
            throw ReplayError.noRequests(file.name, malformed: statistics.malformed, first: first)
        }
        return ReplayReport(
            name: file.name, policy: options.policy, field: options.field, statistics: statistics, top: options.top)
    }

    private func replay(_ run: inout ReplayRun, _ lines: inout LineReader, of file: InputFile) async throws {
        guard let width = console.errorWidth else { return try await run.replay(&lines) }
        var bar = ProgressBar(name: file.name, width: width, write: console.writeError)
        defer { bar.clear() }
        try await run.replay(&lines) { count in bar.update(position: file.position, of: file.size, lines: count) }
    }

    private func verdict(on statistics: ReplayStatistics) -> Int32 {
        if let doubt = statistics.doubt { return fail("the numbers are not reliable: \(doubt)") }
        guard let share = options.failAbove,
            share.isExceeded(by: statistics.denied, of: statistics.requests)
        else { return 0 }
        let denied = "\(grouped(statistics.denied)) of \(grouped(statistics.requests)) requests"
        return fail(
            "\(percent(statistics.denied, of: statistics.requests)) denied (\(denied)), more than \(share)")
    }

    private func fail(_ message: String) -> Int32 {
        console.writeError("perilune replay: \(printable(message, atMost: 1_000))\n")
        return 1
    }

    private var style: ReportStyle {
        ReportStyle(
            width: console.outputWidth ?? 80, hasColour: console.hasColour, cutsNames: console.outputWidth != nil)
    }
}
