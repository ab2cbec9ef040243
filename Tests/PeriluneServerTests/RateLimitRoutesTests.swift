import Perilune
import PeriluneTestSupport
import Testing

@Suite struct RateLimitRoutesTests {
    @Test func aCheckTakesAndTells() async throws {
        try await withServer { server in
            let reply = try await server.check(#"{"identifier":"user:42"}"#)
            #expect(reply.status == 200)
            #expect(reply["Content-Type"] == "application/json")
            #expect(reply["Cache-Control"] == "no-store")
            #expect(
                reply.body == """
                    {"allowed":true,"limit":10,"remaining":9,"retry_after":null,"reset_after":0.1,"violated_limit":null,\
                    "limits":[{"name":"minute","quota":60,"period":60,"remaining":59,"reset_after":1},\
                    {"name":"hour","quota":1000,"period":3600,"remaining":999,"reset_after":3.6},\
                    {"name":"burst","quota":10,"period":1,"remaining":9,"reset_after":0.1}]}
                    """)
            // They would be about another client than the one that reads them.
            #expect(!reply.headers.contains { $0.name.lowercased().contains("ratelimit") })
            #expect(reply["Retry-After"] == nil)
        }
    }

    @Test func aDeniedCheckIsAnswered200() async throws {
        try await withServer { server in
            _ = try await server.check(#"{"identifier":"a","cost":10}"#)
            let reply = try await server.check(#"{"identifier":"a","cost":5}"#)
            #expect(reply.status == 200)
            let expected = """
                {"allowed":false,"limit":10,"remaining":0,"retry_after":0.5,"reset_after":1,"violated_limit":"burst",
                """
            #expect(reply.body.hasPrefix(expected))
            #expect(reply["Retry-After"] == nil)
            server.clock.advance(by: .milliseconds(500))
            #expect(try await server.check(#"{"identifier":"a","cost":5}"#).body.hasPrefix(#"{"allowed":true"#))
        }
    }

    @Test func aPeekTakesNothing() async throws {
        try await withServer { server in
            for _ in 0..<3 {
                let reply = try await server.send("GET", "cache/rate-limit/nobody")
                #expect(reply.status == 200)
                #expect(reply.body.hasPrefix(#"{"allowed":true,"limit":10,"remaining":10,"retry_after":null,"#))
                #expect(!reply.headers.contains { $0.name.lowercased().contains("ratelimit") })
            }
            _ = try await server.check(#"{"identifier":"nobody","cost":4}"#)
            #expect(try await server.send("GET", "cache/rate-limit/nobody").body.contains(#""remaining":6"#))
            #expect(try await server.check(#"{"identifier":"nobody","cost":0}"#).body.contains(#""remaining":6"#))
        }
    }

    @Test func aResetForgets() async throws {
        try await withServer { server in
            _ = try await server.check(#"{"identifier":"a","cost":10}"#)
            let reply = try await server.send("POST", "cache/rate-limit/a/reset")
            #expect(reply.status == 200)
            #expect(reply.body == #"{"reset":true}"#)
            #expect(try await server.send("POST", "cache/rate-limit/a/reset").body == #"{"reset":false}"#)
            #expect(try await server.check(#"{"identifier":"a","cost":10}"#).body.hasPrefix(#"{"allowed":true"#))
        }
    }

    @Test func policiesAreChosenByName() async throws {
        let login = try RateLimitPolicy(name: "login", limits: [RateLimit(parsing: "2/min")])
        try await withServer(policies: [login]) { server async throws in
            let check = #"{"identifier":"a","policy":"login"}"#
            #expect(try await server.check(check).body.contains(#""limit":2,"remaining":1"#))
            #expect(try await server.send("GET", "cache/rate-limit/a?policy=login").body.contains(#""remaining":1"#))
            #expect(try await server.send("GET", "cache/rate-limit/a?policy=default").body.contains(#""remaining":10"#))
            #expect(try await server.send("GET", "cache/rate-limit/a").body.contains(#""remaining":10"#))
            #expect(try await server.send("POST", "cache/rate-limit/a/reset").body == #"{"reset":false}"#)
            #expect(try await server.send("POST", "cache/rate-limit/a/reset?policy=login").body == #"{"reset":true}"#)
        }
    }

    @Test func anIdentifierIsTheSameInBodyAndPath() async throws {
        let long = String(repeating: "x", count: 10_240)
        // As JSON, and as a path segment.
        let identifiers: [(String, String)] = [
            ("user:42", "user:42"), ("a b", "a%20b"), ("ä/ö", "%C3%A4%2F%c3%b6"), ("日本", "%E6%97%A5%E6%9C%AC"),
            (#"\u0000"#, "%00"), ("{x}", "%7Bx%7D"), ("}:fw:{", "%7D:fw:%7B"), ("%", "%25"), ("%41", "%2541"),
            ("a+b", "a+b"), ("?", "%3F"), (#"\r\nX-Evil: 1"#, "%0D%0AX-Evil:%201"), (#"\ud83d\ude80"#, "%F0%9F%9A%80"),
            ("..", "%2e%2E"), (" ", "%20"), (long, long),
        ]
        try await withServer { server in
            for (json, path) in identifiers {
                let name = path.prefix(40)
                let checked = try await server.check(#"{"identifier":"\#(json)","cost":3}"#)
                #expect(checked.status == 200, "\(name)")
                #expect(checked["X-Evil"] == nil)
                let peeked = try await server.send("GET", "cache/rate-limit/\(path)")
                #expect(peeked.status == 200, "\(name)")
                #expect(peeked.body.contains(#""limit":10,"remaining":7"#), "\(name)")
                let reset = try await server.send("POST", "cache/rate-limit/\(path)/reset")
                #expect(reset.body == #"{"reset":true}"#, "\(name)")
            }
        }
    }

    @Test func identifiersDoNotCollide() async throws {
        try await withServer { server in
            for identifier in ["a", "A", " a", "a ", "a/b", "{a}", "%7Ba%7D", #"a\u0000"#, #"\u00e9"#, #"e\u0301"#] {
                let reply = try await server.check(#"{"identifier":"\#(identifier)","cost":10}"#)
                #expect(reply.body.hasPrefix(#"{"allowed":true"#), "\(identifier)")
            }
        }
    }

    @Test func oneConnectionServesManyRequests() async throws {
        try await withServer { server in
            var bytes = ""
            for last in [false, false, true] {
                // HEAD in between: an answer with a body would be taken for the next answer.
                bytes += "HEAD /api/v1/health/detailed HTTP/1.1\r\nHost: x\r\n\r\n"
                bytes += "GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\(last ? "Connection: close\r\n" : "")\r\n"
            }
            var rest = try await server.client.exchange(Array(bytes.utf8))
            for _ in 0..<3 {
                let head = try HTTPReply(rest, toHead: true)
                #expect(head.status == 401)
                let get = try HTTPReply(head.rest)
                #expect(get.body == #"{"status":"ok"}"#)
                rest = get.rest
            }
            #expect(rest.isEmpty)
        }
    }
}
