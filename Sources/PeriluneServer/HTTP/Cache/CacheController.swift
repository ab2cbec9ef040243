import HTTPTypes
import Hummingbird
import Perilune
import PeriluneCore
import PeriluneHummingbird

/// The operations on cache regions.
struct CacheController: Sendable {
    let regions: ManagedRegions
    let engine: Engine
    let failures: EngineFailures
    /// Work of which only so much is under way at once.
    let jobs = JobLimit(4)

    var routes: [Route] {
        [
            Route(.get, "/api/v1/cache/stats", scope: .read, statistics),
            Route(.get, "/api/v1/cache/advice", scope: .read, advice),
            Route(.get, "/api/v1/cache/health", scope: .read, health),
            Route(.delete, "/api/v1/cache/invalidate/:cache_type", scope: .admin, invalidate),
            Route(.post, "/api/v1/cache/warm/:cache_type", scope: .admin, warm),
        ]
    }

    /// The region that a path names.
    func region(_ request: Request, _ context: ManagementContext) throws(Problem) -> ManagedRegion {
        let name = try request.pathParameter("cache_type", context)
        guard let region = regions.all.first(where: { $0.name == name }) else {
            let names = regions.all.map(\.name)
            throw Problem(
                .notFound,
                names.isEmpty
                    ? "No cache types are configured." : "cache_type: not one of \(names.joined(separator: ", ")).")
        }
        return region
    }

    // MARK: What the regions did

    private func statistics(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let query = try QueryParameters(request, known: ["window"])
        let window = try Self.window(query) ?? .hour
        let all = try await statistics(over: window, context)
        let first = all.first?.1
        return Response(
            json: [
                "time": first.map { .time($0.time) } ?? .null,
                "window": .seconds(.seconds(window.minutes * 60)),
                "regions": .array(all.map { .object(JSONValue.members(of: $1, named: $0.name)) }),
            ])
    }

    private func advice(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let query = try QueryParameters(request, known: ["window", "stale_share"])
        let window = try Self.window(query) ?? .day
        var goal = TTLAdvice.Goal.standard
        if let text = try query.text("stale_share") {
            guard let share = Double(text), (0...1).contains(share) else {
                throw Problem(
                    .badRequest, "stale_share: not a number from 0 to 1: the share of hits that may be outdated.")
            }
            goal.staleShare = share
        }
        let all = try await statistics(over: window, context)
        return Response(
            json: [
                "window": .seconds(.seconds(window.minutes * 60)),
                "advice": .array(
                    all.map { region, statistics in
                        JSONValue(
                            statistics.ttlAdvice(configured: region.settings.type.ttl, goal: goal), named: region.name)
                    }),
            ])
    }

    private func statistics(
        over window: CacheStatistics.Window, _ context: ManagementContext
    ) async throws -> [(ManagedRegion, CacheStatistics)] {
        try await failures.reported(to: context.logger) { () async throws(CacheError) in
            var all: [(ManagedRegion, CacheStatistics)] = []
            for region in regions.all { all.append((region, try await region.administration.statistics(window))) }
            return all
        }
    }

    /// How far back the caller wants to look.
    private static func window(_ query: QueryParameters) throws(Problem) -> CacheStatistics.Window? {
        guard let text = try query.text("window") else { return nil }
        guard let time = DurationText.duration(of: text), (.seconds(60)...(.seconds(86_400))).contains(time) else {
            throw Problem(.badRequest, "window: not a time from 1min to 24h, such as 5min, 1h or 24h.")
        }
        return .minutes(Int(time.components.seconds / 60))
    }

    /// Why an item or a job failed, in words that are for the caller.
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as OriginFailure: error.description
        case let error as CacheError: error.description
        default: "it failed"
        }
    }
}
