import Foundation
import Perilune
import PeriluneTestSupport
import Testing

@testable import PeriluneServer

@Suite struct SessionRoutesTests {
    private let phone = SessionDevice(name: "phone", address: "192.0.2.1", userAgent: "A \"b\"\\")

    @Test func aLookShowsWhatTheTokenAllows() async throws {
        try await withServer { server in
            let new = try await server.store().create(Visit(cart: ["tea"]), user: "42", device: phone)
            let id = new.session.id
            server.clock.advance(by: .milliseconds(1_234))
            let known = """
                {"id":"\(id)","user":"42","created":"2023-11-14T22:13:20.000Z","last_seen":"2023-11-14T22:13:20.000Z",\
                "expires":"2023-11-14T22:43:20.000Z","deadline":"2023-11-15T22:13:20.000Z","idle_timeout":1800,\
                "version":1
                """
            let read = try await server.look(id, token: Harness.read)
            #expect(read.status == 200)
            #expect(read["Content-Type"] == "application/json")
            #expect(read["Cache-Control"] == "no-store")
            #expect(read.body == known + "}")
            let admin = try await server.look(id)
            #expect(
                admin.body == known + """
                    ,"device":{"name":"phone","address":"192.0.2.1","user_agent":"A \\"b\\"\\\\"},"data":{"cart":["tea"]}}
                    """)
            #expect(!admin.body.contains(new.token.text))
        }
    }

    @Test func aUseIsSeenToTheMillisecond() async throws {
        try await withServer { server in
            let store = try server.store()
            let new = try await store.create(Visit(), idleTimeout: .milliseconds(90_500))
            for milliseconds in [1, 7, 999, 12_345] {
                server.clock.advance(by: .milliseconds(milliseconds))
                _ = try await store.session(for: new.token)
            }
            try await store.update(new.session.id) { changes in changes.set("more", to: 1) }
            let body = try await server.look(new.session.id).body
            #expect(
                body.hasSuffix(
                    """
                    "user":null,"created":"2023-11-14T22:13:20.000Z","last_seen":"2023-11-14T22:13:33.352Z",\
                    "expires":"2023-11-14T22:15:03.852Z","deadline":"2023-11-15T22:13:20.000Z","idle_timeout":90.5,\
                    "version":2,"device":null,"data":{"cart":[],"more":1}}
                    """), "\(body)")
        }
    }

    @Test func aLookIsNoUse() async throws {
        try await withServer { server async throws in
            let new = try await server.store().create(Visit(), user: "42", idleTimeout: .seconds(60))
            server.clock.advance(by: .seconds(59))
            for token in [Harness.read, Harness.admin] {
                #expect(try await server.look(new.session.id, token: token).status == 200)
                #expect(try await server.list("42", token: token).body.contains("\(new.session.id)"))
            }
            server.clock.advance(by: .milliseconds(1_001))
            #expect(try await server.look(new.session.id).status == 404)
            #expect(try await server.list("42").body == #"{"user":"42","sessions":[]}"#)
        }
    }

    private struct Numbers: Codable {
        var large = UInt64.max
        var small = Int64.min
        var decimal = Decimal(string: "0.12345678901234567890123456789")
        var huge = 1e300
        var none: [Int] = []
        var nested = [["a": [Int?.none]]]
    }

    @Test func dataStandsAsItWasWritten() async throws {
        try await withServer { server in
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            let written = String(decoding: try encoder.encode(Numbers()), as: UTF8.self)
            let id = try await server.store(of: Numbers.self).create(Numbers()).session.id
            let body = try await server.look(id).body
            // The order of members is that of the service's encoder.
            for member in written.dropFirst().dropLast().split(separator: ",\"") {
                #expect(body.contains(member), "\(member) in \(body)")
            }
            #expect(body.contains("18446744073709551615"))
            #expect(body.contains("0.12345678901234567890123456789"))
        }
    }

    @Test func aRevokedSessionStaysEnded() async throws {
        try await withServer { server async throws in
            let store = try server.store()
            let new = try await store.create(Visit(), user: "42")
            let reply = try await server.send("DELETE", "cache/session/\(new.session.id)")
            #expect(reply.status == 204)
            #expect(reply.body.isEmpty)
            #expect(try await store.session(for: new.token) == nil)
            for method in ["DELETE", "GET"] {
                let again = try await server.send(method, "cache/session/\(new.session.id)")
                #expect(again.status == 404)
                #expect(again["Content-Type"] == "application/problem+json")
                #expect(again.body.contains("no such session"))
            }
            #expect(try await server.list("42").body == #"{"user":"42","sessions":[]}"#)
        }
    }

    @Test func aSessionIsFoundUnderItsFormerIDDuringTheGrace() async throws {
        try await withServer { server async throws in
            let store = try server.store { $0.rotationGrace = .seconds(10) }
            let old = try await store.create(Visit(), user: "42").session.id
            let new = try await store.rotate(old).session.id
            #expect(try await server.look(old).body.hasPrefix(#"{"id":"\#(new)""#))
            #expect(try await server.send("DELETE", "cache/session/\(old)").status == 204)
            #expect(try await server.look(new).status == 404)
        }
    }

    @Test func aUsersSessionsAreListed() async throws {
        try await withServer { server in
            let store = try server.store()
            let first = try await store.create(Visit(cart: ["tea"]), user: "42", device: phone).session.id
            server.clock.advance(by: .seconds(1))
            let second = try await store.create(Visit(), user: "42").session.id
            _ = try await store.create(Visit(), user: "43")
            _ = try await store.create(Visit())
            let read = try await server.list("42", token: Harness.read)
            #expect(read.status == 200)
            #expect(
                read.body == """
                    {"user":"42","sessions":[\
                    {"id":"\(first)","user":"42","created":"2023-11-14T22:13:20.000Z",\
                    "last_seen":"2023-11-14T22:13:20.000Z","expires":"2023-11-14T22:43:20.000Z",\
                    "deadline":"2023-11-15T22:13:20.000Z","idle_timeout":1800,"version":1},\
                    {"id":"\(second)","user":"42","created":"2023-11-14T22:13:21.000Z",\
                    "last_seen":"2023-11-14T22:13:21.000Z","expires":"2023-11-14T22:43:21.000Z",\
                    "deadline":"2023-11-15T22:13:21.000Z","idle_timeout":1800,"version":1}]}
                    """)
            let admin = try await server.list("42").body
            #expect(admin.contains(#""version":1,"device":{"name":"phone","address":"192.0.2.1","#), "\(admin)")
            #expect(admin.hasSuffix(#""version":1,"device":null}]}"#), "\(admin)")
            #expect(!admin.contains("tea"))
        }
    }

    @Test(arguments: [
        ("a/b", "a%2Fb"), ("ä@example.org", "%C3%A4@example.org"), ("..", "%2e%2E"), ("a b", "a%20b"), ("%", "%25"),
        ("u:42", "u:42"), (String(repeating: "x", count: 128), String(repeating: "x", count: 128)),
    ])
    func usersAreNamedInPaths(user: String, path: String) async throws {
        try await withServer { server async throws in
            let new = try await server.store().create(Visit(), user: user)
            #expect(try await server.list(path).body.contains("\(new.session.id)"))
            #expect(try await server.send("DELETE", "users/\(path)/sessions").body == #"{"revoked":1}"#)
        }
    }

    @Test func allSessionsOfAUserAreRevokedButOne() async throws {
        try await withServer { server async throws in
            let store = try server.store()
            var tokens: [SessionToken] = []
            for _ in 0..<3 { tokens.append(try await store.create(Visit(), user: "42").token) }
            let other = try await store.create(Visit(), user: "43")
            let stays = store.id(of: tokens[1])
            let reply = try await server.send("DELETE", "users/42/sessions?except=\(stays)")
            #expect(reply.status == 200)
            #expect(reply.body == #"{"revoked":2}"#)
            #expect(try await store.session(for: tokens[0]) == nil)
            #expect(try await store.session(for: tokens[1]) != nil)
            #expect(try await store.session(for: tokens[2]) == nil)
            #expect(try await server.send("DELETE", "users/42/sessions").body == #"{"revoked":1}"#)
            #expect(try await server.send("DELETE", "users/42/sessions").body == #"{"revoked":0}"#)
            #expect(try await store.session(for: other.token) != nil)
        }
    }

    /// The server does not know the services' keys; and when they were changed, sessions of before still count.
    @Test func aUsersSessionsAreFoundWhateverShardTheyLieIn() async throws {
        try await withServer { server async throws in
            var ids: Set<SessionID> = []
            for key in UInt8(1)...8 {
                ids.insert(try await server.store(tokenKey: key).create(Visit(), user: "42").session.id)
            }
            #expect(Set(ids.map(\.shard)).count > 1)
            let body = try await server.list("42").body
            for id in ids { #expect(body.contains("\(id)")) }
            #expect(try await server.send("DELETE", "users/42/sessions").body == #"{"revoked":8}"#)
        }
    }

    @Test func statisticsAreTheTruth() async throws {
        try await withServer { server async throws in
            let none = #"{"active":0,"created":0,"expired":0,"revoked":0,"evicted":0,"rotated":0}"#
            #expect(try await server.send("GET", "sessions/stats", token: Harness.read).body == none)
            let store = try server.store { $0.limit = .init(2) }
            for _ in 0..<3 { _ = try await store.create(Visit(), user: "42") }
            for _ in 0..<2 { _ = try await store.create(Visit(), idleTimeout: .seconds(10)) }
            let anonymous = try await store.create(Visit())
            let user = try await store.logIn(anonymous.session.id, user: "43")
            #expect(try await server.send("DELETE", "cache/session/\(user.session.id)").status == 204)
            #expect(try await server.send("DELETE", "cache/session/\(user.session.id)").status == 404)
            server.clock.advance(by: .milliseconds(10_001))
            try await store.sweep()
            #expect(
                try await server.send("GET", "sessions/stats", token: Harness.read).body
                    == #"{"active":2,"created":7,"expired":2,"revoked":1,"evicted":1,"rotated":1}"#)
        }
    }

    @Test func eventsAreReadFromWhereOneStopped() async throws {
        try await withServer { server async throws in
            let store = try server.store()
            var ids: [SessionID] = []
            func revokeOne(_ user: String?) async throws {
                let id = try await store.create(Visit(), user: user).session.id
                server.clock.advance(by: .seconds(1))
                _ = try await server.send("DELETE", "cache/session/\(id)")
                ids.append(id)
            }
            let nothing = try await server.send("GET", "sessions/events", token: Harness.read)
            #expect(nothing.body == #"{"events":[],"next":""}"#)
            try await revokeOne("42")
            try await revokeOne(nil)
            let first = try await server.send("GET", "sessions/events", token: Harness.read).body
            let expected = """
                {"events":[{"time":"2023-11-14T22:13:21.000Z","kind":"revoked","id":"\(ids[0])","user":"42"},\
                {"time":"2023-11-14T22:13:22.000Z","kind":"revoked","id":"\(ids[1])","user":null}],"next":"
                """
            #expect(first.hasPrefix(expected), "\(first)")
            let next = first.dropFirst(expected.count).dropLast(2)
            try await revokeOne("44")
            let second = try await server.send("GET", "sessions/events?after=\(next)").body
            #expect(
                second.hasPrefix(
                    """
                    {"events":[{"time":"2023-11-14T22:13:23.000Z","kind":"revoked","id":"\(ids[2])","user":"44"}],
                    """), "\(second)")
            #expect(try await server.send("GET", "sessions/events?limit=1").body.contains("\(ids[0])"))
        }
    }

    @Test func theStoreIsTheOneThatIsNamed() async throws {
        let configure: (inout ManagementConfiguration) -> Void = { configuration in
            configuration.sessions.name = "shop"
            configuration.sessions.shards = 2
        }
        try await withServer(configure: configure) { server async throws in
            let shop = try server.store { configuration in
                configuration.name = "shop"
                configuration.shards = 2
            }
            let id = try await shop.create(Visit(), user: "42").session.id
            #expect(try await server.look(id).status == 200)
            _ = try await server.store().create(Visit(), user: "42")
            #expect(try await server.send("GET", "sessions/stats").body.hasPrefix(#"{"active":1,"created":1,"#))
            #expect(try await server.send("DELETE", "users/42/sessions").body == #"{"revoked":1}"#)
            let unknown = try await server.look(try SessionID("2.AAAAAAAAAAAAAAAAAAAAAA"))
            #expect(unknown.status == 404)
            #expect(unknown.body.contains("There is no shard 2; sessions.shards says how many there are."))
        }
    }
}
