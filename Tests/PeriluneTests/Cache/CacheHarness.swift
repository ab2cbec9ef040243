import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport

@testable import Perilune

/// A region on an embedded engine of its own, with a clock that a test moves.
struct CacheHarness {
    let clock = ManualClock(microseconds: 1_700_000_000_000_000)
    let engine: EmbeddedEngine
    let region: CacheRegion<String>

    init(_ change: (inout CacheType) -> Void = { _ in }) throws {
        engine = EmbeddedEngine(clock: clock)
        region = try CacheRegion(.exact(change), of: String.self, engine: engine, clock: clock)
    }

    /// The same region as another process has it.
    func otherProcess(_ change: (inout CacheType) -> Void = { _ in }) throws -> CacheRegion<String> {
        var type = region.type
        change(&type)
        return try CacheRegion(type, of: String.self, engine: engine, clock: clock)
    }
}

extension CacheType {
    /// A type of which nothing is left to chance.
    static func exact(_ change: (inout CacheType) -> Void = { _ in }) -> CacheType {
        var type = CacheType("test", ttl: .seconds(60))
        type.jitter = 0
        type.earlyRefresh = 0
        change(&type)
        return type
    }
}

extension ManualClock {
    /// Lets time pass in steps, whenever somebody sleeps, until something is so.
    func pass(_ step: Duration = .milliseconds(10), until condition: () -> Bool) async throws {
        try await PeriluneTestSupport.until {
            if sleeperCount > 0 { advance(by: step) }
            return condition()
        }
    }

    /// Lets time pass in steps, whenever somebody sleeps, until a task is done.
    func pass<Success>(_ step: Duration = .milliseconds(10), until task: Task<Success, any Error>) async throws {
        let isDone = Locked(false)
        let observer = Task {
            _ = await task.result
            isDone.withLock { $0 = true }
        }
        try await pass(step) { isDone.withLock { $0 } }
        await observer.value
    }
}
