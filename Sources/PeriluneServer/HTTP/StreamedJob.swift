import HTTPTypes
import Hummingbird
import NIOCore
import PeriluneHummingbird

/// A server-sent event (WHATWG HTML, 9.2).
struct ServerSentEvent: Sendable, Hashable {
    let name: String
    /// What a client sends as `Last-Event-ID` when it comes back. One line.
    var id: String?
    let data: JSONValue

    /// The event as it is sent. JSON has no line breaks of its own, so the data are one line.
    var bytes: [UInt8] {
        var bytes = Array("event: \(name)\n".utf8)
        if let id { bytes += "id: \(id)\n".utf8 }
        bytes += "data: ".utf8
        bytes += data.bytes
        bytes += "\n\n".utf8
        return bytes
    }
}

/// Work that a caller waits for, and whose progress it may want to see.
///
/// The work ends when the caller closes its connection, and when the server shuts down: a stream then ends with an event
/// `error` whose problem has the status 503.
struct StreamedJob: Sendable {
    typealias Report = @Sendable (ServerSentEvent) async throws -> Void

    /// Held for as long as the work can be under way.
    let place: JobLimit.Place
    /// Does the work, and tells of its progress.
    ///
    /// - Returns: The answer.
    let run: @Sendable (_ report: @escaping Report) async throws -> JSONValue
    /// Makes a problem of what the work throws; `nil` for what is none.
    let problem: @Sendable (any Error) -> Problem?

    /// Whether a caller wants to see the progress.
    static func isWanted(by request: Request) -> Bool {
        request.headers[values: .accept].contains { field in
            field.split(separator: ",").contains { range in
                range.split(separator: ";").first.map { $0.filter { $0 != " " } }?.lowercased() == "text/event-stream"
            }
        }
    }

    /// Answers a request, whose body has been read, with the work: by one JSON value at its end, or by events.
    func answer(_ request: Request, _ context: ManagementContext) async throws -> Response {
        guard Self.isWanted(by: request) else {
            return Response(json: try await context.whileConnected { try await run { _ in } })
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                let events = EventWriter(writer)
                // The caller sees at once that the work has begun.
                try await events.write(Array(": \n\n".utf8))
                do {
                    let answer = try await context.whileConnected {
                        try await run { try await events.write($0.bytes) }
                    }
                    try await events.write(ServerSentEvent(name: "done", data: answer).bytes)
                } catch {
                    // A client that has closed its connection does not get it; the others are told why there is no more.
                    let known = error is CancellationError ? Problem.shuttingDown : problem(error)
                    guard let known else { throw error }
                    try await events.write(ServerSentEvent(name: "error", data: .text(known.document)).bytes)
                }
                try await events.finish()
            })
    }
}

/// Writes an answer from the task that does the work.
///
/// `@unchecked Sendable` because no two tasks write at the same time: the one that does the work tells of one step after the
/// other, and the answer's own goes on when that one has ended.
private final class EventWriter: @unchecked Sendable {
    private var writer: any ResponseBodyWriter

    init(_ writer: any ResponseBodyWriter) { self.writer = writer }

    func write(_ bytes: [UInt8]) async throws {
        var writer = writer
        try await writer.write(ByteBuffer(bytes: bytes))
        self.writer = writer
    }

    func finish() async throws {
        try await writer.finish(nil)
    }
}
