public import HTTPTypes
public import Hummingbird
import NIOCore
import Perilune

/// Refuses requests that a page of somebody else has made a client's browser send (cross-site request forgery).
///
/// Stands behind a ``SessionMiddleware`` and looks at requests that may change something: all but `GET`, `HEAD`, `OPTIONS`
/// and `TRACE`, which handlers must therefore keep harmless.
///
/// - One that comes from a page of another origin is refused, with a session or without: so nobody is logged in to
///   somebody else's account either. Pages of other hosts of one's own domain are others unless they are trusted.
/// - One that comes with a session must show the session's ``SessionContext/requestToken``: in the header, or in the field
///   of a form (`application/x-www-form-urlencoded`). Pages get it from a handler.
///
/// ```swift
/// router.add(middleware: SessionMiddleware(store: store))
/// router.add(middleware: RequestTokenMiddleware(trustedOrigins: ["https://app.example.com"]))
/// ```
///
/// A refused request is answered with 403 and a problem document. The token is the session's, and ends with it: after a
/// log-in or a rotation pages need the new one.
///
/// Where tokens travel as bearer tokens, no browser adds them to a request by itself, and everything passes.
///
/// - Complexity: No round trip when the right token is shown; that of ``SessionContext/current`` otherwise.
public struct RequestTokenMiddleware<Context: SessionRequestContext>: RouterMiddleware {
    private let header: HTTPField.Name
    private let formField: String?
    private let origin: RequestOrigin

    /// Creates the middleware.
    ///
    /// - Parameters:
    ///   - header: The header that holds the token.
    ///   - formField: The field of a form that holds it when the header does not: letters, digits and `-._`. The body of a
    ///     form is collected for that, up to the context's `maxUploadSize`. `nil` to look at headers only.
    ///   - trustedOrigins: The other origins whose pages may send any request, as browsers write them:
    ///     `https://app.example.com`. Needed for one's own when a proxy changes the request's host.
    public init(
        header: HTTPField.Name = .csrfToken, formField: String? = "csrf_token", trustedOrigins: Set<String> = []
    ) {
        self.header = header
        self.formField = formField
        self.origin = RequestOrigin(trusted: trustedOrigins)
    }

    public func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let isSafe = [.get, .head, .options, .trace].contains(request.method)
        guard !isSafe, let credential = try context.sessions.cookieCredential() else {
            return try await next(request, context)
        }
        guard !origin.isForeign(request.headers, authority: request.head.authority) else {
            throw Problem(.forbidden, "The request comes from a page of another site.")
        }
        guard let token = credential.token else { return try await next(request, context) }

        var request = request
        let proof = try await proof(of: &request, context)
        if let proof, context.sessions.isRequestToken(proof, for: token) { return try await next(request, context) }
        // The token may be that of the session's new id, or there may be no session.
        guard try await context.sessions.current != nil else { return try await next(request, context) }
        guard let proof, try await context.sessions.isRequestToken(proof) else {
            throw Problem(.forbidden, "The request lacks the session's request token: \(header.rawName).")
        }
        return try await next(request, context)
    }

    private func proof(of request: inout Request, _ context: Context) async throws -> String? {
        if let text = request.headers[header] { return text }
        guard let formField, Self.isForm(request) else { return nil }
        let body = try await request.collectBody(upTo: context.maxUploadSize)
        return Self.value(of: formField, in: body.readableBytesView)
    }

    private static func isForm(_ request: Request) -> Bool {
        let type = request.headers[.contentType]?.prefix { $0 != ";" }
        return type?.filter { !$0.isWhitespace }.lowercased() == "application/x-www-form-urlencoded"
    }

    /// The value of the first field with a name, if it can be a request token: those have no character that forms encode.
    private static func value(of name: String, in form: some Collection<UInt8>) -> String? {
        var rest = form[...]
        while !rest.isEmpty {
            let pair = rest.prefix { $0 != UInt8(ascii: "&") }
            rest = rest[pair.endIndex...].dropFirst()
            guard pair.starts(with: name.utf8) else { continue }
            var value = pair.dropFirst(name.utf8.count)
            guard value.popFirst() == UInt8(ascii: "=") else { continue }
            return value.count <= 64 ? String(decoding: value, as: UTF8.self) : nil
        }
        return nil
    }
}
