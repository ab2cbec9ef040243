import PeriluneCaching

struct Report: Codable, Sendable {}

struct Place: Sendable, CacheKeyPart {
    var country: String

    func encode(into key: inout CacheKeyEncoder) { key.append(country) }
}

extension Place {
    final class Reports: Sendable {
        let store: Caches
        init(store: Caches) { self.store = store }

        @Cached(
            .outbreakData, in: \Reports.store, ttl: .minutes(5), negativeTTL: .seconds(10),
            tags: ["place:{place.country}", "in:{in}", "{{braces}} \u{E9}", Tags.all], ignoring: ["self", "attempts"])
        func find(
            for place: Place,  // where
            among `in`: [String: Int], _: Bool, attempts: Int = 3, kinds: Int...
        ) async throws -> Report? {
            guard attempts > 0 else { return nil }
            return Report()
        }
    }
}

enum Tags {
    static let all: CacheTag = "all"
}
