import ArgumentParser
import Foundation
import Logging

@main
struct PeriluneBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures Perilune against its targets.")

    @Argument(help: "What to measure: ratelimit, session, cache, embedded or client.")
    var area = "ratelimit"

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @Flag(help: "Few rounds: to see that it runs, not for numbers to keep.")
    var quick = false

    @Option(help: "The folder of the scripts.")
    var scripts = "lua"

    @Option(help: "The perilune program, for the area embedded.")
    var program = ".build/release/perilune"

    @Option(help: "A Python that has fakeredis with lupa, for the area embedded, or cashews and aiocache, for cache.")
    var python: String?

    @Option(help: .hidden)
    var port: Int?

    func run() async throws {
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        let folder = URL(fileURLWithPath: scripts)
        switch area {
        case "ratelimit": try await RateLimitArea(scripts: folder, quick: quick).run(show)
        case "session": try await SessionArea(scripts: folder, quick: quick).run(show)
        case "cache":
            try await CacheArea(scripts: folder, python: python.map { URL(fileURLWithPath: $0) }, quick: quick).run(
                show)
        case "cache-caller":
            guard let port else { throw ValidationError("a caller needs --port") }
            try await CacheCaller(port: port).run()
        case "client": try await ClientArea(scripts: folder, quick: quick).run(show)
        case "embedded":
            try await EmbeddedArea(
                scripts: folder, program: URL(fileURLWithPath: program),
                python: python.map { URL(fileURLWithPath: $0) },
                quick: quick
            ).run(show)
        default:
            throw ValidationError("there is no area \(area); there are ratelimit, session, cache, embedded and client")
        }
    }

    private func show(_ figure: Figure) {
        guard json else { return print(figure.line) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        print((try? encoder.encode(figure)).map { String(decoding: $0, as: UTF8.self) } ?? "")
    }
}
