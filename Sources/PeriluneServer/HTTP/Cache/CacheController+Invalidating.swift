import HTTPTypes
import Hummingbird
import Perilune
import PeriluneCore
import PeriluneHummingbird

extension CacheController {
    /// Invalidates values of a region: those with any of some tags or with all of them, those of some keys, those whose keys
    /// match a pattern, or all.
    func invalidate(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let region = try region(request, context)
        // Passed over, it would make of some values all.
        guard !request.hasContent else {
            throw Problem(.badRequest, "What to invalidate is said in the query, as in ?tag=a; there is to be no body.")
        }
        let query = try QueryParameters(request, known: ["tag", "match", "key", "pattern"])
        let kinds = query.names.subtracting(["match"])
        guard kinds.count <= 1 else {
            throw Problem(.badRequest, "One of tag, key and pattern at a time.")
        }
        let match = try query.text("match")
        guard match == nil || kinds == ["tag"], [nil, "any", "all"].contains(match) else {
            throw Problem(.badRequest, "match: any or all, and only with tag.")
        }
        let tags = query.all("tag").map { CacheTag(bytes: $0) }
        let keys = query.all("key").map { CacheKey(bytes: $0) }
        if let pattern = try query.text("pattern") {
            return try await sweep(pattern, region, request, context)
        }
        let administration = region.administration
        return try await failures.reported(to: context.logger) { () async throws(CacheError) in
            if !tags.isEmpty {
                if match == "all" {
                    try await administration.invalidate(allOf: tags)
                } else {
                    try await administration.invalidate(tags: tags)
                }
                return Response(json: ["invalidated": "tags"])
            }
            guard !keys.isEmpty else {
                try await administration.clear()
                return Response(json: ["invalidated": "all"])
            }
            var deleted = 0
            for key in keys where try await administration.delete(key) { deleted += 1 }
            return Response(json: ["invalidated": "keys", "deleted": .integer(deleted)])
        }
    }

    private func sweep(
        _ pattern: String, _ region: ManagedRegion, _ request: Request, _ context: ManagementContext
    ) async throws -> Response {
        let sweep = try region.administration.sweep(pattern: pattern)
        let job = StreamedJob(place: try jobs.take()) { report in
            try await failures.reported(to: context.logger) {
                var sweep = sweep
                while let progress = try await sweep.step() {
                    try await report(ServerSentEvent(name: "progress", data: JSONValue(progress)))
                }
                return ["invalidated": "pattern", "deleted": .integer(sweep.progress.deleted)]
            }
        } problem: {
            ($0 as? CacheError).map { Problem($0) }
        }
        return try await job.answer(request, context)
    }
}
