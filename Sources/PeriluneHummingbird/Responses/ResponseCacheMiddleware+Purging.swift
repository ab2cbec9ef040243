import HTTPTypes
import Hummingbird
public import Perilune
import PeriluneCore

extension ResponseCacheMiddleware {
    /// Forgets the response of a URL, with all of its variants. What is being fetched for it is not stored.
    ///
    /// The same is done for a request of the method `PURGE` that is allowed, for its URL; if it names tags, as responses do,
    /// for all responses that have any of these, and not for its URL. It is answered with 204.
    ///
    /// - Parameters:
    ///   - target: The path, and the query behind a question mark, as clients send them.
    ///   - host: The host, as clients send it, if the policy tells hosts apart.
    /// - Returns: Whether one was stored. Never for what is no URL.
    /// - Throws: ``/Perilune/CacheError``.
    /// - Complexity: One round trip.
    @discardableResult
    public func purge(_ target: String, host: String? = nil) async throws(CacheError) -> Bool {
        let url = ResponseURL(authority: host, path: target, usesHost: policy.usesHost, query: policy.query)
        guard let url else { return false }
        return try await region.delete(url.key)
    }

    /// Answers a request of the method `PURGE` that is allowed.
    func purge(by request: Request, _ context: Context) async -> Response {
        let named = tags.tags(in: request.headers)
        do throws(CacheError) {
            try await surely { () throws(CacheError) in
                if named.isEmpty {
                    try await purge(request.head.path ?? "", host: request.head.authority)
                } else {
                    try await region.invalidate(tags: named)
                }
            }
            return Response(status: .noContent)
        } catch .tooManyTags(let count, let limit) {
            return Problem(.badRequest, "\(count) tags, where \(limit) are allowed.").response(to: request)
        } catch {
            note(error, context)
            return Problem.unavailable("The response cache cannot be reached at the moment", retryAfter: 5)
                .response(to: request)
        }
    }

    /// Forgets the responses that a request may have changed: those of its URL, and of those of the same host that its
    /// response names in `Location` and `Content-Location` (RFC 9111, section 4.4).
    func forget(_ url: ResponseURL, _ fields: HTTPFields, authority: String?, _ context: Context) async {
        var urls: Set = [url]
        for name: HTTPField.Name in [.location, .contentLocation] {
            guard let target = fields[name].flatMap({ Self.target($0, authority: authority) }) else { continue }
            let other = ResponseURL(
                authority: authority, path: target, usesHost: policy.usesHost, query: policy.query)
            if let other { urls.insert(other) }
        }
        let keys = urls.map(\.key)
        do throws(CacheError) {
            try await surely { () throws(CacheError) in _ = try await region.delete(keys) }
        } catch {
            note(error, context)
        }
    }

    /// Does what is not to be left undone when the client closes its connection meanwhile: in a task that is not cancelled.
    private func surely(_ body: @escaping @Sendable () async throws(CacheError) -> Void) async throws(CacheError) {
        let task = Task {
            do throws(CacheError) {
                try await body()
                return Result<Void, CacheError>.success(())
            } catch {
                return .failure(error)
            }
        }
        try await task.value.get()
    }

    /// The path and the query of a reference to a URL of a host; `nil` for any other.
    private static func target(_ reference: String, authority: String?) -> String? {
        if reference.hasPrefix("/") { return reference.hasPrefix("//") ? nil : reference }
        guard let authority, let scheme = ["https://", "http://"].first(where: reference.lowercased().hasPrefix)
        else { return nil }
        let rest = reference.dropFirst(scheme.count)
        let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard host.lowercased() == authority.lowercased() else { return nil }
        let target = rest.dropFirst(host.count)
        return target.hasPrefix("/") ? String(target) : "/" + target
    }
}
