import HTTPTypes
import Hummingbird
import Perilune
import PeriluneCore

/// What those are told who wait for a request that fetches a response.
enum FlightEnd: Sendable, Hashable {
    /// There may be a response now.
    case lookAgain
    /// What came of it is not for others: they had better not wait for the next one.
    case goAlone
    /// A handler has failed: a stale response is better than to try once more.
    case failed
}

/// The right, and the duty, to fetch a response.
struct ResponseLead: Sendable {
    let url: ResponseURL
    let key: CacheKey
    let token: CacheToken
    /// Who waits in this process; `nil` when nobody can.
    let flight: Flight<FlightEnd>?
    /// What is stored.
    let finding: CacheableRequest.Finding
    /// The variance of the entry of the URL, if the key is that of a variant.
    let main: ResponseVariance?
}

extension ResponseCacheMiddleware {
    private enum Look {
        case serve(CachedResponse, age: Int)
        case variant(ResponseVariance)
        case lead(ResponseLead)
        case wait(Flight<FlightEnd>)
        case pass(CacheStatus)
        case failed(CacheError)
    }

    /// How a request looks for its response.
    private struct Way {
        /// The variance of the entry of the URL, to look for another variant.
        var main: ResponseVariance?
        /// Whether it waits for nobody.
        var isAlone: Bool
        /// Whether it takes what may be served when a handler fails.
        var takesStale = false
    }

    /// How often a request looks again because of what others did.
    private static var mostLooks: Int { 8 }

    /// Answers a request from the cache, or fetches its response.
    func serve(
        _ asked: CacheableRequest, _ request: Request, _ context: Context, _ next: Next
    ) async throws -> Response {
        // What began to be fetched before does not do for a client that wants something newer.
        var way = Way(isAlone: asked.directives.flags.contains(.noCache))
        let deadline = clock.microseconds.addingReportingOverflow(region.type.waitLimit.wholeMicroseconds)
        for _ in 0..<Self.mostLooks {
            switch await look(asked, way) {
            case .serve(let response, let age):
                noteSuccess(context)
                return answer(response, age: age, asked)
            case .variant(let variance): way.main = variance
            case .lead(let lead):
                noteSuccess(context)
                if lead.finding.verdict == .whileRevalidate, let stale = lead.finding.response,
                    refresher.begin(lead, asked.forwarded(request), context, self)
                {
                    return answer(stale, age: lead.finding.age, asked)
                }
                return try await fetch(lead, asked, request, context, next)
            case .wait(let flight):
                let end = await flight.outcome(by: deadline.overflow ? nil : deadline.partialValue, clock: clock)
                try Task.checkCancellation()
                if end == .lookAgain { continue }
                way.isAlone = true
                way.takesStale = end == .failed
            case .pass(let status):
                return try await pass(status, asked, request, context, next)
            case .failed(let error):
                try Task.checkCancellation()
                note(error, context)
                return try await pass(CacheStatus(forward: .miss), asked, request, context, next)
            }
        }
        return try await pass(CacheStatus(forward: .miss), asked, request, context, next)
    }

    /// Has a request answered without the cache, unless its client does not want that.
    private func pass(
        _ status: CacheStatus, _ asked: CacheableRequest, _ request: Request, _ context: Context, _ next: Next
    ) async throws -> Response {
        if asked.isOnlyIfCached {
            return told(status, Problem(.gatewayTimeout, "No response is stored.").response(to: request))
        }
        return try await told(status) { try await next(request, context) }
    }

    /// Looks for the response, and if there is none finds out who is to fetch it.
    private func look(_ asked: CacheableRequest, _ way: Way) async -> Look {
        let key = key(asked, way.main)
        let mayFetch = asked.mayBeStored && !asked.isOnlyIfCached
        var finding = asked.finding(nil, storedFor: 0, isVariant: way.main != nil)
        var mine: Flight<FlightEnd>?
        var others: Flight<FlightEnd>?
        func decide(_ entry: CacheEntry<CachedResponse>?) -> CacheLookupDecision {
            finding = asked.finding(
                entry?.value, storedFor: entry?.age.millisecondsRoundedUp ?? 0, isVariant: way.main != nil)
            switch finding.verdict {
            case .usable, .otherVariant: return .use
            case .withheld: return .leave
            case .uncacheable: return mayFetch ? .compute : .leave
            case .whileRevalidate:
                // Whoever has seen a fetch fail has no need to try once more.
                guard mayFetch, !way.isAlone else { return .use }
                mine = mine ?? flights.refresh(key)
                return mine == nil ? .use : .compute
            case .ifError where way.takesStale: return .use
            case .ifError, .useless:
                guard mayFetch else { return .leave }
                guard !way.isAlone, mine == nil else { return .compute }
                let (flight, isNew) = flights.join(key)
                if isNew { mine = flight } else { others = flight }
                return isNew ? .compute : .leave
            }
        }
        func land(_ end: FlightEnd) {
            if let mine { self.land(mine, key, end) }
        }
        do throws(CacheError) {
            for limit in [.zero, region.type.waitLimit] {
                switch (try await region.lookup(key, waitingFor: limit, deciding: decide), finding.verdict) {
                case (.hit, .otherVariant):
                    land(.lookAgain)
                    if let variance = finding.response?.variance { return .variant(variance) }
                case (.hit, _):
                    land(.lookAgain)
                    if let response = finding.response { return .serve(response, age: finding.age) }
                case (.miss(let token), let verdict):
                    // Nobody waits for what may be no response for others.
                    if verdict == .uncacheable { land(.goAlone) }
                    let flight = verdict == .uncacheable ? nil : mine
                    return .lead(
                        ResponseLead(
                            url: asked.url, key: key, token: token, flight: flight, finding: finding, main: way.main))
                case (.busy, .whileRevalidate):
                    land(.lookAgain)
                    if let response = finding.response { return .serve(response, age: finding.age) }
                case (.busy, .ifError) where mine != nil, (.busy, .useless) where mine != nil:
                    // Another process fetches it.
                    continue
                case (.busy, _):
                    land(.goAlone)
                    if let others { return .wait(others) }
                }
                let isBusy = mayFetch && finding.verdict != .withheld
                return .pass(CacheStatus(forward: isBusy ? .miss : finding.forward))
            }
            land(.goAlone)
            return .pass(CacheStatus(forward: .miss))
        } catch {
            land(.goAlone)
            return .failed(error)
        }
    }

    private func key(_ asked: CacheableRequest, _ main: ResponseVariance?) -> CacheKey {
        guard let main else { return asked.url.key }
        let digest = ResponseVariance.digest(main.names, in: asked.fields)
        return asked.url.key(
            generation: main.generation, bucket: ResponseVariance.bucket(digest, of: policy.maximumVariants))
    }

    /// Tells those who wait for a request that fetches a response.
    func land(_ flight: Flight<FlightEnd>, _ key: CacheKey, _ end: FlightEnd) {
        flights.end(flight, key)
        flight.land(end)
    }

    /// Answers a request from the cache.
    ///
    /// - Parameter age: In milliseconds.
    private func answer(_ stored: CachedResponse, age: Int, _ asked: CacheableRequest) -> Response {
        answer(stored, age: age, asked, CacheStatus(ttl: (stored.lifetime - age) / 1_000))
    }

    /// Answers a request with a stored response.
    ///
    /// - Parameter age: In milliseconds; `nil` when it has just come from here.
    func answer(
        _ stored: CachedResponse, age: Int?, _ asked: CacheableRequest, _ status: CacheStatus
    ) -> Response {
        var fields = stored.fields
        if let age { fields[.age] = String(age / 1_000) }
        tell(status, in: &fields)
        if stored.status == 200, ResponseValidators.isKnown(stored.fields, to: asked.fields) {
            // What the client has to go by, and nothing that tells of the content that it does not get.
            for name: HTTPField.Name in [.contentEncoding, .contentLanguage, .contentType, .contentRange] {
                fields[name] = nil
            }
            return Self.empty(.notModified, fields)
        }
        let code = HTTPResponse.Status(code: stored.status)
        if stored.body.readableBytes == 0, stored.status == 204 { return Self.empty(code, fields) }
        let response = Response(status: code, headers: fields, body: ResponseBody(byteBuffer: stored.body))
        return asked.isHead ? response.createHeadResponse() : response
    }

    /// A response that has no content, not even an empty one.
    private static func empty(_ status: HTTPResponse.Status, _ fields: HTTPFields) -> Response {
        var response = Response(status: status, headers: fields)
        response.headers[.contentLength] = nil
        return response
    }
}
