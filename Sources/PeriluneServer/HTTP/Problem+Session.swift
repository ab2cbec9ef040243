import HTTPTypes
import Perilune
import PeriluneHummingbird

extension Problem {
    /// Why there is no answer about sessions.
    init(_ error: SessionError) {
        switch error {
        case .unknownShard(let shard):
            self.init(.notFound, "There is no shard \(shard); sessions.shards says how many there are.")
        case .invalidUser:
            self.init(
                .badRequest, "id: not a user's, which has 1 to 128 bytes and neither braces nor control characters.")
        case .engine:
            // The reason is for the log and for health/detailed: it may name hosts.
            self = .sessionsUnavailable(retryAfter: 1)
        default:
            self.init(.internalServerError, "What is stored cannot be read: \(error).")
        }
    }
}
