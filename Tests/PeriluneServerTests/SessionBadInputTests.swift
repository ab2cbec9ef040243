import Perilune
import PeriluneTestSupport
import Testing

@testable import PeriluneServer

/// Who is let in to the sessions, and what is refused.
@Suite struct SessionBadInputTests {
    private func expectProblem(_ reply: HTTPReply, _ status: Int, _ detail: String, _ name: String) {
        #expect(reply.status == status, "\(name): \(reply.body)")
        #expect(reply["Content-Type"] == "application/problem+json", "\(name)")
        #expect(reply.body.contains(#""status":\#(status),"#), "\(name)")
        #expect(reply.body.contains(detail), "\(name): \(reply.body)")
    }

    @Test func lookingWantsTheReadTokenAndEndingTheAdminToken() async throws {
        try await withServer { server async throws in
            let store = try server.store()
            let new = try await store.create(Visit(), user: "42")
            let paths = [
                "cache/session/\(new.session.id)", "users/42/sessions", "sessions/stats", "sessions/events",
            ]
            for path in paths {
                #expect(try await server.send("GET", path, token: Harness.read).status == 200, "\(path)")
                #expect(try await server.send("HEAD", path, token: Harness.read).status == 200, "\(path)")
                for token in [nil, "wrong", new.token.text] {
                    #expect(try await server.send("GET", path, token: token).status == 401, "\(path)")
                }
            }
            for path in paths.prefix(2) {
                #expect(try await server.send("DELETE", path, token: Harness.read).status == 403, "\(path)")
                #expect(try await server.send("DELETE", path, token: nil).status == 401, "\(path)")
            }
            for path in paths.suffix(2) { #expect(try await server.send("DELETE", path).status == 405, "\(path)") }
            #expect(try await store.session(for: new.token) != nil)
        }
    }

    @Test func aTokenIsNoIDAndIsNotShown() async throws {
        let log = RecordedLog()
        try await withServer(logger: log.logger) { server async throws in
            let store = try server.store()
            let new = try await store.create(Visit(), user: "42")
            let token = new.token.text
            let calls = [
                ("GET", "cache/session/\(token)"), ("DELETE", "cache/session/\(token)"),
                ("GET", "cache/session/\(token.dropLast())"), ("DELETE", "users/42/sessions?except=\(token)"),
            ]
            for (method, path) in calls {
                let reply = try await server.send(method, path)
                expectProblem(reply, 400, "a session's token, which is its client's secret", method)
                #expect(!reply.body.contains(token.suffix(40).dropLast()))
            }
            #expect(try await store.session(for: new.token) != nil)
            #expect(!log.lines.joined().contains(token.suffix(40).dropLast()))
        }
    }

    @Test func badIDsAreRefused() async throws {
        let hash = "AAAAAAAAAAAAAAAAAAAAAA"
        let ids = [
            "17", "17.", ".\(hash)", "17.\(hash)A", "17.\(hash.dropLast())", "017.\(hash)", "-1.\(hash)",
            "1024.\(hash)",
            "99999999999999999999.\(hash)", "17.\(hash.dropLast())%2F", "17.\(hash.dropLast())B", "17%00\(hash)",
            "%7B17%7D",
            "17.\(hash)%0A", "%EF%BC%91.\(hash)", "kq3p", String(repeating: "9", count: 60_000),
        ]
        try await withServer { server in
            for id in ids {
                for method in ["GET", "DELETE"] {
                    let reply = try await server.send(method, "cache/session/\(id)")
                    expectProblem(reply, 400, "session_id: not the id of a session", String(id.prefix(40)))
                    #expect(!reply.body.contains(hash.dropLast(2)))
                }
            }
            let long = try await server.send("GET", "cache/session/" + String(repeating: "x", count: 200_000))
            expectProblem(long, 400, "header is longer", "200 kB")
            expectProblem(try await server.send("GET", "cache/session/%zz"), 400, "hexadecimal", "%zz")
            expectProblem(try await server.send("GET", "cache/session/"), 404, "nothing at this path", "no id")
            expectProblem(try await server.send("PUT", "cache/session/a"), 405, "GET, DELETE, HEAD", "PUT")
        }
    }

    @Test func badUsersAreRefused() async throws {
        let users = [
            "%7B42%7D", "a%7D:u:%7Bb", "%00", "a%0D%0A", "%7F", String(repeating: "x", count: 129),
            String(repeating: "%C3%A4", count: 65), String(repeating: "x", count: 60_000),
        ]
        try await withServer { server in
            for user in users {
                for method in ["GET", "DELETE"] {
                    expectProblem(
                        try await server.send(method, "users/\(user)/sessions"), 400, "id: not a user's",
                        String(user.prefix(40)))
                }
            }
            expectProblem(try await server.list("%ff"), 400, "not UTF-8", "%ff")
            expectProblem(try await server.send("GET", "users//sessions"), 404, "nothing at this path", "no user")
            expectProblem(try await server.send("GET", "users/a/b/sessions"), 404, "nothing at this path", "slash")
        }
    }

    /// A misspelt parameter would end the session that it says to keep.
    @Test func whatIsNotUnderstoodEndsNothing() async throws {
        try await withServer { server async throws in
            let store = try server.store()
            let new = try await store.create(Visit(), user: "42")
            let id = new.session.id
            for query in ["exept=\(id)", "Except=\(id)", "except=\(id)&except=\(id)", "except=\(id)&x"] {
                expectProblem(
                    try await server.send("DELETE", "users/42/sessions?\(query)"), 400, "The one parameter here", query)
            }
            for query in ["except", "except=", "except=42", "except=%7B%7D"] {
                expectProblem(
                    try await server.send("DELETE", "users/42/sessions?\(query)"), 400, "except: not the id", query)
            }
            #expect(try await store.session(for: new.token) != nil)
            #expect(try await server.send("DELETE", "users/42/sessions?").body == #"{"revoked":1}"#)
        }
    }

    @Test(arguments: [
        "after=x", "after=1", "after=1-2-3", "after=-", "after=%2B1-1", "after=18446744073709551616-0", "after=1-1,2-2",
        "after=" + String(repeating: ".", count: 1024),
    ])
    func badPositionsAreRefused(query: String) async throws {
        try await withServer { server in
            expectProblem(try await server.send("GET", "sessions/events?\(query)"), 400, "after: not what", query)
        }
    }

    @Test func limitsAreBounded() async throws {
        try await withServer { server async throws in
            for limit in ["0", "-1", "101", "x", "", "99999999999999999999"] {
                expectProblem(
                    try await server.send("GET", "sessions/events?limit=\(limit)"), 400,
                    "limit: not a number from 1 to 100",
                    limit)
            }
            // Of shards that are no more.
            let position = String(repeating: "1-1.", count: 1023) + "18446744073709551615-0"
            #expect(try await server.send("GET", "sessions/events?limit=100&after=\(position)").status == 200)
        }
    }

    @Test func anEngineThatIsDownIsTold() async throws {
        let log = RecordedLog()
        try await withServer(scriptEngine: FailingEngine(), logger: log.logger) { server in
            let calls = [
                ("GET", "cache/session/17.AAAAAAAAAAAAAAAAAAAAAA"),
                ("DELETE", "cache/session/17.AAAAAAAAAAAAAAAAAAAAAA"),
                ("GET", "users/42/sessions"), ("DELETE", "users/42/sessions"), ("GET", "sessions/stats"),
                ("GET", "sessions/events"),
            ]
            for (method, path) in calls {
                let reply = try await server.send(method, path)
                expectProblem(reply, 503, "Sessions cannot be reached", path)
                #expect(reply["Retry-After"] == "1")
                #expect(!reply.body.contains("redis.internal"))
            }
        }
        #expect(
            log.lines.contains(
                "warning The engine gave no answer. error=unreachable: redis.internal: connection refused failures=1"))
    }
}
