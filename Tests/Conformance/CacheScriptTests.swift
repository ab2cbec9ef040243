import PeriluneCore
import PeriluneEmbedded
import PeriluneFuzzing
import PeriluneRedis
import PeriluneTestSupport
import Testing

@testable import Perilune

/// The scripts of `lua/cache` that hold values on a real server and on the embedded engine, call by call at the same
/// times: the replies, what is stored, when it ends and what is published are the same to the byte.
@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)), .timeLimit(.minutes(20)))
struct CacheScriptTests {
    /// The clock of a pair, for the processes that use it.
    private struct PairClock: RedisClock {
        let pair: EnginePair

        var microseconds: Int64 { pair.microseconds }
    }

    @Test(arguments: [1, 2])
    func repliesEntriesExpiriesAndMessagesAreTheSame(shards: Int) async throws {
        let pair = try EnginePair()
        let channels = (0..<shards).flatMap { [RedisChannel("p:{m.\($0)}:m"), RedisChannel("p:{m.\($0)}:d")] }
        let expected = try await pair.redis.subscribe(toShardChannels: channels)
        let published = try await pair.embedded.subscribe(toShardChannels: channels)
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        var type = CacheSurroundings.type("m", shards: shards)
        type.leaseTime = .seconds(1)...(.seconds(30))
        var model = try CacheModel(
            CacheSurroundings.make(
                type, ComparingEngine(pair: pair), clock: PairClock(pair: pair), advance: { pair.advance($0) }))
        for round in 0..<30 {
            let steps = (0..<40).map { _ in
                CacheStep.random(hasClock: true, hasReplica: shards == 1, using: &generator)
            }
            if let complaint = try await model.run(steps) {
                Issue.record("seed \(seed), round \(round): \(complaint)")
                return
            }
            _ = try await CacheSnapshot.take(pair)
        }
        #expect(model.tally.hits > 0 && model.tally.stored > 0 && model.tally.refused > 0)
        // Each channel has an order of its own.
        for channel in channels {
            _ = try await pair.redis.publish("end", toShardChannel: channel)
            _ = try await pair.embedded.publish("end", toShardChannel: channel)
        }
        let (left, right) = (try await Self.payloads(expected, channels), try await Self.payloads(published, channels))
        #expect(left == right, "seed \(seed)")
        #expect(left[channels[0], default: []].count > 10)
        #expect(left[channels[0], default: []].dropLast().allSatisfy { CacheMessage($0) != nil })
    }

    /// What was published in each channel, up to its end.
    private static func payloads(
        _ messages: RedisMessages, _ channels: [RedisChannel]
    ) async throws -> [RedisChannel: [[UInt8]]] {
        var payloads: [RedisChannel: [[UInt8]]] = [:]
        var open = Set(channels)
        for try await case .message(let message) in messages {
            payloads[message.channel, default: []].append(message.payload)
            if message.text == "end" { open.remove(message.channel) }
            if open.isEmpty { break }
        }
        return payloads
    }

    @Test func tooManyRulesAndTooLongOnesAreGivenUpAlike() async throws {
        let pair = try await EnginePair.withClockThatMayBeSetBack()
        let region = try CacheRegion(
            CacheSurroundings.type("m"), of: String.self, engine: ComparingEngine(pair: pair),
            clock: PairClock(pair: pair))
        for number in 0..<40 {
            let length = number % 5 == 0 ? 900 : 1 + number
            let tags = (0..<(2 + number % 3)).map { CacheTag("\($0)" + String(repeating: "t", count: length)) }
            try await region.set("v", for: "k", tags: tags)
            if number % 7 == 0 { try await region.invalidate(tags: [tags[0]]) }
            try await region.invalidate(allOf: tags)
            #expect(try await region.get("k") == nil)
            pair.advance(Int64(number % 3))
            _ = try await CacheSnapshot.take(pair)
        }
        let head = try #require(try await pair.send(RedisCommand("HGET", ["p:{m.0}:c", "h"])).bytes)
        #expect(try #require(CacheHead(head)).rules.count <= 16)
        #expect(head.count <= 65 + 4_096)
    }

    @Test func whenTheClockIsSetBackSequencesGoOn() async throws {
        let pair = try await EnginePair.withClockThatMayBeSetBack()
        let region = try CacheRegion(
            CacheSurroundings.type("m"), of: String.self, engine: ComparingEngine(pair: pair),
            clock: PairClock(pair: pair))
        var last: UInt64 = 0
        for round in 0..<8 {
            try await region.set("v", for: "k", tags: ["t"])
            #expect(try await region.get("k") == "v")
            switch round % 3 {
            case 0: try await region.invalidate(tags: ["t"])
            case 1: try await region.invalidate(allOf: ["t", "u"])
            default: try await region.clear()
            }
            #expect(try await (region.get("k") == nil) == (round % 3 != 1))
            let head = try await pair.send(RedisCommand("HGET", ["p:{m.0}:c", "h"])).bytes.flatMap { CacheHead($0) }
            let sequence = try #require(head).sequence
            #expect(sequence > last)
            last = sequence
            pair.advance(-3_600_000_000)
        }
    }

    // MARK: What is refused

    private static let good = Arguments()

    /// Arguments that nothing is wrong with.
    private struct Arguments {
        let owner: RedisArgument = "0123456789abcdef"
        let epoch: RedisArgument = "EPOCHEPO"
        let entry = RedisArgument.bytes(
            [0x71, 0] + Array("EPOCHEPO1700000000000000".utf8) + Array(repeating: 1, count: 14) + [0, 0] + [0x7B, 0x7D])
        let stamp: RedisArgument = "EPOCHEPO1700000000000000"
        let limit: RedisArgument = "1700000000000000"

        /// The scripts with keys and arguments, each of which somebody may get wrong.
        var calls: [(script: LuaScript, keys: [RedisKey], arguments: [RedisArgument])] {
            typealias Cache = Scripts.Cache
            return [
                (Cache.Lease.script, ["{t}c", "{t}e", "{t}l"], [owner, 1_000, epoch, ""]),
                (Cache.Set.script, ["{t}c", "{t}e", "{t}l", "{t}w"], [owner, stamp, 1_000, entry, "{t}d", "k", "tx"]),
                (Cache.Put.script, ["{t}c", "{t}e", "{t}l", "{t}w"], [epoch, 1_000, entry, "{t}m", "{t}d", "k"]),
                (Cache.Delete.script, ["{t}c", "{t}e", "{t}l"], [epoch, "{t}m", "{t}d", "k"]),
                (Cache.Invalidate.script, ["{t}c"], [epoch, "{t}m", "tx"]),
                (Cache.InvalidateAll.script, ["{t}c"], [epoch, "{t}m", "tx", "ty"]),
                (Cache.Clear.script, ["{t}c"], [epoch, "{t}m", "", ""]),
                (Cache.Extend.script, ["{t}e"], [1_000, 2_000]),
                (Cache.Renew.script, ["{t}l"], [owner, 1_000]),
                (Cache.Release.script, ["{t}l"], [owner, "{t}d", "k"]),
                (Cache.Prune.script, ["{t}c"], [limit, "tx", "ty"]),
            ]
        }
    }

    /// Makes a control hash with a tag and rules, an entry and a lease.
    private static func fill(_ pair: EnginePair) async throws {
        let clock = PairClock(pair: pair)
        for script in [3, 4, 5, 2, 0] {
            let call = good.calls[script]
            _ = try await pair.call(call.script, keys: call.keys, arguments: call.arguments)
            pair.microseconds = clock.microseconds + 1_000
        }
        let entry = try #require(try await pair.send(RedisCommand("GET", ["{t}e"])).bytes)
        let seen = RedisArgument.bytes(Array(entry.prefix(41)))
        _ = try await pair.call(
            Scripts.Cache.Lease.script, keys: ["{t}c", "{t}e", "{t}l"],
            arguments: [good.owner, 60_000, good.epoch, seen])
    }

    @Test func wrongArgumentsAreRefusedAlikeAndWriteNothing() async throws {
        let pair = try EnginePair()
        try await Self.fill(pair)
        let before = try await CacheSnapshot.take(pair)
        let numbers: [RedisArgument] = [0, -1, "x", "", "1.5", "nan", "inf", "-inf", "1e400", "1099511627776", "1e17"]
        let long = RedisArgument.string("t" + String(repeating: "x", count: 4_000))
        // By script, the positions of what is a number or of a certain length, and too many arguments.
        let wrong: [String: [[RedisArgument]]] = [
            "cache.lease": Self.replacing(0, numbers: numbers, at: [1], texts: [0, 2]),
            "cache.set": Self.replacing(1, numbers: numbers, at: [2], texts: [0, 1])
                + [Self.good.calls[1].arguments + Array(repeating: "t", count: 64)],
            "cache.put": Self.replacing(2, numbers: numbers, at: [1], texts: [0])
                + [[Self.good.epoch, 1_000, "short", "{t}m", "{t}d", "k"]],
            "cache.delete": Self.replacing(3, numbers: [], at: [], texts: [0]),
            "cache.invalidate": Self.replacing(4, numbers: [], at: [], texts: [0])
                + [[Self.good.epoch, "{t}m"] + Array(repeating: "tx", count: 1_001)],
            "cache.invalidate_all": Self.replacing(5, numbers: [], at: [], texts: [0])
                + [
                    [Self.good.epoch, "{t}m"] + Array(repeating: "tx", count: 65),
                    [Self.good.epoch, "{t}m", "tx", long],
                ],
            "cache.clear": Self.replacing(6, numbers: [], at: [], texts: [0])
                + ["1", .string(String(repeating: "x", count: 32)), .string(String(repeating: "1", count: 33))]
                .map { [Self.good.epoch, "{t}m", $0, ""] },
            "cache.extend": Self.replacing(7, numbers: numbers, at: [0, 1], texts: []) + [[2_000, 1_000]],
            "cache.renew": Self.replacing(8, numbers: numbers, at: [1], texts: [0]),
            "cache.release": Self.replacing(9, numbers: [], at: [], texts: [0]),
            "cache.prune": Self.replacing(10, numbers: [], at: [], texts: [0])
                + [["170000000000000x", "tx"], [Self.good.limit] + Array(repeating: "tx", count: 1_001)],
        ]
        for call in Self.good.calls {
            let calls = try #require(wrong[call.script.name])
            for arguments in calls + [[]] {
                let reply = try await pair.call(call.script, keys: call.keys, arguments: arguments)
                guard case .error(let error) = reply, error.line.hasPrefix("ERR want ") else {
                    Issue.record("\(call.script.name) \(arguments) gave \(reply)")
                    continue
                }
            }
            // The limit has no argument that must be there but itself.
            if call.arguments.count > 2, call.script.name != "cache.prune", call.script.name != "cache.set" {
                let reply = try await pair.call(call.script, keys: call.keys, arguments: call.arguments.dropLast())
                guard case .error = reply else {
                    Issue.record("\(call.script.name) without its last argument gave \(reply)")
                    continue
                }
            }
        }
        #expect(try await CacheSnapshot.take(pair) == before)
    }

    /// The arguments of a call with one of them wrong.
    private static func replacing(
        _ call: Int, numbers: [RedisArgument], at positions: [Int], texts: [Int]
    ) -> [[RedisArgument]] {
        let right = good.calls[call].arguments
        func with(_ argument: RedisArgument, at position: Int) -> [RedisArgument] {
            var arguments = right
            arguments[position] = argument
            return arguments
        }
        return positions.flatMap { position in numbers.map { with($0, at: position) } }
            + texts.flatMap { position in
                ["", "1", .string(String(repeating: "x", count: 30))].map { with($0, at: position) }
            }
    }

    @Test func whatIsRefusedForItsTimeWritesNothing() async throws {
        let pair = try EnginePair()
        try await Self.fill(pair)
        typealias Cache = Scripts.Cache
        let (owner, other): (RedisArgument, RedisArgument) = (Self.good.owner, "another owner...")
        let set = Self.good.calls[1]
        func stored(_ owner: RedisArgument, _ stamp: RedisArgument, tags: [RedisArgument]) async throws -> Int? {
            let arguments = [owner, stamp, 1_000, Self.good.entry, "{t}d", "k"] + tags
            let reply = try await pair.call(set.script, keys: set.keys, arguments: arguments)
            return reply.integer
        }
        let before = try await CacheSnapshot.take(pair)
        #expect(try await stored(other, Self.good.stamp, tags: []) == -1)
        #expect(try await stored(owner, "another.1700000000000000", tags: []) == -2)
        #expect(try await stored(owner, "EPOCHEPO1600000000000000", tags: []) == -3)
        let head = try #require(
            try await pair.send(RedisCommand("HGET", ["{t}c", "h"])).bytes.flatMap { CacheHead($0) })
        // As of the floor, before the invalidations of one tag and of two.
        let old = RedisArgument.bytes(CacheStamp(epoch: head.epoch, sequence: head.floor).bytes)
        #expect(try await stored(owner, old, tags: ["tx"]) == -3)
        #expect(try await stored(owner, old, tags: ["ta", "ty", "tx"]) == -3)
        let current = RedisArgument.bytes(CacheStamp(epoch: head.epoch, sequence: head.sequence).bytes)
        for script in [set.script, Cache.Put.script] {
            let arguments: [RedisArgument] =
                script.name == "cache.set"
                ? [owner, current, 1_000, "", "{t}d", "k"] : [Self.good.epoch, 1_000, "", "{t}m", "{t}d", "k"]
            let reply = try await pair.call(script, keys: set.keys, arguments: arguments)
            #expect(reply == (script.name == "cache.set" ? .integer(-4) : .bulk([])))
        }
        let lease: [RedisKey] = ["{t}l"]
        #expect(try await pair.call(Cache.Renew.script, keys: lease, arguments: [other, 1_000]).integer == 0)
        #expect(try await pair.call(Cache.Release.script, keys: lease, arguments: [other, "{t}d", "k"]).integer == 0)
        #expect(try await pair.call(Cache.Extend.script, keys: ["{t}none"], arguments: [1, 2]).integer == 0)
        #expect(
            try await pair.call(Cache.Prune.script, keys: ["{t}c"], arguments: ["0000000000000001", "tx"]).integer == 0)
        #expect(try await pair.call(Cache.Prune.script, keys: ["{t}none"], arguments: [Self.good.limit]).integer == 0)
        #expect(
            try await pair.call(
                Cache.Lease.script, keys: ["{t}c", "{t}e", "{t}l"], arguments: [other, 1_000, Self.good.epoch, ""]
            ).bytes == [])
        #expect(try await CacheSnapshot.take(pair) == before)
        // Of two tags one is enough to be stored.
        #expect(try await stored(owner, old, tags: ["ty"]) ?? -9 >= 0)
    }

    @Test func whatIsNoHeadIsReplaced() async throws {
        let pair = try EnginePair()
        let digits = String(repeating: "1700000000000000", count: 3)
        let heads: [String] = [
            "", "h", "pcache01", "pcache01EPOCHEPO" + digits, "pcache02EPOCHEPO" + digits + "\0",
            "pcache01EPOCHEPO" + digits.dropLast() + "x\0",
            "pcache01EPOCHEPO" + String(repeating: "x", count: 48) + "\0",
            "pcache01EPOCHEPO" + digits + "0",
        ]
        for head in heads {
            for call in Self.good.calls {
                _ = try await pair.send("FLUSHALL")
                try await Self.fill(pair)
                _ = try await pair.send(RedisCommand("HSET", ["{t}c", "h", .string(head)]))
                let before = try await CacheSnapshot.take(pair)
                let reply = try await pair.call(call.script, keys: call.keys, arguments: call.arguments)
                if case .error(let error) = reply { Issue.record("\(call.script.name) on \(head): \(error)") }
                let stored = try await pair.send(RedisCommand("HGET", ["{t}c", "h"])).bytes ?? []
                switch call.script.name {
                case "cache.put", "cache.delete", "cache.invalidate", "cache.invalidate_all", "cache.clear":
                    #expect(CacheHead(stored) != nil, "\(call.script.name) on \(head)")
                case "cache.set":
                    #expect(reply == .integer(-2))
                    #expect(try await CacheSnapshot.take(pair) == before)
                default: break
                }
            }
        }
    }

    @Test func rulesThatAreNoneAreGivenUp() async throws {
        let pair = try EnginePair()
        let digits = "1700000000000001" + "1800000000000000" + "0000000000000000"
        let rule = "1750000000000000\u{2}\u{1}\0x\u{1}\0y"
        // Cut short anywhere, and more rules than there are.
        let heads =
            (0..<rule.count).map { "\u{1}" + rule.prefix($0) } + ["\u{7F}" + rule, "\u{11}", "\u{1}" + rule + "x"]
        for rest in heads {
            _ = try await pair.send("FLUSHALL")
            try await Self.fill(pair)
            let head = "pcache01EPOCHEPO" + digits + rest
            _ = try await pair.send(RedisCommand("HSET", ["{t}c", "h", .string(head)]))
            let (set, all) = (Self.good.calls[1], Self.good.calls[5])
            let reply = try await pair.call(set.script, keys: set.keys, arguments: set.arguments)
            #expect([-2, -3].contains(reply.integer), "\(rest): \(reply)")
            for _ in 0..<20 {
                let reply = try await pair.call(all.script, keys: all.keys, arguments: all.arguments)
                if case .error(let error) = reply { Issue.record("\(rest): \(error)") }
            }
            _ = try await CacheSnapshot.take(pair)
        }
    }

    @Test func keysOfOtherTypesAreRefusedAlike() async throws {
        let pair = try EnginePair()
        for call in Self.good.calls {
            for key in call.keys {
                for make: [RedisArgument] in [["SET", key.argument, "x"], ["RPUSH", key.argument, "x"]] {
                    _ = try await pair.send("FLUSHALL")
                    try await Self.fill(pair)
                    _ = try await pair.send(RedisCommand("DEL", [key.argument]))
                    _ = try await pair.send(
                        RedisCommand(String(decoding: make[0].bytes, as: UTF8.self), Array(make.dropFirst())))
                    _ = try await pair.call(call.script, keys: call.keys, arguments: call.arguments)
                    _ = try await CacheSnapshot.take(pair)
                }
            }
        }
    }

    // MARK: How many commands

    @Test func scriptsKeepTheirBudgets() async throws {
        let server = try RedisServer.start()
        var configuration = try RedisConfiguration(url: server.url)
        configuration.commandTimeout = .seconds(60)
        let engine = CountingEngine(inner: RedisEngine(configuration))
        var generator = SeededGenerator(seed: 7)
        let type = CacheSurroundings.type("m")
        var model = try CacheModel(CacheSurroundings.make(type, engine))
        let steps = (0..<1_500).map { _ in CacheStep.random(hasClock: false, hasReplica: true, using: &generator) }
        #expect(try await model.run(steps) == nil)
        // As many rules as are kept of a length that leaves room for few of the next.
        let region = try CacheRegion(type, of: String.self, engine: engine)
        for number in 0..<16 { try await region.invalidate(allOf: ["x\(number)", "y\(number)"]) }
        try await region.invalidate(allOf: (0..<4).map { CacheTag("\($0)" + String(repeating: "t", count: 990)) })
        for (name, count) in engine.most {
            #expect(count.used <= count.allowed, "\(name): \(count.used) calls of \(count.allowed)")
        }
        for call in Self.good.calls where !["cache.renew"].contains(call.script.name) {
            #expect(engine.most[call.script.name] != nil, "\(call.script.name) was not called")
        }
    }

    /// Counts the commands of each script on a server that nobody else uses.
    private final class CountingEngine: ForwardingEngine {
        let inner: RedisEngine
        private let counts = Locked<[String: (used: Int, allowed: Int)]>([:])

        init(inner: RedisEngine) { self.inner = inner }

        var most: [String: (used: Int, allowed: Int)] { counts.withLock { $0 } }

        func call(
            _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
        ) async throws(EngineError) -> RedisReply {
            let before = try await calls()
            let reply = try await inner.call(script, keys: keys, arguments: arguments)
            let used = try await calls() - before
            let budget = script.source.split(separator: "---@budget calls=").last?.prefix { $0.isNumber }
            counts.withLock { counts in
                let known = counts[script.name]?.used ?? 0
                counts[script.name] = (max(known, used), budget.flatMap { Int($0) } ?? 0)
            }
            return reply
        }

        /// The commands that the server has run, but for those that bring scripts and ask for this.
        private func calls() async throws(EngineError) -> Int {
            let text = try await inner.send(RedisCommand("INFO", ["commandstats"])).string ?? ""
            var sum = 0
            for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("cmdstat_") {
                let name = line.dropFirst("cmdstat_".count).prefix { $0 != ":" }
                guard !["evalsha", "eval", "script|load", "info", "hello", "client|setname"].contains(name) else {
                    continue
                }
                sum +=
                    line.split(separator: "calls=").dropFirst().first
                    .flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
            }
            return sum
        }
    }
}

/// All keys of both engines, with what they hold and when they end.
enum CacheSnapshot {
    static func take(_ pair: EnginePair) async throws -> [RedisReply] {
        let keys = try await pair.send(RedisCommand("KEYS", ["*"]), order: .any).array ?? []
        var replies: [RedisReply] = []
        for key in keys.compactMap(\.bytes).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let key = RedisArgument.bytes(key)
            let type = try await pair.send(RedisCommand("TYPE", [key]))
            replies += [.bulk(key.bytes), type, try await pair.send(RedisCommand("PEXPIRETIME", [key]))]
            let value =
                switch type.string {
                case "string": try await pair.send(RedisCommand("GET", [key]))
                case "hash":
                    ReplyOrder.anyOfPairs.applied(
                        to: try await pair.send(RedisCommand("HGETALL", [key]), order: .anyOfPairs))
                default: try await pair.send(RedisCommand("LRANGE", [key, 0, -1]))
                }
            replies.append(value)
        }
        return replies
    }
}

/// Where the model of a cache runs.
enum CacheSurroundings {
    static func type(_ name: String, shards: Int = 1) -> CacheType {
        var type = CacheType(name, ttl: .seconds(3_600))
        type.jitter = 0
        type.earlyRefresh = 0
        type.shards = shards
        // A busy machine loses none.
        type.leaseTime = .seconds(60)...(.seconds(3_600))
        return type
    }

    static func make(
        _ type: CacheType, _ engine: any ScriptEngine, clock: any RedisClock = .monotonic,
        advance: (@Sendable (Int64) -> Void)? = nil
    ) -> CacheModel.Surroundings {
        CacheModel.Surroundings(
            type: type, engine: engine, clock: clock, advance: advance,
            prune: { region, seconds in
                var count = 0
                for shard in region.storage.shards {
                    guard let time = try await engine.send(RedisCommand("HGET", [shard.control.argument, "h"])).bytes,
                        let head = CacheHead(time)
                    else { continue }
                    let limit = head.sequence - min(head.sequence, UInt64(seconds) * 1_000)
                    let fields = ["tx", "ty", "tz"].map { Array($0.utf8) }
                    count += try await region.storage.prune(shard, fields: fields, before: limit)
                }
                return count
            },
            lookAfter: { try await $0.storage.lookAfterInvalidations() })
    }
}
