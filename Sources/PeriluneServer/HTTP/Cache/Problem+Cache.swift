import HTTPTypes
import Perilune
import PeriluneHummingbird

extension Problem {
    /// Why there is no answer about a cache.
    init(_ error: CacheError) {
        switch error {
        case .engine, .timedOut, .notReplicated:
            // The reason is for the log and for health/detailed: it may name hosts.
            self = .cacheUnavailable(retryAfter: 1)
        case .unacknowledged(let shards, _):
            self = .cacheUnavailable(retryAfter: 1)
            detail =
                "\(shards.count) shards have not acknowledged the invalidation. The server goes on trying; asking again "
                + "does no harm."
            members = [.init(name: "pending_shards", value: .array(shards.map(JSONValue.integer)))]
        case .tooManyTags, .noTags, .tagsTooLong:
            self.init(.badRequest, "tag: \(error).")
        case .invalidPattern:
            self.init(.badRequest, "pattern: \(error).")
        case .timeOutOfRange:
            self.init(.unprocessableContent, "ttl: \(error).")
        case .tooLarge, .coding:
            self.init(.unprocessableContent, "value: \(error).")
        case .shardsDiffer:
            self.init(.conflict, "\(error); cache.types says how many shards the server takes it to have.")
        case .corrupt:
            self.init(.internalServerError, "What is stored cannot be read: \(error).")
        }
    }
}
