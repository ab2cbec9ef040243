import Foundation
import Logging
import PeriluneCore
import PeriluneEmbedded
import PeriluneServer
import PeriluneTestSupport
import ServiceLifecycle
import Testing

@Suite struct SnapshotServiceTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/snapshot" }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func service(_ engine: EmbeddedEngine, interval: Duration = .seconds(3600)) -> SnapshotService {
        SnapshotService(
            engine: engine, path: path, interval: interval,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func theEndIsWritten() async throws {
        let engine = EmbeddedEngine()
        let service = service(engine)
        try service.restore()
        _ = try await engine.send(RedisCommand("SET", ["key", "value"]))
        try await runAndShutDown(service)
        let next = EmbeddedEngine()
        try self.service(next).restore()
        #expect(try await next.send(RedisCommand("GET", ["key"])) == .bulk("value"))
    }

    @Test func nothingIsWrittenWhenNothingWasChanged() async throws {
        let engine = EmbeddedEngine()
        let service = service(engine)
        try service.restore()
        _ = try await engine.send(RedisCommand("GET", ["key"]))
        try await runAndShutDown(service)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func changesAreWrittenAtIntervals() async throws {
        let engine = EmbeddedEngine()
        let service = service(engine, interval: .milliseconds(5))
        let task = Task { try await service.run() }
        for value in ["one", "two"] {
            _ = try await engine.send(RedisCommand("SET", ["key", .string(value)]))
            let other = EmbeddedEngine()
            while try await other.send(RedisCommand("GET", ["key"])) != .bulk(value) {
                try? other.restoreSnapshot(from: path)
                await Task.yield()
            }
        }
        task.cancel()
        try await task.value
    }

    /// What is damaged is refused and left, whatever happens next; what was not finished goes.
    @Test func aDamagedFileIsLeftAlone() throws {
        let bytes = Data("PERILUNE, but not really".utf8)
        try bytes.write(to: URL(filePath: path))
        try bytes.write(to: URL(filePath: path + ".tmp"))
        #expect(throws: SnapshotError.self) { try service(EmbeddedEngine()).restore() }
        #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
        #expect(!FileManager.default.fileExists(atPath: path + ".tmp"))
    }

    private func runAndShutDown(_ service: SnapshotService) async throws {
        let group = ServiceGroup(services: [service], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let task = Task { try await group.run() }
        await group.triggerGracefulShutdown()
        try await task.value
    }
}
