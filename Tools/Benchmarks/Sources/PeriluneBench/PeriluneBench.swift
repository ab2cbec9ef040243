import ArgumentParser
import Foundation
import Logging

@main
struct PeriluneBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures Perilune; every target is a ratio within one run.")

    @Argument(help: "What to measure: ratelimit.")
    var area = "ratelimit"

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @Flag(help: "Few rounds: to see that it runs, not for numbers to keep.")
    var quick = false

    @Option(help: "The folder of the scripts.")
    var scripts = "lua"

    func run() async throws {
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        guard area == "ratelimit" else { throw ValidationError("there is no area \(area); there is ratelimit") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try await RateLimitArea(scripts: URL(fileURLWithPath: scripts), quick: quick).run { figure in
            if json {
                print((try? encoder.encode(figure)).map { String(decoding: $0, as: UTF8.self) } ?? "")
            } else {
                print(figure.line)
            }
        }
    }
}
