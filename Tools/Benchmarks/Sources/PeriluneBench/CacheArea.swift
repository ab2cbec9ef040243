import Foundation

/// `Tools/bench cache`: what reading, storing and invalidating costs, what entries take, and how other caches do.
struct CacheArea {
    let scripts: URL
    /// The Python that has cashews and aiocache; `nil` leaves the comparison out.
    let python: URL?
    let quick: Bool

    func run(_ emit: (Figure) -> Void) async throws {
        for figure in try invalidating() { emit(figure) }
        let server = try BenchmarkServer()
        defer { server.stop() }
        for figure in try reading(server) { emit(figure) }
        for figure in try storing(server) { emit(figure) }
        for figure in try memory(server) { emit(figure) }
        for figure in try await library(server) { emit(figure) }
        for figure in try await near(server) { emit(figure) }
        emit(try stampede(server))
    }

    /// So many bytes that are not compressible by their looks.
    static func value(_ count: Int) -> [UInt8] {
        (0..<count).map { index -> UInt8 in
            let mixed = index * 7_919 + index / 89
            return UInt8(33 + mixed % 90)
        }
    }

    func fill(_ client: RawClient, _ commands: [ExchangeCost.Trip]) throws {
        for start in stride(from: 0, to: commands.count, by: 1_000) {
            let part = commands[start..<min(start + 1_000, commands.count)]
            try client.pipeline(part.flatMap(\.bytes), replies: part.reduce(0) { $0 + $1.replies })
        }
    }
}
