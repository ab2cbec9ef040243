import PeriluneTestSupport
import Testing

@testable import PeriluneServer

@Suite struct AuthorizationTests {
    struct Operation: Sendable {
        let method: String
        let path: String
        let scope: AccessTokens.Scope?
    }

    static let operations = [
        Operation(method: "GET", path: "health", scope: nil),
        Operation(method: "HEAD", path: "health", scope: nil),
        Operation(method: "GET", path: "health/detailed", scope: .read),
        Operation(method: "HEAD", path: "health/detailed", scope: .read),
        Operation(method: "GET", path: "cache/rate-limit/a", scope: .read),
        Operation(method: "POST", path: "cache/rate-limit/a/reset", scope: .admin),
        Operation(method: "POST", path: "rate-limit/check", scope: .admin),
    ]

    private func status(of operation: Operation, token: String?, _ server: Harness) async throws -> Int {
        let body = operation.path.hasSuffix("check") ? #"{"identifier":"a"}"# : nil
        let reply = try await server.send(
            operation.method, operation.path, token: token, type: "application/json", body: body)
        return reply.status
    }

    @Test func everyOperationWantsItsScope() async throws {
        let invalid = [nil, "", "wrong", Harness.admin + "x", String(Harness.admin.dropLast()), "\"", "Bearer"]
        try await withServer { server in
            for operation in Self.operations {
                let name = "\(operation.method) \(operation.path)"
                let admin = try await status(of: operation, token: Harness.admin, server)
                #expect(admin == 200, "\(name)")
                let read = try await status(of: operation, token: Harness.read, server)
                #expect(read == (operation.scope == .admin ? 403 : 200), "\(name)")
                for token in invalid {
                    let other = try await status(of: operation, token: token, server)
                    #expect(other == (operation.scope == nil ? 200 : 401), "\(name) \(token ?? "-")")
                }
            }
        }
    }

    @Test func aRefusalTellsNothing() async throws {
        try await withServer { server in
            let missing = try await server.send("GET", "health/detailed", token: nil)
            let wrong = try await server.send("GET", "health/detailed", token: "wrong-token")
            #expect(missing.status == 401)
            #expect(missing["WWW-Authenticate"] == "Bearer")
            #expect(missing["Content-Type"] == "application/problem+json")
            #expect(
                missing.body == """
                    {"title":"Unauthorized","status":401,\
                    "detail":"This needs a valid token: Authorization: Bearer TOKEN."}
                    """)
            #expect(wrong.body == missing.body)
            #expect(wrong["WWW-Authenticate"] == missing["WWW-Authenticate"])
            let forbidden = try await server.check(#"{"identifier":"a"}"#, token: Harness.read)
            #expect(forbidden.status == 403)
            #expect(forbidden["Content-Type"] == "application/problem+json")
            #expect(forbidden["WWW-Authenticate"] == #"Bearer error="insufficient_scope""#)
            #expect(!forbidden.body.contains(Harness.read))
        }
    }

    @Test(arguments: [
        ("bearer \(Harness.admin)", 200), ("BEARER   \(Harness.admin)", 200), ("Basic \(Harness.admin)", 401),
        (Harness.admin, 401), ("Bearer", 401), ("Bearer ", 401), ("Bearer \(Harness.admin), x", 401),
    ])
    func theSchemeIsBearer(field: String, status: Int) async throws {
        try await withServer { server in
            let reply = try await server.client.send(
                "GET", "/api/v1/health/detailed", headers: [("Authorization", field)])
            #expect(reply.status == status)
        }
    }

    @Test func twoTokensAreNone() async throws {
        try await withServer { server async throws in
            let both = [("Authorization", "Bearer x"), ("Authorization", "Bearer \(Harness.admin)")]
            #expect(try await server.client.send("GET", "/api/v1/health/detailed", headers: both).status == 401)
        }
    }

    @Test func withoutAReadTokenThereIsNone() async throws {
        try await withServer(readToken: nil) { server async throws in
            #expect(try await server.send("GET", "health/detailed", token: Harness.read).status == 401)
            #expect(try await server.send("GET", "health/detailed").status == 200)
        }
    }

    @Test func aRefusedRequestTakesNothing() async throws {
        try await withServer { server in
            for token in [nil, "wrong", Harness.read] {
                _ = try await server.check(#"{"identifier":"a"}"#, token: token)
            }
            #expect(try await server.send("GET", "cache/rate-limit/a").body.contains(#""remaining":10"#))
        }
    }

    @Test func generatedTokensAreLongAndDifferent() {
        let tokens = (0..<100).map { _ in AccessTokens.randomToken() }
        #expect(Set(tokens).count == 100)
        for token in tokens {
            #expect(token.utf8.count == 43)
            #expect(AccessTokens.isSendable(token))
            #expect(token.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
            #expect(AccessTokens(admin: token).scope(of: token) == .admin)
        }
    }

    @Test func tokensAreNotPrinted() {
        let tokens = AccessTokens(admin: "visible-admin", read: "visible-read")
        var text = ""
        dump(tokens, to: &text)
        #expect(!"\(tokens) \(text)".contains("visible"))
    }
}
