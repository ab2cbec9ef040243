import ArgumentParser
import Foundation
import PeriluneCheck
import PeriluneLua

/// `try-check measure`: how fast files are parsed and checked.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Measures how many files a second of one core are parsed, and checked by all rules.",
        discussion: """
            The time is that of the processor, so other load does not show; of several rounds the fastest counts. Files \
            that are not Lua 5.1 are left out.
            """)

    @Argument(help: "Folders and files.", completion: .directory)
    var folders: [String]

    @Option(help: "How often.")
    var rounds = 3

    func run() throws {
        let files = try LuaFile.all(in: folders).filter { (try? LuaParser.parse($0.bytes)) != nil }
        guard !files.isEmpty, rounds > 0 else { throw ValidationError("nothing to measure") }
        let bytes = files.reduce(0) { $0 + $1.bytes.count }
        show("\(files.count) files of Lua 5.1, \(bytes / files.count) bytes on average")
        measure("parse", files) { _ = try? LuaParser.parse($0.bytes) }
        var settings = RuleSettings()
        settings.setAllOn()
        let validator = Validator(settings: settings)
        measure("check", files) { _ = validator.findings(in: ScriptSource(path: $0.path, bytes: $0.bytes)) }
    }

    private func measure(_ name: String, _ files: [LuaFile], _ body: (LuaFile) -> Void) {
        let bytes = files.reduce(0) { $0 + $1.bytes.count }
        var best = Double.infinity
        var slowest: (seconds: Double, path: String) = (0, "")
        for _ in 0..<rounds {
            var total = 0.0
            for file in files {
                let seconds = ProcessorTime.seconds { body(file) }
                total += seconds
                if seconds > slowest.seconds { slowest = (seconds, file.path) }
            }
            best = min(best, total)
        }
        let rate = Double(files.count) / best
        show(
            String(
                format: "%@: %.0f files/s, %.2f MB/s, %.2f ms a file; slowest %.0f ms: %@", name, rate,
                Double(bytes) / best / 1e6, 1_000 / rate, slowest.seconds * 1_000, slowest.path))
    }
}

/// The time that the processor spends on this thread.
enum ProcessorTime {
    static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let begin = now
        try body()
        return now - begin
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
