import Perilune
import PeriluneTestSupport
import Testing

@testable import PeriluneServer

/// What is shown of sessions whose data is sealed, or was tampered with.
@Suite struct SealedSessionTests {
    private let device = SessionDevice(name: "phone")
    private let log = RecordedLog()

    private func keys(_ id: UInt8 = 3, _ byte: UInt8 = 9) throws -> SessionKeyRing {
        try SessionKeyRing([UInt8](repeating: byte, count: 32), as: id)
    }

    private func withKeys(_ keys: SessionKeyRing?, _ body: (Harness) async throws -> Void) async throws {
        try await withServer(logger: log.logger, configure: { $0.sessions.keys = keys }, body)
    }

    private func create(_ server: Harness, keys: SessionKeyRing?) async throws -> SessionID {
        try await server.store(keys: keys).create(Visit(cart: ["tea"]), user: "42", device: device).session.id
    }

    private var audited: [String] { log.lines.filter { $0.hasPrefix("error ") } }

    @Test func withTheKeysItIsOpenToTheAdminToken() async throws {
        try await withKeys(try keys()) { server async throws in
            let id = try await create(server, keys: try keys())
            let body = try await server.look(id).body
            #expect(
                body.hasSuffix(
                    #""device":{"name":"phone","address":null,"user_agent":null},"data":{"cart":["tea"]}}"#), "\(body)")
            #expect(try await server.list("42").body.contains("phone"))
            let read = try await server.look(id, token: Harness.read).body
            #expect(!read.contains("phone") && !read.contains("tea"))
        }
        #expect(audited.isEmpty)
    }

    @Test func withoutKeysTheRestIsShownAndWhy() async throws {
        try await withKeys(nil) { server in
            let id = try await create(server, keys: try keys())
            let reply = try await server.look(id)
            #expect(reply.status == 200)
            #expect(reply.body.hasPrefix(#"{"id":"\#(id)","user":"42","created":"2023-11-14T22:13:20.000Z","#))
            let reason = "sealed with the key 3, which is not in sessions.encryption_keys"
            #expect(
                reply.body.hasSuffix(
                    #""version":1,"unreadable":{"device":"\#(reason)","data":"\#(reason)"}}"#), "\(reply.body)")
            let list = try await server.list("42")
            #expect(list.status == 200)
            #expect(list.body.hasSuffix(#""version":1,"unreadable":{"device":"\#(reason)"}}]}"#), "\(list.body)")
            let read = try await server.look(id, token: Harness.read)
            #expect(read.body.hasSuffix(#""version":1}"#))
        }
        // That the server has no keys is nobody's attack.
        #expect(audited.isEmpty)
    }

    @Test func anUnknownKeyIsToldAndLogged() async throws {
        try await withKeys(try keys(4)) { server in
            let id = try await create(server, keys: try keys(3))
            let body = try await server.look(id).body
            #expect(body.contains(#""data":"sealed with the key 3, which is not in sessions.encryption_keys""#))
            #expect(
                audited.allSatisfy {
                    $0 == """
                        error A session's data cannot be trusted. error=the session's data is sealed with the unknown key 3 \
                        session=\(id)
                        """
                }, "\(audited)")
            #expect(!audited.isEmpty)
        }
    }

    @Test func anotherKeyOfTheSameNumberShowsNothing() async throws {
        try await withKeys(try keys(3, 8)) { server in
            let id = try await create(server, keys: try keys(3, 9))
            let body = try await server.look(id).body
            let reason = "the session's data was tampered with"
            #expect(body.hasSuffix(#""unreadable":{"device":"\#(reason)","data":"\#(reason)"}}"#), "\(body)")
            #expect(!audited.isEmpty)
        }
    }

    @Test func whatWasChangedShowsNothing() async throws {
        try await withKeys(try keys()) { server async throws in
            let id = try await create(server, keys: try keys())
            let key = server.key(of: id)
            let record = try #require(try await server.engine.send(RedisCommand("GET", [key.argument])).bytes)
            var changed = record
            changed[record.count - 1] ^= 1
            _ = try await server.engine.send(RedisCommand("SET", [key.argument, .bytes(changed), "KEEPTTL"]))
            let body = try await server.look(id).body
            #expect(body.contains(#""device":{"name":"phone""#))
            #expect(
                body.hasSuffix(#""unreadable":{"data":"the session's data was tampered with"}}"#), "\(body)")
            #expect(audited.count == 1)
        }
    }

    @Test func whatMustBeSealedAndIsNotShowsNothing() async throws {
        try await withKeys(try keys()) { server async throws in
            let id = try await create(server, keys: nil)
            let body = try await server.look(id).body
            let reason = "not sealed, although there are sessions.encryption_keys"
            #expect(body.hasSuffix(#""unreadable":{"device":"\#(reason)","data":"\#(reason)"}}"#), "\(body)")
            #expect(!body.contains("tea") && !body.contains("phone"))
        }
    }

    @Test func whatIsNoSessionIsAProblem() async throws {
        try await withKeys(nil) { server async throws in
            let id = try SessionID("3.AAAAAAAAAAAAAAAAAAAAAA")
            let key = server.key(of: id).argument
            _ = try await server.engine.send(RedisCommand("SET", [key, .bytes([9, 9, 9]), "PX", 1000]))
            let reply = try await server.look(id)
            #expect(reply.status == 500)
            #expect(reply["Content-Type"] == "application/problem+json")
            #expect(reply.body.contains("What is stored cannot be read: what is stored is no session."))
            // A head whose times are the largest that there can be, and data that is not JSON.
            let head: [UInt8] = [1] + [UInt8](repeating: 0xFF, count: 24) + [0, 0, 0]
            let field: [UInt8] = [1, 2] + Array("a}{".utf8)
            _ = try await server.engine.send(RedisCommand("SET", [key, .bytes(head + field), "PX", 1000]))
            let body = try await server.look(id).body
            #expect(
                body == """
                    {"id":"\(id)","user":null,"created":null,"last_seen":null,"expires":"2023-11-14T22:13:21.000Z",\
                    "deadline":null,"idle_timeout":281474976710.655,"version":281474976710655,"device":null,\
                    "unreadable":{"data":"the text is not JSON from byte 0 on"}}
                    """)
        }
    }
}
