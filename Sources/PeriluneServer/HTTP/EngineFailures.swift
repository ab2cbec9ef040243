import Logging
import Perilune
import PeriluneCore
import PeriluneHummingbird

/// Logs that the engine fails and that it works again: a line each, however many requests of whatever kind fail.
struct EngineFailures: Sendable {
    private let log = FailureLog()

    /// Runs an operation and notes whether the engine failed in it. One that was cancelled says nothing of the engine.
    func reported<Answer, Failure: Error>(
        to logger: Logger, _ operation: () async throws(Failure) -> Answer
    ) async throws(Failure) -> Answer {
        do {
            let answer = try await operation()
            if let count = log.succeeded() {
                logger.notice("The engine answers again.", metadata: ["failures": "\(count)"])
            }
            return answer
        } catch {
            if let engineError = Self.engineError(error), engineError.code != .cancelled, let count = log.failed() {
                logger.warning(
                    "The engine gave no answer.", metadata: ["error": "\(engineError)", "failures": "\(count)"])
            }
            throw error
        }
    }

    private static func engineError(_ error: any Error) -> EngineError? {
        switch error {
        case RateLimitError.engine(let error): error
        case SessionError.engine(let error): error
        case CacheError.engine(let error), CacheError.unacknowledged(_, let error): error
        default: nil
        }
    }
}
