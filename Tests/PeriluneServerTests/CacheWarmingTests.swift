import Foundation
import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneHummingbird
import PeriluneTestSupport
import Testing

@testable import PeriluneServer

@Suite(.timeLimit(.minutes(20))) struct CacheWarmingTests {
    @Test func valuesAreStoredAsTheyCome() async throws {
        struct Report: Codable, Equatable {
            var place: String
            var cases: [Double]
        }
        try await withServer { server async throws in
            let reply = try await server.warm(
                #"""
                {"values": [{"key": "a", "value": { "place" : "Z\u00fcrich", "cases" : [1.50, 2] }, "tags": ["t"]},
                            {"value": {"place": "x", "cases": []}, "ttl": 7.5, "key": "b", "more": [1]}], "other": {}}
                """#)
            #expect(reply.status == 200, "\(reply.body)")
            #expect(
                reply.body
                    == #"{"total":2,"stored":2,"absent":0,"fresh":0,"elsewhere":0,"refused":0,"failed":0,"skipped":0,"failures":[]}"#
            )
            var type = CacheType.outbreakData
            type.jitter = 0
            let bytes = try CacheRegion(type, of: [UInt8].self, engine: server.engine, codec: .bytes)
            #expect(
                try await bytes.get("a").map { String(decoding: $0, as: UTF8.self) }
                    == #"{ "place" : "Z\u00fcrich", "cases" : [1.50, 2] }"#)
            let region = try CacheRegion(type, of: Report.self, engine: server.engine)
            #expect(try await region.get("a") == Report(place: "Zürich", cases: [1.5, 2]))
            server.clock.advance(by: .seconds(9))
            #expect(try await region.get("b") == nil)
            _ = try await server.invalidate("?tag=t")
            #expect(try await region.get("a") == nil)
        }
    }

    @Test func tagsAndTimeOfTheBodyAreThoseOfTheValuesToo() async throws {
        try await withServer { server async throws in
            let reply = try await server.warm(
                #"""
                {"values": [{"key": "a", "value": 1}, {"key": "b", "value": 2, "tags": ["own", "all"], "ttl": 100},
                            {"key": "c", "value": 3, "tags": ["own"]}], "tags": ["all"], "ttl": 10}
                """#)
            #expect(reply.body.contains(#""stored":3,"#), "\(reply.body)")
            var type = CacheType.outbreakData
            type.jitter = 0
            let region = try CacheRegion(type, of: Int.self, engine: server.engine)
            #expect(try await region.entry(for: "a")?.tags == ["all"])
            #expect(try await region.entry(for: "b")?.tags == ["own", "all"])
            #expect(try await region.entry(for: "c")?.tags == ["own", "all"])
            server.clock.advance(by: .seconds(11))
            #expect(try await region.get(["a", "b", "c"]) == ["b": 2])
            _ = try await server.invalidate("?tag=all")
            #expect(try await region.get("b") == nil)
        }
    }

    @Test func keysAreLoadedFromTheOrigin() async throws {
        let origin = try TestOrigin { target in
            switch target {
            case "/v/none": TestOrigin.text("no", status: "404 Not Found")
            case "/v/gone": TestOrigin.text("no", status: "410 Gone")
            case "/v/broken": TestOrigin.text("secret", status: "500 Oops")
            default: TestOrigin.text("\"\(target)\"", headers: "Set-Cookie: a=b\r\n")
            }
        }
        try await withServer(configure: loading(from: origin)) { server async throws in
            let region = try server.region()
            try await region.set("there", for: "fresh")
            let keys = #"["a", "b/c", "none", "gone", "broken", "fresh", "..", "x/../y", ""]"#
            let reply = try await server.warm(#"{"keys": \#(keys), "tags": ["t"], "ttl": 60, "concurrency": 1}"#)
            #expect(
                reply.body == """
                    {"total":9,"stored":2,"absent":2,"fresh":1,"elsewhere":0,"refused":0,"failed":4,"skipped":0,"failures":[\
                    {"key":"broken","outcome":"failed","reason":"the origin answered with status 500"},\
                    {"key":"..","outcome":"failed","reason":"the key cannot stand in the origin's URL"},\
                    {"key":"x/../y","outcome":"failed","reason":"the key cannot stand in the origin's URL"},\
                    {"key":"","outcome":"failed","reason":"the key cannot stand in the origin's URL"}]}
                    """)
            #expect(try await region.get("a") == "/v/a")
            #expect(try await region.get("b/c") == "/v/b%2Fc")
            #expect(try await region.timeToLive(of: "a") == .seconds(60))
            #expect(try #require(await region.entry(for: "none")).value == nil)
            #expect(origin.asked == ["/v/a", "/v/b%2Fc", "/v/none", "/v/gone", "/v/broken"])
            // No cookies, and who asks says so.
            #expect(!origin.headerLines.contains { $0.lowercased().hasPrefix("cookie") })
            #expect(origin.headerLines.contains("User-Agent: perilune/\(periluneVersion)"))
            // What is there is not loaded again.
            #expect(try await server.warm(#"{"keys": ["a", "b/c", "none"]}"#).body.contains(#""fresh":3,"#))
            #expect(origin.asked.count == 5)
            #expect(try await server.warm(#"{"keys": ["a"], "force": true}"#).body.contains(#""stored":1,"#))
            #expect(origin.asked.count == 6)
            _ = try await server.invalidate("?tag=t")
            #expect(try await region.get("b/c") == nil)
        }
    }

    // MARK: What an origin may not do

    @Test func redirectsAreNotFollowed() async throws {
        let inside = try TestOrigin { _ in TestOrigin.text("\"inside\"") }
        let port = inside.port
        let origin = try TestOrigin { target in
            let status = target.split(separator: "/").last ?? "302"
            return TestOrigin.text(
                "\"redirect\"", status: "\(status) Elsewhere",
                headers: "Location: http://127.0.0.1:\(port)/v/secret\r\n")
        }
        try await withServer(configure: loading(from: origin)) { server async throws in
            for status in [301, 302, 303, 307, 308] {
                let reply = try await server.warm(#"{"keys": ["\#(status)"]}"#)
                #expect(
                    reply.body.contains("the origin answered with a redirect, which is not followed"), "\(reply.body)")
                #expect(try await server.region().get(CacheKey("\(status)")) == nil)
            }
            #expect(inside.asked == [])
        }
    }

    /// Keys that would be another host, path, query, header or request if they were not encoded.
    @Test func noKeyLeavesItsSegment() async throws {
        let origin = try TestOrigin { _ in TestOrigin.text("1") }
        try await withServer(configure: loading(from: origin, path: "/v/{key}/end")) { server async throws in
            let keys = [
                "@127.0.0.1:1", "//127.0.0.1:1/x", "?a=b", "#x", "a b", "a\r\nX-Evil: 1", "a\r\n\r\nGET /evil HTTP/1.1",
                "%2e%2e", "%2e%2e%2fadmin", "..%2f", "...", "\u{0}", "ü", ";x=1", ":8080", "http://127.0.0.1:1/",
            ]
            let items = JSONValue.array(keys.map(JSONValue.string))
            let reply = try await server.warm(#"{"keys": \#(String(decoding: items.bytes, as: UTF8.self))}"#)
            #expect(reply.body.contains(#""stored":\#(keys.count),"#), "\(reply.body)")
            #expect(origin.asked.count == keys.count)
            for target in origin.asked {
                let segment = target.dropFirst(3).dropLast(4)
                #expect(target.hasPrefix("/v/") && target.hasSuffix("/end"), "\(target)")
                #expect(segment.utf8.allSatisfy { !"/?#@:; ".utf8.contains($0) && $0 > 0x20 }, "\(target)")
            }
            #expect(Set(origin.headerLines.filter { $0.hasPrefix("Host: ") }) == ["Host: 127.0.0.1:\(origin.port)"])
            #expect(!origin.headerLines.contains { $0.contains("Evil") })
        }
    }

    @Test(arguments: [true, false]) func anAnswerThatIsTooLongIsCutOff(saysSo: Bool) async throws {
        let origin = try TestOrigin { target in
            if target == "/v/short" { return TestOrigin.text(String(repeating: "1", count: 1_000)) }
            let body = String(repeating: "1", count: 1_001)
            return saysSo
                ? TestOrigin.text(body)
                : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + String(repeating: "3e9\r\n\(body)\r\n", count: 100) + "0\r\n\r\n"
        }
        let configure = loading(from: origin) { $0.maximumBytes = 1_000 }
        try await withServer(configure: configure) { server async throws in
            let reply = try await server.warm(#"{"keys": ["long", "short"], "concurrency": 1}"#)
            #expect(reply.body.contains("the origin's answer has more than 1000 bytes"), "\(reply.body)")
            #expect(reply.body.contains(#""stored":1,"#), "\(reply.body)")
        }
    }

    @Test func anOriginThatIsSilentCostsItsTimeout() async throws {
        let origin = try TestOrigin { _ in nil }
        try await withServer(
            configure: loading(from: origin, timeout: .milliseconds(200))
        ) { server async throws in
            let reply = try await server.warm(#"{"keys": ["silent"], "values": [{"key": "quick", "value": 1}]}"#)
            #expect(reply.body.contains("the origin did not answer in time"), "\(reply.body)")
            #expect(reply.body.contains(#""stored":1,"#), "\(reply.body)")
        }
    }

    @Test func anOriginThatHangsUpIsSaidSo() async throws {
        let origin = try FakeServer { _ in }
        let configure: (inout ManagementConfiguration) -> Void = { configuration in
            configuration.cache.regions[0].origin = OriginTemplate("http://127.0.0.1:\(origin.port)/{key}")
        }
        try await withServer(configure: configure) { server async throws in
            let reply = try await server.warm(#"{"keys": ["a"]}"#)
            #expect(reply.body.contains("the origin cannot be reached: "), "\(reply.body)")
        }
    }

    @Test func whatIsNotHTTPIsAFailure() async throws {
        let origin = try TestOrigin { _ in "nonsense\r\n\r\n" }
        try await withServer(
            configure: loading(from: origin, timeout: .milliseconds(500))
        ) { server async throws in
            #expect(try await server.warm(#"{"keys": ["a"]}"#).body.contains(#""failed":1,"#))
        }
    }

    // MARK: Events

    @Test func eventsTellOfEachItem() async throws {
        let origin = try TestOrigin { $0 == "/v/bad" ? TestOrigin.text("", status: "403 No") : TestOrigin.text("1") }
        try await withServer(configure: loading(from: origin)) { server async throws in
            let body = #"{"keys": ["a", "bad", "line\nbreak"], "concurrency": 1, "values": [{"key": "v", "value": 1}]}"#
            let events = try await server.events("POST", "cache/warm/outbreak_data", body: body)
            #expect(events.map(\.name) == ["item", "item", "item", "item", "done"])
            #expect(
                events.map(\.data) == [
                    #"{"key":"v","outcome":"stored","done":1,"total":4}"#,
                    #"{"key":"a","outcome":"stored","done":2,"total":4}"#,
                    #"{"key":"bad","outcome":"failed","reason":"the origin answered with status 403","done":3,"total":4}"#,
                    #"{"key":"line\u000abreak","outcome":"stored","done":4,"total":4}"#,
                    #"{"total":4,"stored":3,"absent":0,"fresh":0,"elsewhere":0,"refused":0,"failed":1,"skipped":0,"failures":[{"key":"bad","outcome":"failed","reason":"the origin answered with status 403"}]}"#,
                ])
            let ids = events.compactMap(\.id)
            #expect(ids.map { $0.split(separator: ".").last } == ["1", "2", "3", "4"])
            // Who comes back with an id goes on behind it.
            let asked = origin.asked.count
            let rest = try await server.events(
                "POST", "cache/warm/outbreak_data", body: body, lastEventID: ids[2])
            #expect(rest.map(\.name) == ["item", "done"])
            #expect(rest.first?.data == #"{"key":"line\u000abreak","outcome":"fresh","done":4,"total":4}"#)
            #expect(rest.last?.data.contains(#""skipped":3,"#) == true)
            #expect(rest.first?.id == ids[3])
            #expect(origin.asked.count == asked)
        }
    }

    @Test(arguments: ["x", ".1", "AAAAAAAAAAAA.1", "AAAAAAAAAAAA", "-1", ""])
    func anIDOfAnotherBodyIsRefused(id: String) async throws {
        try await withServer { server async throws in
            let reply = try await server.client.send(
                "POST", "/api/v1/cache/warm/outbreak_data",
                headers: [
                    ("Authorization", "Bearer \(Harness.admin)"), ("Content-Type", "application/json"),
                    ("Last-Event-ID", id),
                ], body: #"{"values":[{"key":"a","value":1}]}"#)
            #expect(reply.status == 409, "\(reply.body)")
            #expect(reply.body.contains("Last-Event-ID: "))
        }
    }

    private static func request(_ body: String, accept: String) -> String {
        """
        POST /api/v1/cache/warm/outbreak_data HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(Harness.admin)\r\n\
        Content-Type: application/json\r\nAccept: \(accept)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
        """
    }

    /// The work ends, and what it held is free again.
    @Test(arguments: ["text/event-stream", "application/json"])
    func aClientThatGoesAwayEndsTheWork(accept: String) async throws {
        let origin = try TestOrigin { $0 == "/v/k0" ? TestOrigin.text("\"1\"") : nil }
        try await withServer(configure: loading(from: origin)) { server async throws in
            let keys = (0..<1_000).map { "\"k\($0)\"" }.joined(separator: ",")
            let port = server.client.port
            let conversation = try await Blocking.run {
                let conversation = try Conversation(port: port)
                try conversation.say(Self.request("{\"concurrency\": 4, \"keys\": [\(keys)]}", accept: accept))
                return Unchecked(conversation)
            }
            // One is loaded, and four hang.
            try await until { origin.asked.count == 5 }
            #expect(try await server.engine.send(RedisCommand("KEYS", ["*:l:*"])).array?.count == 4)
            conversation.end()
            try await until { try await server.engine.send(RedisCommand("KEYS", ["*:l:*"])).array?.isEmpty == true }
            #expect(origin.asked.count == 5)
            // What was loaded by then stays.
            #expect(try await server.region().get("k0") == "1")
        }
    }

    @Test(arguments: ["text/event-stream", "application/json"])
    func aServerThatShutsDownWaitsForNoOrigin(accept: String) async throws {
        let origin = try TestOrigin { _ in nil }
        let waiting = Locked<Unchecked?>(nil)
        try await withServer(configure: loading(from: origin, timeout: .seconds(3_600))) { server async throws in
            let port = server.client.port
            let client = try await Blocking.run {
                let conversation = try Conversation(port: port)
                try conversation.say(Self.request("{\"keys\": [\"k\"]}", accept: accept))
                return Unchecked(conversation)
            }
            try await until { !origin.asked.isEmpty }
            waiting.withLock { $0 = client }
        }
        let client = try #require(waiting.withLock { $0 })
        let answer = try await Blocking.run { try client.hearTheRest() }
        let status = accept == "application/json" ? "HTTP/1.1 503 " : "HTTP/1.1 200 "
        #expect(answer.hasPrefix(status), "\(answer)")
        // A stream that ends says why, and is not cut off.
        #expect(answer.contains(#""status":503,"detail":"The server is shutting down.""#), "\(answer)")
        if accept == "text/event-stream" {
            #expect(answer.contains("event: error\n"), "\(answer)")
            #expect(answer.hasSuffix("0\r\n\r\n"), "\(answer)")
        }
    }

    @Test func aConnectionIsGoodForMoreThanOneJob() async throws {
        try await withServer { server async throws in
            let port = server.client.port
            let answers = try await Blocking.run {
                let conversation = try Conversation(port: port)
                let body = #"{"values":[{"key":"a","value":1}]}"#
                return try ["application/json", "text/event-stream", "application/json"].map { accept in
                    try conversation.say(Self.request(body, accept: accept))
                    return try conversation.hear(until: accept == "application/json" ? "\"failures\":[]}" : "0\r\n\r\n")
                }
            }
            #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200 ") && $0.contains(#""stored":1,"#) }, "\(answers)")
        }
    }

    @Test func onlySomeJobsAreUnderWayAtOnce() async throws {
        let origin = try TestOrigin { _ in nil }
        try await withServer(configure: loading(from: origin)) { server async throws in
            let port = server.client.port
            let conversations = try await Blocking.run {
                try (0..<4).map { number in
                    let conversation = try Conversation(port: port)
                    try conversation.say(Self.request("{\"keys\": [\"k\(number)\"]}", accept: "text/event-stream"))
                    return Unchecked(conversation)
                }
            }
            try await until { origin.asked.count == 4 }
            let reply = try await server.warm(#"{"values":[{"key":"a","value":1}]}"#)
            #expect(reply.status == 503)
            #expect(reply["Retry-After"] == "5")
            for conversation in conversations { conversation.end() }
            try await until { try await server.warm(#"{"values":[{"key":"a","value":1}]}"#).status == 200 }
        }
    }

    // MARK: At the start

    @Test func theKeysOfTheConfigurationAreLoadedAtTheStart() async throws {
        // The first time it fails: it is asked again.
        let asked = Locked(0)
        let origin = try TestOrigin { target in
            let isFirst = asked.withLock { asked in
                asked += 1
                return asked == 1
            }
            return isFirst ? TestOrigin.text("", status: "503 Busy") : TestOrigin.text("\"\(target)\"")
        }
        let engine = EmbeddedEngine()
        try await withServer(
            scriptEngine: engine, configure: loading(from: origin, warm: ["zürich", "b"])
        ) { server async throws in
            let region = try CacheRegion(.outbreakData, of: String.self, engine: engine)
            try await until { try await region.get(["zürich", "b"]).count == 2 }
            #expect(try await region.get("zürich") == "/v/z%C3%BCrich")
            #expect(origin.asked.count >= 3)
        }
    }
}

/// Hands a connection from one thread to the next. `@unchecked Sendable` because only one has it at a time.
private final class Unchecked: @unchecked Sendable {
    private var conversation: Conversation?

    init(_ conversation: Conversation) { self.conversation = conversation }

    /// Waits for the other end to close.
    func hearTheRest() throws -> String { try conversation?.hearTheRest() ?? "" }

    /// Closes it.
    func end() { conversation = nil }
}
