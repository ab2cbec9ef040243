import HTTPTypes
import Perilune

/// How a session's token travels.
public enum SessionTransport: Sendable, Hashable {
    /// In a cookie: for browsers. Requests that change something need a ``RequestTokenMiddleware``.
    case cookie(SessionCookie)
    /// As `Authorization: Bearer v1…`: for other clients. A session's token, whenever it gets one, is in the field
    /// `Session-Token` of the answer; the client sends that one from then on. A page of another origin sees the field
    /// only if `Access-Control-Expose-Headers` names it.
    case bearer
}

/// What a request shows to be taken for the owner of a session.
struct SessionCredential: Sendable {
    /// The token; `nil` when there is none, or something else in its place.
    var token: SessionToken?
    /// Whether there is anything in the token's place.
    var isPresent = false
}

/// What a client is to be told of its session.
enum SessionNews: Sendable {
    /// Its token from now on, and what is left to the session's deadline in seconds.
    case token(SessionToken, maxAge: Int)
    /// That its token is good for nothing any more.
    case end
}

extension SessionTransport {
    /// The field of a request that holds the token.
    var requestField: HTTPField.Name {
        switch self {
        case .cookie: .cookie
        case .bearer: .authorization
        }
    }

    /// What a client without a session is told to show: the value of `WWW-Authenticate`.
    func challenge(isTokenPresent: Bool) -> String {
        switch self {
        case .cookie(let cookie): #"Cookie cookie-name="\#(cookie.name)""#
        case .bearer: isTokenPresent ? #"Bearer error="invalid_token""# : "Bearer"
        }
    }

    func credential(in fields: HTTPFields) -> SessionCredential {
        let values = fields[values: requestField]
        switch self {
        case .cookie(let cookie): return cookie.credential(in: values)
        case .bearer:
            guard values.count == 1 else { return SessionCredential() }
            let words = values[0].utf8.split(separator: UInt8(ascii: " "), maxSplits: 1)
            guard words.count == 2, Substring(words[0]).lowercased() == "bearer" else { return SessionCredential() }
            let text = Substring(words[1].drop { $0 == UInt8(ascii: " ") })
            return SessionCredential(token: try? SessionToken(text), isPresent: true)
        }
    }

    func write(_ news: SessionNews, to fields: inout HTTPFields) {
        switch (self, news) {
        case (.cookie(let cookie), .token(let token, let maxAge)):
            fields.append(HTTPField(name: .setCookie, value: cookie.setting(token, maxAge: maxAge)))
        case (.cookie(let cookie), .end):
            fields.append(HTTPField(name: .setCookie, value: cookie.removal))
        case (.bearer, .token(let token, _)):
            fields[.sessionToken] = token.text
        case (.bearer, .end):
            // The client has ended it, or will be told when it shows the token again.
            break
        }
    }
}
