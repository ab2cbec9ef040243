import HTTPTypes
import Perilune
import PeriluneCore

/// A request as far as the cache looks at it.
struct CacheableRequest: Sendable {
    /// What is done with a request.
    enum Treatment: Sendable {
        /// Its response may be stored, or be there already.
        case cached(CacheableRequest)
        /// The cache has nothing to do with it.
        case passed(CacheStatus.Forward)
        /// It may change what others get; the URL, if there is a response of it.
        case unsafe(ResponseURL?)
    }

    let url: ResponseURL
    let fields: HTTPFields
    let directives: CacheDirectives
    let isHead: Bool
    /// Whether it has credentials.
    let isAuthorized: Bool
    /// The fields that its response must name in `Vary` because its session has been used already, in lower case.
    var sessionFields: Set<String> = []

    /// Whether its response may be stored. That of HEAD has no content, and a client that wants nothing stored may still
    /// have what is.
    let mayBeStored: Bool
    /// Whether its client wants what is stored, or nothing.
    var isOnlyIfCached: Bool { directives.flags.contains(.onlyIfCached) }

    /// What is to be done with a request.
    static func treatment(of request: HTTPRequest, policy: ResponseCachePolicy) -> Treatment {
        var fields = request.headerFields
        // It is no field by now, and where hosts are not told apart a response may name it in `Vary` all the same.
        if !policy.usesHost { fields[.host] = request.authority?.lowercased() }
        let url = ResponseURL(
            authority: request.authority, path: request.path, usesHost: policy.usesHost, query: policy.query)
        switch request.method {
        case .get, .head: break
        case .options, .trace: return .passed(.method)
        default: return .unsafe(url)
        }
        // Parts of a response, conditions for the handler, another protocol, and content that the URL does not tell of.
        let others: [HTTPField.Name] = [
            .range, .ifRange, .ifMatch, .ifUnmodifiedSince, .upgrade, .expect, .transferEncoding,
        ]
        guard let url, !others.contains(where: fields.contains), fields[.contentLength] ?? "0" == "0" else {
            return .passed(.bypass)
        }
        let said = CacheDirectives(fields)
        let isHead = request.method == .head
        return .cached(
            CacheableRequest(
                url: url, fields: fields, directives: policy.heedsClients ? said : CacheDirectives(), isHead: isHead,
                isAuthorized: fields.contains(.authorization),
                mayBeStored: !isHead && !said.flags.contains(.noStore)))
    }
}

extension CacheableRequest {
    /// What a stored response is to a request.
    enum Verdict: Sendable, Hashable {
        /// Its response.
        case usable
        /// Its response for now, which should be fetched anew.
        case whileRevalidate
        /// Its response if there is no other way.
        case ifError
        /// Not its response.
        case useless
        /// The response of requests that say something else in certain fields.
        case otherVariant
        /// No response, but word that the last one could not be stored.
        case uncacheable
        /// A response that requests with credentials, or with sessions, may not have.
        case withheld
    }

    /// A stored response as a request sees it.
    struct Finding: Sendable {
        var verdict: Verdict
        /// `nil` when there is none.
        var response: CachedResponse?
        /// How old it is, in milliseconds.
        var age = 0
        /// Why a handler has to be called if this will not do.
        var forward: CacheStatus.Forward
    }

    /// What a stored response is to the request.
    ///
    /// - Parameters:
    ///   - response: `nil` when there is none.
    ///   - storedFor: How long ago it was stored, in milliseconds.
    ///   - isVariant: Whether it was stored as a variant.
    func finding(_ response: CachedResponse?, storedFor: Int, isVariant: Bool) -> Finding {
        let miss: CacheStatus.Forward = isVariant ? .varyMiss : .uriMiss
        guard let response else { return Finding(verdict: .useless, forward: miss) }
        if response.isUncacheable { return Finding(verdict: .uncacheable, forward: miss) }
        if let variance = response.variance, ResponseVariance.digest(variance.names, in: fields) != variance.digest {
            // Of variants with one number, each takes the others' place.
            return isVariant
                ? Finding(verdict: .useless, forward: .varyMiss)
                : Finding(verdict: .otherVariant, response: response, forward: .varyMiss)
        }
        let age = response.initialAge + storedFor
        let mayBeHad = response.isForAuthorized || !isAuthorized
        guard mayBeHad, sessionFields.isSubset(of: response.variance?.names ?? []) else {
            return Finding(verdict: .withheld, response: response, age: age, forward: .request)
        }
        let verdict: Verdict =
            switch response.standing(at: age, for: directives) {
            case .usable: .usable
            case .whileRevalidate: .whileRevalidate
            case .ifError: .ifError
            case .useless: .useless
            }
        return Finding(
            verdict: verdict, response: response, age: age, forward: age < response.lifetime ? .request : .stale)
    }
}
