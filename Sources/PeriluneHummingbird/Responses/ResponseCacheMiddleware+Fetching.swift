import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Perilune
import PeriluneCore

extension CacheableRequest {
    /// The request as a handler gets it whose response is to be stored: without conditions, which are answered here.
    func forwarded(_ request: Request) -> Request {
        guard fields.contains(.ifNoneMatch) || fields.contains(.ifModifiedSince) else { return request }
        var head = request.head
        head.headerFields[.ifNoneMatch] = nil
        head.headerFields[.ifModifiedSince] = nil
        return Request(head: head, body: request.body)
    }
}

extension ResponseCacheMiddleware {
    /// The statuses that a stale response may be served instead of (RFC 5861, section 4).
    private static var failures: Set<Int> { [500, 502, 503, 504] }

    /// Fetches a response from the handlers, stores it if that may be, and tells those who wait.
    func fetch(
        _ lead: ResponseLead, _ asked: CacheableRequest, _ request: Request, _ context: Context, _ next: Next
    ) async throws -> Response {
        var end = FlightEnd.goAlone
        defer {
            // When its client has closed the connection, another request is to fetch it.
            if let flight = lead.flight { land(flight, lead.key, Task.isCancelled ? .lookAgain : end) }
        }
        let uses = SessionUses.current ?? SessionUses()
        let response: Response
        var thrown: (any Error)?
        do {
            response = try await uses.collecting { try await next(asked.forwarded(request), context) }
        } catch let error as any HTTPResponseError {
            guard let answer = try? error.response(from: request, context: context) else {
                await giveUp(lead)
                throw error
            }
            (response, thrown) = (answer, error)
        } catch {
            end = .failed
            await giveUp(lead)
            guard let stale = self.stale(lead, error, asked) else { throw error }
            return stale
        }
        if Self.failures.contains(response.status.code) {
            end = .failed
            if let stale = stale(lead, response.status.code, asked) {
                await giveUp(lead)
                return stale
            }
        }
        let terms: ResponseTerms
        switch self.terms(response, asked) {
        case .success(let allowed) where !uses.allowSharing(varyingBy: allowed.names):
            return try await refuse(response, thrown, .session, lead, context)
        case .success(let allowed): terms = allowed
        case .failure(let refusal):
            return try await refuse(response, thrown, refusal, lead, context)
        }
        let content: ResponseContent
        do {
            content = try await ResponseContent.of(
                response.body, limit: policy.maximumBody, patience: policy.streamPatience, clock: clock)
        } catch {
            end = .failed
            await giveUp(lead)
            guard let stale = self.stale(lead, error, asked) else { throw error }
            return stale
        }
        switch content {
        case .stream(let body, let refusal):
            let whole = Response(status: response.status, headers: response.headers, body: body)
            return try await refuse(whole, thrown, refusal, lead, context)
        case .whole(let bytes, let trailers?):
            let body = ResponseBody { writer in
                try await writer.write(bytes)
                try await writer.finish(trailers)
            }
            let whole = Response(status: response.status, headers: response.headers, body: body)
            return try await refuse(whole, thrown, .trailers, lead, context)
        case .whole(let bytes, nil) where !uses.allowSharing(varyingBy: terms.names):
            // The session was used by what wrote the content.
            let whole = Response(
                status: response.status, headers: response.headers, body: ResponseBody(byteBuffer: bytes))
            return try await refuse(whole, thrown, .session, lead, context)
        case .whole(let bytes, nil):
            let stored = record(response, bytes, terms, lead, asked)
            let ttl = min(.milliseconds(terms.retention), CacheType.longestTime)
            let outcome = await store(stored, lead, tags: tags.tags(in: response.headers), ttl: ttl, context)
            // What was refused may be fetched by the next one.
            if outcome != nil { end = .lookAgain }
            let age = terms.initialAge >= 1_000 ? terms.initialAge : nil
            let status = CacheStatus(forward: lead.finding.forward, isStored: outcome == .stored)
            return answer(stored, age: age, asked, status)
        }
    }

    /// The stale response, if it may be served because a handler has failed.
    private func stale(_ lead: ResponseLead, _ error: any Error, _ asked: CacheableRequest) -> Response? {
        error is CancellationError ? nil : stale(lead, 500, asked)
    }

    private func stale(_ lead: ResponseLead, _ status: Int, _ asked: CacheableRequest) -> Response? {
        guard lead.finding.verdict == .ifError || lead.finding.verdict == .whileRevalidate,
            let response = lead.finding.response
        else { return nil }
        let told = CacheStatus(
            forward: lead.finding.forward, forwardStatus: status,
            ttl: (response.lifetime - lead.finding.age) / 1_000)
        return answer(response, age: lead.finding.age, asked, told)
    }

    private func terms(
        _ response: Response, _ asked: CacheableRequest
    ) -> Result<ResponseTerms, ResponseTerms.Refusal> {
        let type = region.type
        let stale = (type.staleWhileRevalidate.millisecondsRoundedUp, type.staleIfError.millisecondsRoundedUp)
        let result = ResponseTerms.of(
            status: response.status.code, fields: response.headers, isAuthorized: asked.isAuthorized, policy: policy,
            stale: stale, now: wallClock.microseconds / 1_000_000)
        guard case .success = result else { return result }
        // A response without some of its tags would not go when they do.
        guard tags.tags(in: response.headers).count <= type.maximumTags else { return .failure(.tooManyTags) }
        let size = response.headers.reduce(0) { $0 + $1.name.rawName.utf8.count + $1.value.utf8.count }
        return size <= policy.maximumFields ? result : .failure(.fieldsTooLarge)
    }

    /// Hands on a response that is not stored, and remembers that, so that nobody waits for the next one.
    private func refuse(
        _ response: Response, _ thrown: (any Error)?, _ refusal: ResponseTerms.Refusal, _ lead: ResponseLead,
        _ context: Context
    ) async throws -> Response {
        // A failure says nothing of other times. And what is stored may be the response of other clients.
        let mayBeTold = response.status.code < 500 && lead.finding.response == nil
        // Anything shorter would be no time.
        if !mayBeTold || policy.uncacheableTime < .milliseconds(1) {
            await giveUp(lead)
        } else {
            _ = await store(
                .uncacheable, lead, tags: [], ttl: min(policy.uncacheableTime, CacheType.longestTime), context)
        }
        return try await told(CacheStatus(forward: lead.finding.forward, detail: refusal.rawValue)) {
            if let thrown { throw thrown }
            return response
        }
    }

    /// A response as it is stored.
    private func record(
        _ response: Response, _ content: ByteBuffer, _ terms: ResponseTerms, _ lead: ResponseLead,
        _ asked: CacheableRequest
    ) -> CachedResponse {
        var fields = response.headers.endToEnd
        fields[.contentLength] = nil
        fields[.age] = nil
        if !policy.showsTags { tags.remove(from: &fields) }
        if policy.makesETags, response.status == .ok, fields[.eTag] == nil {
            fields[.eTag] = ResponseValidators.entityTag(of: content)
        }
        var variance: ResponseVariance?
        // A variant depends at least on what its URL's entry does.
        let names = lead.main.map { Set($0.names).union(terms.names).sorted() } ?? terms.names
        if !names.isEmpty {
            let known = lead.main ?? lead.finding.response?.variance.flatMap { $0.names == names ? $0 : nil }
            variance = ResponseVariance(
                generation: known?.generation ?? .random(in: .min ... .max), names: names,
                digest: ResponseVariance.digest(names, in: asked.fields))
        }
        return CachedResponse(
            status: response.status.code, fields: fields, body: content, lifetime: terms.lifetime,
            initialAge: terms.initialAge, staleWhileRevalidate: terms.staleWhileRevalidate,
            staleIfError: terms.staleIfError, isForAuthorized: terms.isForAuthorized, allowsStale: terms.allowsStale,
            variance: variance)
    }

    /// Stores a response, or gives the right to fetch it back.
    ///
    /// - Returns: Whether it is stored; `nil` when it cannot be.
    private func store(
        _ response: CachedResponse, _ lead: ResponseLead, tags: [CacheTag], ttl: Duration, _ context: Context
    ) async -> CacheStoreOutcome? {
        do throws(CacheError) {
            let outcome = try await region.store(response, with: lead.token, tags: tags, ttl: ttl)
            if outcome != .stored, outcome != .refused(.leaseLost) { await giveUp(lead) }
            return outcome
        } catch .engine(let error) {
            note(.engine(error), context)
            // The client has waited long enough.
            abandon(lead)
        } catch {
            context.logger.warning(
                "A response cannot be stored.", metadata: ["cache": "\(region.type.name)", "error": "\(error)"])
            await giveUp(lead)
        }
        return nil
    }

    /// Gives the right to fetch a response back: the next one may. If that fails it runs out.
    func giveUp(_ lead: ResponseLead) async {
        await abandon(lead).value
    }

    /// Begins to give the right to fetch a response back: in a task of its own, as the client of this one may have closed its
    /// connection, and others wait.
    @discardableResult
    private func abandon(_ lead: ResponseLead) -> Task<Void, Never> {
        Task { [region] in _ = try? await region.abandon(lead.token) }
    }
}
