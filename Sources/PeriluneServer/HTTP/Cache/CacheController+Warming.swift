import HTTPTypes
import Hummingbird
import Perilune
import PeriluneHummingbird

extension CacheController {
    /// How many failed items an answer names.
    private static let mostFailures = 100

    /// Puts values into a region: those of the body as they are, those of its keys from the region's origin.
    ///
    /// The caller's going away ends it. A caller that comes back sends the same body: what is fresh by then is not loaded
    /// again, and with `Last-Event-ID` the server does not even look at what was done before that event.
    func warm(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let region = try region(request, context)
        _ = try QueryParameters(request, known: [])
        // Before the body is read: there are not to be more of them than places.
        let place = try jobs.take()
        let body = try WarmRequest(json: try await request.json(upTo: WarmRequest.longestBody, context))
        guard body.texts.isEmpty || region.settings.origin != nil else {
            throw Problem(
                .unprocessableContent,
                "keys: there is no origin to load them from; send values, or set cache.types.\(region.name).origin.")
        }
        let start = try Self.start(request, body)
        let job = StreamedJob(place: place) { report in
            try await failures.reported(to: context.logger) {
                try await Self.warm(region, body, from: start, report)
            }
        } problem: {
            ($0 as? CacheError).map { Problem($0) }
        }
        return try await job.answer(request, context)
    }

    private static func warm(
        _ region: ManagedRegion, _ body: WarmRequest, from start: Int, _ report: StreamedJob.Report
    ) async throws -> JSONValue {
        var failed: [JSONValue] = []
        let progress = try await region.warm(
            Array(body.items.dropFirst(start)), texts: body.texts, concurrency: body.concurrency, force: body.force
        ) { step in
            var item: [JSONValue.Member] = [
                .init(name: "key", value: .string(body.texts[step.key] ?? step.key.name)),
                .init(name: "outcome", value: .string(word(for: step.outcome))),
            ]
            if let reason = reason(of: step.outcome) {
                item.append(.init(name: "reason", value: .string(reason)))
                if failed.count < mostFailures { failed.append(.object(item)) }
            }
            item.append(.init(name: "done", value: .integer(start + step.progress.done)))
            item.append(.init(name: "total", value: .integer(body.items.count)))
            try await report(
                ServerSentEvent(
                    name: "item", id: "\(body.fingerprint).\(start + step.progress.position)", data: .object(item)))
        }
        return .object(
            JSONValue.members(of: progress) + [
                .init(name: "skipped", value: .integer(start)), .init(name: "failures", value: .array(failed)),
            ])
    }

    /// From which item on: the one after those that were done when the caller's last event was sent.
    private static func start(_ request: Request, _ body: WarmRequest) throws(Problem) -> Int {
        guard let id = request.headers[.lastEventID] else { return 0 }
        let parts = id.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == body.fingerprint, let start = Int(parts[1]),
            (0...body.items.count).contains(start)
        else {
            throw Problem(
                .conflict,
                "Last-Event-ID: not that of an event about this body; send the body to the byte, or leave it out.")
        }
        return start
    }

    private static func word(for outcome: CacheWarmingOutcome) -> String {
        switch outcome {
        case .stored: "stored"
        case .absent: "absent"
        case .fresh: "fresh"
        case .elsewhere: "elsewhere"
        case .refused, .notStored: "refused"
        case .failed: "failed"
        }
    }

    /// Why a value is not there; `nil` when it is, or will be.
    private static func reason(of outcome: CacheWarmingOutcome) -> String? {
        switch outcome {
        case .failed(let error): reason(error)
        case .refused(let refusal):
            switch refusal {
            case .leaseLost: "it was set or deleted meanwhile, or loading it took too long"
            case .flushed: "the region's metadata were lost meanwhile"
            case .invalidated: "it was invalidated meanwhile"
            case .evicted: "it was evicted at once"
            }
        case .stored, .absent, .fresh, .elsewhere, .notStored: nil
        }
    }
}
