import HTTPTypes
import Hummingbird
import NIOCore
import PeriluneHummingbird

extension Request {
    /// Whether the request has a body that is not empty, or does not say how long it is.
    var hasContent: Bool { headers.contains(.transferEncoding) || headers[.contentLength] ?? "0" != "0" }

    /// Reads a body that is to be JSON.
    ///
    /// - Parameter limit: How many bytes it may have.
    /// - Throws: ``Problem``: 415 for what does not say that it is JSON, 413 for what is too long. ``RequestTimeout`` when
    ///   the body does not arrive in time.
    func json(upTo limit: Int, _ context: ManagementContext) async throws -> [UInt8] {
        let type = headers[.contentType]?.split(separator: ";").first.map { $0.filter { $0 != " " } }
        guard type?.lowercased() == "application/json" else {
            throw Problem(.unsupportedMediaType, "The body must be JSON: Content-Type: application/json.")
        }
        let tooLong = Problem(.contentTooLarge, "The body is longer than \(limit) bytes.")
        // What announces its length need not be read to be refused.
        if let length = headers[.contentLength].flatMap(Int.init), length > limit { throw tooLong }
        context.askForBody(of: self)
        do {
            return Array(try await body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw tooLong
        }
    }
}
