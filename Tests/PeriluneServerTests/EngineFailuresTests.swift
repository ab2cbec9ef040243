import Perilune
import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneServer

@Suite struct EngineFailuresTests {
    @Test func aRequestThatWasCancelledIsNoFailureOfTheEngine() async throws {
        let log = RecordedLog()
        let failures = EngineFailures()
        let errors: [CacheError] = [
            .engine(EngineError(.cancelled, "cancelled")),
            .unacknowledged(shards: [0], EngineError(.cancelled, "cancelled")),
        ]
        for error in errors {
            await #expect(throws: error) {
                try await failures.reported(to: log.logger) { () async throws(CacheError) in throw error }
            }
        }
        #expect(log.lines.isEmpty)
        // Nor is it an answer: nothing works again.
        let failure = CacheError.engine(EngineError(.unreachable, "down"))
        for error in [failure, errors[0]] {
            _ = try? await failures.reported(to: log.logger) { () async throws(CacheError) in throw error }
        }
        #expect(log.lines == ["warning The engine gave no answer. error=unreachable: down failures=1"])
    }
}
