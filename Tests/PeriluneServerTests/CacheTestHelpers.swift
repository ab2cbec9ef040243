import Foundation
import Perilune
import PeriluneCore
import PeriluneTestSupport

@testable import PeriluneServer

extension Harness {
    /// A region of a service that the server manages.
    func region(
        _ type: CacheType = .outbreakData, configure: (inout CacheType) -> Void = { _ in }
    ) throws -> CacheRegion<String> {
        var type = type
        type.jitter = 0
        configure(&type)
        return try CacheRegion(type, of: String.self, engine: engine, clock: clock, logger: silent)
    }

    func invalidate(_ query: String, of type: String = "outbreak_data", token: String = Harness.admin) async throws
        -> HTTPReply
    {
        try await send("DELETE", "cache/invalidate/\(type)\(query)", token: token)
    }

    func warm(_ body: String, of type: String = "outbreak_data") async throws -> HTTPReply {
        try await send("POST", "cache/warm/\(type)", type: "application/json", body: body)
    }

    /// Sends a request whose answer is a stream of events, and waits for its end.
    func events(
        _ method: String = "POST", _ path: String, body: String? = nil, lastEventID: String? = nil
    ) async throws -> [ReceivedEvent] {
        var headers = [("Authorization", "Bearer \(Harness.admin)"), ("Accept", "text/event-stream")]
        if body != nil { headers.append(("Content-Type", "application/json")) }
        if let lastEventID { headers.append(("Last-Event-ID", lastEventID)) }
        let reply = try await client.send(method, "/api/v1/\(path)", headers: headers, body: body)
        guard reply.status == 200, reply["Content-Type"] == "text/event-stream" else {
            throw HTTPClient.Failure.malformed("\(reply.status): \(reply.body)")
        }
        return ReceivedEvent.all(in: try unchunked(reply.rest))
    }
}

/// An event as a client of a stream reads it.
struct ReceivedEvent: Hashable {
    var name = ""
    var id: String?
    var data = ""

    /// Reads a stream as WHATWG HTML says. What does not end with an empty line is none.
    static func all(in text: String) -> [ReceivedEvent] {
        var events: [ReceivedEvent] = []
        var event = ReceivedEvent()
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                if event != ReceivedEvent() { events.append(event) }
                event = ReceivedEvent()
            } else if line.hasPrefix("event: ") {
                event.name = String(line.dropFirst(7))
            } else if line.hasPrefix("id: ") {
                event.id = String(line.dropFirst(4))
            } else if line.hasPrefix("data: ") {
                event.data += line.dropFirst(6)
            } else if !line.hasPrefix(":") {
                event.data += "?? \(line)"
            }
        }
        return events
    }
}

/// Undoes the chunked coding of a whole body.
func unchunked(_ bytes: [UInt8]) throws -> String {
    var rest = bytes[...]
    var body: [UInt8] = []
    while true {
        guard let end = rest.firstRange(of: Array("\r\n".utf8)),
            let count = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16)
        else { throw HTTPClient.Failure.malformed("no chunk") }
        rest = rest[end.upperBound...]
        if count == 0 { return String(decoding: body, as: UTF8.self) }
        guard rest.count >= count + 2 else { throw HTTPClient.Failure.malformed("half a chunk") }
        body += rest.prefix(count)
        rest = rest.dropFirst(count + 2)
    }
}

/// An origin on a free port of the loopback that answers as a test says, and notes what it was asked for.
final class TestOrigin: Sendable {
    private let server: FakeServer
    private let log: Locked<[String]>
    private let headers: Locked<[String]>

    var port: Int { server.port }
    /// The targets of the requests, in the order in which they came.
    var asked: [String] { log.withLock { $0 } }
    /// The header lines of the requests.
    var headerLines: [String] { headers.withLock { $0 } }

    /// - Parameter answer: Makes an answer of a target, header included; `nil` to say nothing until the client goes.
    init(_ answer: @escaping @Sendable (String) -> String?) throws {
        let log = Locked<[String]>([])
        let headers = Locked<[String]>([])
        (self.log, self.headers) = (log, headers)
        server = try FakeServer { peer in
            while let lines = peer.readRequest() {
                let target = lines.first?.split(separator: " ").dropFirst().first.map(String.init) ?? ""
                log.withLock { $0.append(target) }
                headers.withLock { $0 += lines.dropFirst() }
                if let text = answer(target) { peer.write(text) }
            }
        }
    }

    /// An answer with a body.
    static func text(_ body: String, status: String = "200 OK", headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }
}

/// Lets the server load values of a region from an origin.
func loading(
    from origin: TestOrigin, path: String = "/v/{key}", warm: [String] = [], timeout: Duration = .seconds(300),
    configure: @escaping (inout CacheType) -> Void = { _ in }
) -> (inout ManagementConfiguration) -> Void {
    { configuration in
        var region = CacheRegionSettings(.outbreakData)
        region.type.jitter = 0
        configure(&region.type)
        region.origin = OriginTemplate("http://127.0.0.1:\(origin.port)\(path)")
        region.originTimeout = timeout
        region.warmKeys = warm
        configuration.cache.regions = [region]
    }
}
