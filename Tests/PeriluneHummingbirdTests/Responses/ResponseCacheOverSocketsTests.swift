import HTTPTypes
import Hummingbird
import NIOCore
import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneHummingbird
import PeriluneTestSupport
import Testing

/// The middleware in a service that listens.
@Suite(.timeLimit(.minutes(20))) struct ResponseCacheOverSocketsTests {
    @Test func clientsGetWhatIsStored() async throws {
        let region = try CacheRegion(
            CacheType("pages", ttl: .seconds(60)), engine: EmbeddedEngine(clock: ManualClock()), codec: .response)
        let router = Router(context: RemoteAddressContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ResponseCacheMiddleware(region))
        let origin = Handlers()
        router.get("/a") { _, _ in
            Response(
                status: .ok, headers: [.cacheControl: "max-age=60"],
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: origin.call()))
                    try await writer.finish(nil)
                })
        }
        try await serving(router) { client in
            let first = try await client.send("GET", "/a")
            #expect(first.body == "call 1")
            let second = try await client.send("GET", "/a")
            #expect(second.body == "call 1")
            #expect(second.headers.contains { $0.name.lowercased() == "age" && $0.value == "0" })
            let tag = second.headers.first { $0.name.lowercased() == "etag" }?.value ?? ""
            // Answers without content leave the connection in order.
            let request = " /a HTTP/1.1\r\nHost: 127.0.0.1:\(client.port)\r\n"
            let bytes =
                "HEAD\(request)\r\nGET\(request)If-None-Match: \(tag)\r\n\r\nGET\(request)Connection: close\r\n\r\n"
            var rest = try await client.exchange(Array(bytes.utf8))
            var statuses: [Int] = []
            for index in 0..<3 {
                let reply = try HTTPReply(rest, toHead: index < 2)
                statuses.append(reply.status)
                rest = reply.rest
            }
            #expect(statuses == [200, 304, 200])
            #expect(rest.isEmpty)
        }
        #expect(origin.calls == 1)
    }
}
