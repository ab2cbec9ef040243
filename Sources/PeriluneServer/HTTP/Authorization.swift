import HTTPTypes
import Hummingbird
import PeriluneHummingbird

/// Lets callers through whose bearer token allows what they ask for (RFC 6750).
struct Authorization: Sendable {
    let tokens: AccessTokens

    /// Checks a request's token.
    ///
    /// - Returns: What it allows.
    /// - Throws: ``Problem``: 401 without a token or with one that is not valid, and the same answer to both, so that
    ///   it tells nothing; 403 with a valid token that does not allow this.
    func authorize(_ request: Request, for scope: AccessTokens.Scope) throws(Problem) -> AccessTokens.Scope {
        guard let token = Self.bearerToken(of: request), let granted = tokens.scope(of: token) else {
            throw Problem(
                .unauthorized, "This needs a valid token: Authorization: Bearer TOKEN.",
                headers: [.wwwAuthenticate: "Bearer"])
        }
        guard granted >= scope else {
            throw Problem(
                .forbidden, "This token may only look; this needs the admin token.",
                headers: [.wwwAuthenticate: "Bearer error=\"insufficient_scope\""])
        }
        return granted
    }

    /// The token of the `Authorization` field. The scheme's name is case-insensitive (RFC 9110, 11.1).
    private static func bearerToken(of request: Request) -> String? {
        guard let field = request.headers[.authorization] else { return nil }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1].drop { $0 == " " })
    }
}
