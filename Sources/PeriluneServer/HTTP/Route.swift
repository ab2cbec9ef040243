import HTTPTypes
import Hummingbird
import PeriluneHummingbird

/// One operation of the API.
struct Route: Sendable {
    typealias Handler = @Sendable (Request, ManagementContext) async throws -> Response

    let method: HTTPRequest.Method
    /// The path, with parameters as `:name`.
    let path: String
    /// What a caller's token must allow; `nil` for what is open to everyone.
    let scope: AccessTokens.Scope?
    let handler: Handler

    init(
        _ method: HTTPRequest.Method, _ path: String, scope: AccessTokens.Scope?, _ handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.scope = scope
        self.handler = handler
    }

    /// Whether a request's path is this one.
    func matches(path other: String) -> Bool {
        let parts = path.split(separator: "/")
        let others = other.split(separator: "/")
        return parts.count == others.count
            && zip(parts, others).allSatisfy { part, other in part.hasPrefix(":") || part == other }
    }
}

extension Request {
    /// A parameter of the path with its percent-encoding undone.
    ///
    /// - Throws: ``Problem`` 400 when the encoding, or the text it gives, is malformed.
    func pathParameter(_ name: String, _ context: ManagementContext) throws(Problem) -> String {
        let raw = context.parameters.get(name) ?? ""
        guard let bytes = PercentEncoding.decoded(raw) else {
            throw Problem(
                .badRequest, "\(name): a % without two hexadecimal digits after it; write a % itself as %25.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(.badRequest, "\(name): not UTF-8 once the percent-encoding is undone.")
        }
        return text
    }
}

extension Response {
    /// An answer in JSON.
    init(_ status: HTTPResponse.Status = .ok, json: JSONValue) {
        self.init(
            status: status,
            // The state of this moment: no cache may give it to the next caller.
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }
}
