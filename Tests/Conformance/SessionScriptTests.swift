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
        var done: [Step: Int] = [:]
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
                let step = Step.random(using: &generator)
                do throws(SessionError) {
                    if try await take(step, store, &ids, pair, &generator) { done[step, default: 0] += 1 }
                } catch {
                    switch error {
                    case .notFound, .versionConflict, .limitReached: break
                    // No script has a reason to refuse any of these calls, even if both engines do it alike.
                    default:
                        Issue.record("seed \(seed), \(policy), \(step): \(error)")
                        return
                    }
                }
                if Int.random(in: 0..<20, using: &generator) == 0 { try await compareKeys(pair) }
            }
            try await compareKeys(pair)
        }
        // What never does anything would always be the same.
        for step in Step.allCases { #expect(done[step, default: 0] > 0, "seed \(seed): \(step)") }
    }

    private enum Step: CaseIterable {
        case create, wait, sweep, list, revokeAll, revoke, rotate, logIn, peek, summary, update, replace, touch

        static func random(using generator: inout SeededGenerator) -> Step {
            // So many begin that there are always some.
            Int.random(in: 0..<5, using: &generator) == 0
                ? .create : allCases.randomElement(using: &generator) ?? .create
        }
    }

    /// Takes a step.
    ///
    /// - Returns: Whether there was anything for it to be done to.
    private func take(
        _ step: Step, _ store: SessionStore<[String: Int]>, _ ids: inout [SessionID], _ pair: EnginePair,
        _ generator: inout SeededGenerator
    ) async throws(SessionError) -> Bool {
        let user = ["a", "b", "é"].randomElement(using: &generator) ?? "a"
        let number = Int.random(in: 0..<100, using: &generator)
        switch step {
        case .create:
            let user = number < 30 ? nil : user
            ids.append(try await store.create(["n": number], user: user, device: SessionDevice(name: "d")).session.id)
            return true
        case .wait:
            pair.advance(Int64.random(in: 0...(number < 50 ? 20_000_000 : 2_000_000), using: &generator))
            return true
        case .sweep: return try await store.sweep() > 0
        case .list: return try await !store.sessions(of: user).isEmpty
        case .revokeAll where number >= 20: return false
        default: break
        }
        // Most often one of those that may still be there.
        guard let id = (number % 4 == 0 ? ids[...] : ids.suffix(12)).randomElement(using: &generator) else {
            return false
        }
        switch step {
        case .revokeAll: return try await store.revokeAll(of: user, except: id) > 0
        case .revoke: return try await store.revoke(id)
        case .rotate: ids.append(try await store.rotate(id).session.id)
        case .logIn: ids.append(try await store.logIn(id, user: user).session.id)
        case .peek: return try await store.peek(id) != nil
        case .summary: return try await store.summary(id) != nil
        case .replace: try await store.replace(id, with: ["x": number, "y": -number])
        case .touch: return try await store.touch(id) != nil
        default:
            try await store.update(id, expecting: number < 50 ? nil : number / 10) { changes throws(SessionError) in
                try changes.increment("n", by: number)
                if number % 2 == 0 { try changes.set("m", to: number) }
                if number % 3 == 0 { try changes.remove("n") }
                try changes.increment("k", by: -number)
            }
        }
        return true
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
