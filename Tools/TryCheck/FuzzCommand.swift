import ArgumentParser
import Foundation
import PeriluneCheck
import PeriluneCheckFuzzing

/// What both processes of a run need to know.
struct FuzzOptions: ParsableArguments {
    @Argument(help: "Folders and files whose scripts are changed, besides the examples of the rules.")
    var folders: [String] = ["lua"]

    @Option(help: "The first case; the same case is the same project of the same scripts.")
    var seed: UInt64?

    @Option(help: "How many cases.")
    var cases: Int?

    @Option(help: "How long, in seconds.")
    var seconds = 60.0

    @Option(help: "The folder for the scripts of cases that fail.")
    var keep = FileManager.default.temporaryDirectory.appendingPathComponent("try-check").path

    func validate() throws {
        guard seconds > 0, seconds <= 1e7 else { throw ValidationError("--seconds is from 0 to ten million") }
    }

    func fuzz() throws -> ScriptFuzz {
        ScriptFuzz(scripts: ScriptFuzz.examples + (try LuaFile.all(in: folders)).map(\.bytes))
    }
}

/// `try-check fuzz`: the whole validator on random changes of scripts.
///
/// The work is done by a second process, so that a crash ends that one only; which case it is at stands in a file.
struct FuzzCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz",
        abstract:
            "Checks random changes of scripts in every way: none may crash, hang, or be mended into what is not Lua.",
        discussion: """
            A project of up to 64 KiB a script may take two seconds of a processor. A failure names its case, whose \
            scripts are kept; --seed CASE --cases 1 repeats it. Exit status 1 at any failure.
            """)

    @OptionGroup var options: FuzzOptions

    /// How many failures end a run.
    private static let enough = 20

    func run() throws {
        let begin = ContinuousClock.now
        let fuzz = try options.fuzz()
        let first = options.seed ?? .random(in: 0...UInt64.max / 2)
        show("from case \(first) on")
        var (next, failures) = (first, 0)
        var isDone = false
        while !isDone, failures < Self.enough {
            let left = options.seconds - (ContinuousClock.now - begin) / .seconds(1)
            guard left > 0 else { break }
            var worker = FuzzWorker(folders: options.folders, first: next, seconds: left)
            worker.cases = options.cases.map { $0 - Int(clamping: next &- first) }
            let end = try worker.run()
            isDone = end.failure == nil
            if let failure = end.failure {
                failures += 1
                let folder = try keep(fuzz.project(end.number))
                show("case \(end.number): \(failure); kept in \(folder)")
                isDone = options.cases.map { end.number &- first &+ 1 >= UInt64(clamping: $0) } ?? false
            }
            next = end.number &+ 1
        }
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        show("\(next &- first) cases in \(Int(seconds)) s, \(failures) failures")
        if failures > 0 { throw ExitCode(1) }
    }

    private func keep(_ project: FuzzedProject) throws -> String {
        let folder = URL(fileURLWithPath: options.keep).appendingPathComponent(String(project.number))
        for source in project.sources {
            let file = folder.appendingPathComponent(source.path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(source.bytes).write(to: file)
        }
        return folder.path
    }
}
