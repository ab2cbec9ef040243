public import HTTPTypes
public import Hummingbird
public import Perilune

/// Why a request's session could not be read or changed.
///
/// Uncaught, it is the answer: a problem document (RFC 9457) with the ``status``.
public enum RequestSessionError: Error, Sendable, Hashable {
    /// There is no ``SessionMiddleware`` in front of the handler.
    case noMiddleware
    /// The client could not be told its new token: the answer has left, or another call of the same request has changed
    /// the session meanwhile. What was begun is ended again.
    case tooLate
    /// What the store says. ``/Perilune/SessionError/notFound`` when the request has no session.
    case session(SessionError)
}

extension RequestSessionError: HTTPResponseError {
    /// 503 when the engine gives no answer, 401 without a session, 409 when the session is not as expected or the user
    /// has too many, 413 when it would be too large.
    ///
    /// 422 for what handlers take from requests: a user that none can be, a field's name that none can be, data that is
    /// nested too deep, and a sum that is no integer. 500 for what only the service can be the cause of, such as a
    /// timeout out of range.
    public var status: HTTPResponse.Status {
        switch self {
        case .noMiddleware, .tooLate: .internalServerError
        case .session(let error):
            switch error {
            case .engine: .serviceUnavailable
            case .notFound: .unauthorized
            case .versionConflict, .contention, .limitReached: .conflict
            case .tooLarge: .contentTooLarge
            case .invalidUser, .invalidField, .notAnInteger, .tooDeep: .unprocessableContent
            default: .internalServerError
            }
        }
    }

    public func response(from request: Request, context: some RequestContext) -> Response {
        problem.response(to: request)
    }

    private var problem: Problem {
        switch self {
        case .session(.engine): .sessionsUnavailable(retryAfter: 5)
        case .session(.notFound): Problem(status, "This needs a session, and there is none, or none any more.")
        case .session(.limitReached(let count)):
            Problem(status, "There are \(count) sessions already, as many as allowed.")
        case .session(.versionConflict), .session(.contention):
            Problem(status, "The session was changed by another request at the same time; try again.")
        case .session(.tooLarge(let limit)): Problem(status, "The session would have more than \(limit) bytes.")
        case .session(.invalidUser):
            Problem(status, "A user's id has 1 to 128 bytes, and neither braces nor control characters.")
        case .session(.invalidField): Problem(status, "The name of a field has 1 to 255 bytes, and no NUL.")
        case .session(.notAnInteger): Problem(status, "Only integers up to 2^53 - 1 are added.")
        case .session(.tooDeep): Problem(status, "Arrays and objects lie in one another more than 64 times.")
        default: Problem(status, "The session cannot be used.")
        }
    }
}

extension RequestSessionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noMiddleware: "there is no SessionMiddleware in front of the handler"
        case .tooLate: "the client cannot be told its new token any more"
        case .session(let error): error.description
        }
    }
}

extension Problem {
    /// 503: the engine gave no answer.
    package static func sessionsUnavailable(retryAfter seconds: Int) -> Problem {
        var problem = Problem(
            .serviceUnavailable, "Sessions cannot be reached at the moment; try again in \(seconds) s.",
            headers: [.retryAfter: String(seconds)])
        problem.type = "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity"
        problem.title = "Request cannot be satisfied due to temporary server capacity constraints"
        return problem
    }
}
