import Perilune
import PeriluneTestSupport
import Testing

@Suite struct BadInputTests {
    private func expectProblem(_ reply: HTTPReply, _ status: Int, _ detail: String, _ name: String) {
        #expect(reply.status == status, "\(name): \(reply.body)")
        #expect(reply["Content-Type"] == "application/problem+json", "\(name)")
        #expect(reply.body.contains(#""status":\#(status),"#), "\(name)")
        #expect(reply.body.contains(detail), "\(name): \(reply.body)")
    }

    /// Bodies of a check, their status, and what the detail names.
    static let bodies: [(String, Int, String)] = [
        ("", 400, "JSON"), ("{", 400, "JSON"), ("nonsense", 400, "JSON"), ("{\"identifier\":\"a\"} x", 400, "JSON"),
        ("{\"identifier\":\"\u{1}\"}", 400, "JSON"), (#"{"identifier":"\ud800"}"#, 400, "JSON"),
        (String(repeating: "[", count: 60_000), 400, "JSON"), ("null", 422, "object"), ("[]", 422, "object"),
        ("\"a\"", 422, "object"), ("42", 422, "object"), ("{}", 422, "identifier: missing"),
        (#"{"cost":1}"#, 422, "identifier: missing"), (#"{"identifier":null}"#, 422, "identifier: must be a text"),
        (#"{"identifier":42}"#, 422, "identifier: must be a text"), (#"{"identifier":["a"]}"#, 422, "identifier: must"),
        (#"{"identifier":""}"#, 422, "identifier: empty"), (#"{"identifier":"a","cost":-1}"#, 422, "cost: -1"),
        (#"{"identifier":"a","cost":11}"#, 422, "cost: 11 is not from 0 to 10"),
        (#"{"identifier":"a","cost":9223372036854775807}"#, 422, "cost:"),
        (#"{"identifier":"a","cost":9223372036854775808}"#, 422, "cost: must be a whole number"),
        (#"{"identifier":"a","cost":1.5}"#, 422, "cost: must be a whole number"),
        (#"{"identifier":"a","cost":"1"}"#, 422, "cost: must be a whole number"),
        (#"{"identifier":"a","cost":true}"#, 422, "cost: must be a whole number"),
        (#"{"identifier":"a","cost":1.0}"#, 422, "cost: must be a whole number"),
        (#"{"identifier":"a","cost":1e0}"#, 422, "cost: must be a whole number"),
        (#"{"identifier":"a","cost":1e-400}"#, 422, "cost: must be a whole number"),
        (#"{"identifier":"a","cost":[1]}"#, 422, "cost: must be a whole number"),
        (#"{"identifier":"a",}"#, 400, "JSON"), (#"{"identifier":"a","cost":01}"#, 400, "JSON"),
        (#"{"identifier":"a","identifier":"b"}"#, 422, "identifier: more than once"),
        (#"{"identifier":"a","cost":1,"cost":0}"#, 422, "cost: more than once"),
        (#"{"identifier":"a","policy":"nope"}"#, 422, "policy: not one of default"),
        (#"{"identifier":"a","policy":""}"#, 422, "policy: not one of default"),
        (#"{"identifier":"a","policy":7}"#, 422, "policy: must be a text"),
    ]

    @Test func badBodiesAreNamed() async throws {
        try await withServer { server in
            for (body, status, detail) in Self.bodies {
                expectProblem(try await server.check(body), status, detail, String(body.prefix(60)))
            }
            #expect(try await server.send("GET", "cache/rate-limit/a").body.contains(#""remaining":10"#))
        }
    }

    @Test func unknownMembersAreIgnored() async throws {
        try await withServer { server async throws in
            #expect(try await server.check(#"{"identifier":"a","extra":[1,{}],"cost":null}"#).status == 200)
        }
    }

    @Test(arguments: [
        (nil, 415), ("text/plain", 415), ("application/x-www-form-urlencoded", 415), ("application/jsonx", 415),
        ("", 415), ("application/json", 200), ("Application/JSON; charset=utf-8", 200), ("application/json;", 200),
    ])
    func theTypeMustBeJSON(type: String?, status: Int) async throws {
        try await withServer { server in
            let reply = try await server.send("POST", "rate-limit/check", type: type, body: #"{"identifier":"a"}"#)
            #expect(reply.status == status)
            if status != 200 { expectProblem(reply, status, "Content-Type: application/json", type ?? "-") }
        }
    }

    @Test func longBodiesAreRefused() async throws {
        try await withServer { server in
            let exact = #"{"identifier":"a","x":""#
            let fits = exact + String(repeating: "x", count: 65_536 - exact.utf8.count - 2) + "\"}"
            #expect(try await server.check(fits).status == 200)
            expectProblem(try await server.check(fits + " "), 413, "65536", "announced")
            expectProblem(try await server.check(String(repeating: " ", count: 1_000_000)), 413, "65536", "a megabyte")
            // In chunks, so that nothing announces the length.
            let chunk = "8000\r\n" + String(repeating: " ", count: 0x8000) + "\r\n"
            let head = """
                POST /api/v1/rate-limit/check HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(Harness.admin)\r
                Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n
                """
            let bytes = Array((head + chunk + chunk + chunk + "0\r\n\r\n").utf8)
            expectProblem(try HTTPReply(try await server.client.exchange(bytes)), 413, "65536", "chunked")
        }
    }

    @Test func unknownPathsAreNotFound() async throws {
        try await withServer { server in
            let paths = [
                "/", "/api", "/api/v1", "/api/v2/health", "/api/v1/cache/rate-limit/", "/api/v1/healthy", "//", "/%00",
            ]
            for path in paths {
                expectProblem(try await server.client.send("GET", path), 404, "nothing at this path", path)
            }
            expectProblem(try await server.send("GET", "cache/rate-limit/a/b/c"), 404, "nothing", "unescaped slash")
        }
    }

    @Test(arguments: [
        ("POST", "health", "GET, HEAD"), ("DELETE", "health", "GET, HEAD"),
        ("GET", "rate-limit/check", "POST"), ("PUT", "cache/rate-limit/a", "GET, HEAD"),
        ("GET", "cache/rate-limit/a/reset", "POST"),
    ])
    func wrongMethodsAreNotAllowed(method: String, path: String, allowed: String) async throws {
        try await withServer { server in
            let reply = try await server.send(method, path)
            expectProblem(reply, 405, "takes \(allowed)", path)
            #expect(reply["Allow"] == allowed)
        }
    }

    @Test func malformedPathsAreRefused() async throws {
        try await withServer { server in
            for path in ["%", "%4", "%zz", "a%", "%+1"] {
                expectProblem(
                    try await server.send("GET", "cache/rate-limit/\(path)"), 400, "two hexadecimal digits", path)
            }
            for path in ["%ff", "%C3", "%ED%A0%80", "%C0%80"] {
                expectProblem(try await server.send("GET", "cache/rate-limit/\(path)"), 400, "not UTF-8", path)
            }
            let query = try await server.send("GET", "cache/rate-limit/a?policy=%0d%0aX-Evil:1")
            expectProblem(query, 422, "policy: not one of default", "query")
            #expect(query["X-Evil"] == nil)
        }
    }

    @Test func aBodyThatIsNotHTTPIsAnsweredOnce() async throws {
        try await withServer { server in
            let head = """
                POST /api/v1/rate-limit/check HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(Harness.admin)\r
                Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n\r\n
                """
            let reply = try HTTPReply(try await server.client.exchange(Array(head.utf8)))
            expectProblem(reply, 400, "HTTP/1.1", "no chunk")
            #expect(reply.rest.isEmpty)
        }
    }

    @Test(arguments: [
        ("FOO / HTTP/1.1\r\nHost: x\r\n\r\n", "method"), ("GET / HTTP/9.9\r\n\r\n", "HTTP/1.1"),
        ("\u{16}\u{3}\u{1}\r\n\r\n\r\n\r\n", "method"), ("GET\r\n\r\n", "method"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", "Content-Length"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "Content-Length"),
        (
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1"
        ),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "x", count: 200_000))\r\n\r\n", "header is longer"),
        ("GET / HTTP/1.1\r\nHost: x\r\n\(String(repeating: "X: x\r\n", count: 2_000))\r\n", "header is longer"),
    ])
    func whatIsNotHTTPIsAProblem(text: String, detail: String) async throws {
        try await withServer { server in
            let reply = try HTTPReply(try await server.client.exchange(Array(text.utf8)))
            expectProblem(reply, 400, detail, String(text.prefix(60)))
            #expect(reply["Connection"] == "close")
            #expect(reply.rest.isEmpty)
            #expect(try await server.send("GET", "health").status == 200)
        }
    }

    @Test func theRequestBeforeWhatIsNotHTTPIsAnswered() async throws {
        try await withServer { server in
            let text = "GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\nFOO / HTTP/1.1\r\n\r\n"
            let first = try HTTPReply(try await server.client.exchange(Array(text.utf8)))
            #expect(first.status == 200)
            expectProblem(try HTTPReply(first.rest), 400, "method", "second")
        }
    }
}
