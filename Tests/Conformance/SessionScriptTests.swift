import PeriluneCore
import PeriluneEmbedded
import PeriluneFuzzing
import PeriluneRedis
import PeriluneTestSupport
import Testing

@testable import Perilune

/// Every script of `lua/session` on a real server and on the embedded engine, call by call at the same times: the
/// replies, what is stored and when it ends are the same to the byte.
@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct SessionScriptTests {
    @Test func repliesSessionsAndExpiriesAreTheSame() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let pair = try EnginePair()
        for policy in SessionConfiguration.LimitPolicy.allCases {
            var configuration = SessionConfiguration(
                name: policy.rawValue, idleTimeout: .seconds(30), lifetime: .seconds(200),
                limit: .init(3, policy: policy))
            configuration.shards = 2
            configuration.rotationGrace = .seconds(5)
            configuration.keptEvents = 20
            let store = try SessionStore(
                of: [String: Int].self, engine: ComparingEngine(pair: pair),
                secrets: SessionSecrets(tokenKey: Array(repeating: 1, count: 32)), configuration: configuration)
            var ids: [SessionID] = []
            for _ in 0..<400 {
                do {
                    try await step(store, &ids, pair, &generator)
                } catch let error as SessionError {
                    // What the engines say alike is fine, whatever it is; a difference is not.
                    guard case .engine(let cause) = error, cause.code != .server else { continue }
                    Issue.record("seed \(seed), \(policy): \(error)")
                    return
                }
            }
            try await compareKeys(pair)
        }
    }

    private func step(
        _ store: SessionStore<[String: Int]>, _ ids: inout [SessionID], _ pair: EnginePair,
        _ generator: inout SeededGenerator
    ) async throws {
        let user = ["a", "b", "é"].randomElement(using: &generator)
        let id = ids.randomElement(using: &generator)
        let number = Int.random(in: 0..<100, using: &generator)
        switch Int.random(in: 0..<16, using: &generator) {
        case 0..<4:
            let user = number < 30 ? nil : user
            ids.append(try await store.create(["n": number], user: user, device: SessionDevice(name: "d")).session.id)
        case 4: pair.advance(Int64.random(in: 0...20_000_000, using: &generator))
        case 5: pair.advance(Int64.random(in: 0...2_000_000, using: &generator))
        case 6: try await store.sweep()
        case 7: _ = try await store.sessions(of: user ?? "a")
        case 8 where number < 20: try await store.revokeAll(of: user ?? "a", except: id)
        case 9: if let id { try await store.revoke(id) }
        case 10: if let id { ids.append(try await store.rotate(id).session.id) }
        case 11: if let id { ids.append(try await store.logIn(id, user: user ?? "a").session.id) }
        case 12: if let id { _ = try await store.peek(id) }
        case 13:
            if let id {
                try await store.update(id, expecting: number < 50 ? nil : number / 10) { changes throws(SessionError) in
                    try changes.increment("n", by: number)
                    if number % 2 == 0 { try changes.set("m", to: number) }
                    if number % 3 == 0 { try changes.remove("n") }
                    try changes.increment("k", by: -number)
                }
            }
        case 14: if let id { try await store.replace(id, with: ["x": number, "y": -number]) }
        default: if let id { _ = try await store.touch(id) }
        }
        if number < 5 { try await compareKeys(pair) }
    }

    /// What all keys hold, and when they end.
    private func compareKeys(_ pair: EnginePair) async throws {
        let reply = try await pair.redis.send(RedisCommand("KEYS", ["*"]))
        for key in (reply.array ?? []).compactMap(\.bytes) {
            let type = try await pair.send(RedisCommand("TYPE", [.bytes(key)])).string
            _ = try await pair.send(RedisCommand("PEXPIRETIME", [.bytes(key)]))
            switch type {
            case "string": _ = try await pair.send(RedisCommand("GET", [.bytes(key)]))
            case "hash": _ = try await pair.send(RedisCommand("HGETALL", [.bytes(key)]), order: .anyOfPairs)
            case "zset": _ = try await pair.send(RedisCommand("ZRANGE", [.bytes(key), 0, -1, "WITHSCORES"]))
            default: _ = try await pair.send(RedisCommand("XRANGE", [.bytes(key), "-", "+"]))
            }
        }
        _ = try await pair.send(RedisCommand("KEYS", ["*"]), order: .any)
    }

    @Test func wrongArgumentsAreRefusedAlikeAndWriteNothing() async throws {
        let pair = try EnginePair()
        let id = String(repeating: "i", count: 22)
        let keys: [RedisKey] = ["{t}:s:", "{t}:w", "{t}:c", "{t}:e", "{t}:u:"]
        let session = RedisKey("{t}:s:" + id)
        let good: [RedisArgument] = [1_000, 1_000, 9_000, 1, "u", "", "", 0, "oldest", "", 10]
        for (index, wrong): (Int, RedisArgument) in [
            (0, 0), (0, "x"), (0, "1.5"), (0, "inf"), (0, "nan"), (1, -1), (1, 0), (2, ""), (2, "281474976710656"),
            (3, 0), (3, "1e20"), (4, .string(String(repeating: "u", count: 129))),
            (5, .bytes(Array(repeating: 0, count: 769))), (7, -1), (7, 1001), (8, "newest"), (10, 0), (10, "x"),
        ] {
            var arguments = good
            arguments[index] = wrong
            try await expectRefusal("create", [session] + keys, arguments, pair)
        }
        try await expectRefusal("create", [session] + keys, [], pair)
        try await expectRefusal("create", [RedisKey(session.name + "x")] + keys, good, pair)
        for arguments: [RedisArgument] in [
            [], [0], [0, 0], [-2, 10], ["x", 10], [0, 10, "set"], [0, 10, "set", "a"], [0, 10, "grow", "a", "b"],
            [0, 10, "set", .bytes(Array(repeating: 65, count: 256)), "b"],
        ] {
            try await expectRefusal("update", [session], arguments, pair)
        }
        for arguments: [RedisArgument] in [[], [1, 0], [0, 0, "t"], [1, "x", "t"], [1, -1, "t"], [1, "1.5", "t"]] {
            try await expectRefusal(
                "take", [session, "{t}:s:", "{t}:w", "{t}:c", "{t}:u:"], arguments, pair)
        }
        for arguments: [RedisArgument] in [
            [], [1, 0, "t", ""], [0, 0, "t", "", ""], [1, -1, "t", "", ""], [1, "0.5", "t", "", ""],
            [1, 0, "t", .bytes(Array(repeating: 0, count: 769)), ""],
        ] {
            try await expectRefusal(
                "rotate", [session, session, "{t}:s:", "{t}:w", "{t}:c", "{t}:u:"], arguments, pair)
        }
        for arguments: [RedisArgument] in [[], [0], ["x"], ["0.5"]] {
            try await expectRefusal("revoke", [session] + keys, arguments, pair)
            try await expectRefusal(
                "revoke_all", ["{t}:u:u", "{t}:s:", "{t}:w", "{t}:c", "{t}:e"], ["u", ""] + arguments, pair)
        }
        for arguments: [RedisArgument] in [
            [], ["", 1, 1, 1], ["o", 0, 1, 1], ["o", 1, 0, 1], ["o", 1, 1001, 1], ["o", 1, 1, 0], ["o", "x", 1, 1],
        ] {
            try await expectRefusal(
                "sweep", ["{t}:s:", "{t}:u:", "{t}:w", "{t}:c", "{t}:e", "{t}:l"], arguments, pair)
        }
        // The same call without anything wrong is no refusal.
        let reply = try await pair.call(try Self.script("create"), keys: [session] + keys, arguments: good)
        #expect(reply.array?.first == .integer(1))
    }

    private func expectRefusal(
        _ name: String, _ keys: [RedisKey], _ arguments: [RedisArgument], _ pair: EnginePair
    ) async throws {
        let reply = try await pair.call(try Self.script(name), keys: keys, arguments: arguments)
        guard case .error(let error) = reply else {
            Issue.record("session.\(name) \(arguments) gave \(reply)")
            return
        }
        #expect(error.line.hasPrefix("ERR "), "\(name) \(arguments): \(error)")
        #expect(try await pair.send("DBSIZE") == .integer(0))
    }

    private static func script(_ name: String) throws -> LuaScript {
        let all = [
            Scripts.Session.Create.script, Scripts.Session.Update.script, Scripts.Session.Take.script,
            Scripts.Session.Rotate.script, Scripts.Session.Revoke.script, Scripts.Session.RevokeAll.script,
            Scripts.Session.Sweep.script,
        ]
        return try #require(all.first { $0.name == "session." + name })
    }
}
