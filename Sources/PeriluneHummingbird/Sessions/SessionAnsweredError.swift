public import HTTPTypes
public import Hummingbird

/// An error of a handler whose answer also says what there is to say of the session.
///
/// ``SessionMiddleware`` throws it in the place of an `HTTPResponseError` that it has something to add to: the client's new
/// token, `Vary`, or the challenge of a 401. Middleware further out that looks for errors of its own finds them in
/// ``original``:
///
/// ```swift
/// } catch let error as SessionAnsweredError where error.original is OutOfStock {
/// ```
public struct SessionAnsweredError: HTTPResponseError {
    /// What the handler threw.
    public let original: any HTTPResponseError
    private let answer: SessionAnswer

    /// - Returns: `nil` when there is nothing to add.
    init?(_ original: any HTTPResponseError, _ answer: SessionAnswer) {
        guard answer.isDependent || answer.news != nil else { return nil }
        self.original = original
        self.answer = answer
    }

    /// That of the original.
    public var status: HTTPResponse.Status { original.status }

    public func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = try original.response(from: request, context: context)
        answer.write(to: &response.headers, status: response.status)
        return response
    }
}
