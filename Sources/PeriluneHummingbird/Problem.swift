package import HTTPTypes
package import Hummingbird

/// An error as `application/problem+json` (RFC 9457).
package struct Problem: Error, Sendable {
    package let status: HTTPResponse.Status
    /// The URI of the kind of problem; without one the status says it all.
    package var type: String?
    /// The kind of problem in words; by default the status' own.
    package var title: String?
    /// What is wrong this time, and what would be right.
    package var detail: String
    /// Members beyond those of RFC 9457.
    package var members: [JSONValue.Member] = []
    /// Further header fields.
    package var headers: HTTPFields = [:]

    package init(_ status: HTTPResponse.Status, _ detail: String, headers: HTTPFields = [:]) {
        self.status = status
        self.detail = detail
        self.headers = headers
    }
}

extension Problem: HTTPResponseError {
    /// The document.
    package var document: [UInt8] {
        var all: [JSONValue.Member] = []
        if let type { all.append(.init(name: "type", value: .string(type))) }
        all.append(.init(name: "title", value: .string(title ?? status.reasonPhrase)))
        all.append(.init(name: "status", value: .integer(status.code)))
        all.append(.init(name: "detail", value: .string(detail)))
        all += members
        return JSONValue.object(all).bytes
    }

    /// All header fields.
    package var fields: HTTPFields {
        var fields = headers
        fields[.contentType] = "application/problem+json"
        // An answer to one caller at one moment: no cache may give it to the next one.
        fields[.cacheControl] = "no-store"
        return fields
    }

    package var response: Response {
        Response(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: document)))
    }

    /// The answer to a request: to `HEAD` without the document, which the client would take for the next answer.
    package func response(to request: Request) -> Response {
        request.method == .head ? response.createHeadResponse() : response
    }

    package func response(from request: Request, context: some RequestContext) -> Response {
        response(to: request)
    }
}

extension Problem {
    /// 503: the engine gave no answer, which the detail says in the words of what needed it.
    static func unavailable(_ what: String, retryAfter seconds: Int) -> Problem {
        var problem = Problem(
            .serviceUnavailable, "\(what); try again in \(seconds) s.", headers: [.retryAfter: String(seconds)])
        problem.type = "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity"
        problem.title = "Request cannot be satisfied due to temporary server capacity constraints"
        return problem
    }

    /// 503: the engine gave no answer about sessions.
    package static func sessionsUnavailable(retryAfter seconds: Int) -> Problem {
        .unavailable("Sessions cannot be reached at the moment", retryAfter: seconds)
    }

    /// 503: the engine gave no answer about a cache.
    package static func cacheUnavailable(retryAfter seconds: Int) -> Problem {
        .unavailable("The cache cannot be reached at the moment", retryAfter: seconds)
    }
}
