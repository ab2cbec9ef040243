public import Hummingbird
import Logging
import NIOCore
import Perilune
import PeriluneCore

/// A response that is fetched anew in the background, for as long as the request that does it is under way.
final class ResponseRefresh: Sendable {
    /// That of the request that is under way.
    @TaskLocal static var current: ResponseRefresh?

    private let flights: Flights<FlightEnd>
    private let lead: Locked<ResponseLead?>

    init(_ lead: ResponseLead, flights: Flights<FlightEnd>) {
        self.flights = flights
        self.lead = Locked(lead)
    }

    /// Takes what is to be done, once, if it is for a cache and a URL.
    func take(for flights: Flights<FlightEnd>, _ url: ResponseURL) -> ResponseLead? {
        guard self.flights === flights else { return nil }
        return lead.withLock { lead in
            guard lead?.url == url else { return nil }
            defer { lead = nil }
            return lead
        }
    }

    /// Takes what nobody has done.
    func takeRest() -> ResponseLead? {
        lead.withLock { lead in
            defer { lead = nil }
            return lead
        }
    }
}

/// Has responses fetched anew in the background, if it was told how.
final class ResponseRefresher<Context: RequestContext>: Sendable {
    typealias Respond = @Sendable (Request, Context) async throws -> Response

    private struct State {
        var respond: Respond?
        var most = 0
        var running = 0
    }

    private let state = Locked(State())

    func set(_ respond: @escaping Respond, most: Int) {
        state.withLock { state in
            state.respond = respond
            state.most = most
        }
    }

    /// Begins to fetch a response.
    ///
    /// - Returns: `false` when nobody has said how, or too many are being fetched.
    func begin(
        _ lead: ResponseLead, _ request: Request, _ context: Context, _ cache: ResponseCacheMiddleware<Context>
    ) -> Bool {
        let respond: Respond? = state.withLock { state in
            guard state.running < state.most else { return nil }
            state.running += 1
            return state.respond
        }
        guard let respond else { return false }
        let refresh = ResponseRefresh(lead, flights: cache.flights)
        // Its content, if it has any, is gone with the one that it is made of.
        let request = Request(head: request.head, body: RequestBody(buffer: ByteBuffer()))
        Task {
            do {
                // What the request that is answered by now has used does not count.
                _ = try await SessionUses.$current.withValue(nil) {
                    try await ResponseRefresh.$current.withValue(refresh) { try await respond(request, context) }
                }
            } catch {
                context.logger.debug("A response was not fetched anew.", metadata: ["error": "\(error)"])
            }
            if let rest = refresh.takeRest() {
                // Something has answered before the cache was asked.
                await cache.giveUp(rest)
                if let flight = rest.flight { cache.land(flight, rest.key, .goAlone) }
            }
            state.withLock { $0.running -= 1 }
        }
        return true
    }
}

extension ResponseCacheMiddleware {
    /// Has stale responses fetched anew in the background, and not by one of the requests that they are served to.
    ///
    /// ```swift
    /// let responder = router.buildResponder()
    /// cache.refresh { request, context in try await responder.respond(to: request, context: context) }
    /// ```
    ///
    /// The request passes through whatever there is before the cache once more. Its context is that of the request that has
    /// been answered: where contexts hold what belongs to one request, such as a session, make another one of it. The
    /// responder lives for as long as the middleware does, and the other way round.
    ///
    /// - Parameters:
    ///   - most: How many responses are fetched at the same time in this process; when there are more, requests fetch them.
    ///   - respond: Answers a request by the router that has this middleware.
    public func refresh(
        atMost most: Int = 16, by respond: @escaping @Sendable (Request, Context) async throws -> Response
    ) {
        refresher.set(respond, most: most)
    }
}
