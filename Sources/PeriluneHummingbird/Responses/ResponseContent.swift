import HTTPTypes
import Hummingbird
import NIOCore
import Perilune
import PeriluneCore

/// What came of the attempt to hold the whole content of a response.
enum ResponseContent {
    /// All of it, with the fields that came after it.
    case whole(ByteBuffer, HTTPFields?)
    /// It is too large, or takes too long: a body that gives what was read of it, and then the rest.
    case stream(ResponseBody, ResponseTerms.Refusal)

    /// Holds the content of a response.
    ///
    /// A body that knows its length is written as it is asked to be. One that does not is written by a task of its own: it
    /// goes on from where it was when it turns out to be too large, and waits for the client then.
    ///
    /// - Parameters:
    ///   - limit: The most bytes to hold.
    ///   - patience: How long to wait for a body that does not know its length.
    /// - Throws: What the body throws; ``WrongLength`` for one that is longer or shorter than it says; `CancellationError`.
    static func of(
        _ body: ResponseBody, limit: Int, patience: Duration, clock: any RedisClock
    ) async throws -> ResponseContent {
        if let length = body.contentLength {
            guard length <= limit else { return .stream(body, .bodyTooLarge) }
            let collector = Collector(length: length)
            try await body.write(collector)
            // What has ended early is half a response, whatever ended it.
            guard collector.content.readableBytes == length else { throw WrongLength() }
            return .whole(collector.content, collector.trailers)
        }
        let pump = ResponsePump(body, limit: limit)
        let (deadline, overflow) = clock.microseconds.addingReportingOverflow(patience.wholeMicroseconds)
        return try await pump.collect(by: overflow ? .max : deadline, clock: clock)
    }

    /// A body is not as long as it says: no client could read it.
    struct WrongLength: Error {}

    /// Keeps what is written, up to the length that it is to have. Used by the one task that writes.
    private final class Collector: ResponseBodyWriter {
        private let length: Int
        private(set) var content = ByteBuffer()
        private(set) var trailers: HTTPFields?

        init(length: Int) { self.length = length }

        func write(_ part: ByteBuffer) async throws {
            guard part.readableBytes <= length - content.readableBytes else { throw WrongLength() }
            content.writeImmutableBuffer(part)
        }

        consuming func finish(_ trailers: HTTPFields?) async throws { self.trailers = trailers }
    }
}
