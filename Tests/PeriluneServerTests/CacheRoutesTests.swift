import Foundation
import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import PeriluneServer

@Suite(.timeLimit(.minutes(20))) struct CacheRoutesTests {
    // MARK: Invalidating

    @Test func tagsAreInvalidatedAnyOrAll() async throws {
        try await withServer { server async throws in
            let region = try server.region()
            func fill() async throws {
                try await region.set("1", for: "x", tags: ["x"])
                try await region.set("2", for: "xy", tags: ["x", "y"])
                try await region.set("3", for: "z", tags: ["z w"])
            }
            func left() async throws -> [String] {
                try await region.get(["x", "xy", "z"]).values.sorted()
            }
            try await fill()
            let reply = try await server.invalidate("?tag=x&tag=y&match=all")
            #expect(reply.status == 200)
            #expect(reply.body == #"{"invalidated":"tags"}"#)
            #expect(try await left() == ["1", "3"])
            _ = try await server.invalidate("?tag=y&tag=z+w")
            #expect(try await left() == ["1"])
            try await fill()
            _ = try await server.invalidate("?tag=z%20w&tag=x&match=any")
            #expect(try await left() == [])
        }
    }

    @Test func whatWasDoneLastIsCountedBeforeTheServerEnds() async throws {
        let engine = EmbeddedEngine(clock: ManualClock())
        try await withServer(scriptEngine: engine) { server async throws in
            for tag in ["a", "b"] { _ = try await server.invalidate("?tag=\(tag)") }
        }
        let region = try CacheAdministration(.outbreakData, engine: engine)
        #expect(try await region.statistics().total.invalidations == 2)
    }

    @Test func keysAreDeleted() async throws {
        try await withServer { server async throws in
            let region = try server.region()
            for key in ["a", "b/c", "d"] { try await region.set("v", for: CacheKey(key)) }
            #expect(
                try await server.invalidate("?key=a&key=b%2Fc&key=x").body == #"{"invalidated":"keys","deleted":2}"#)
            #expect(try await region.get("a") == nil)
            #expect(try await region.get("b/c") == nil)
            #expect(try await region.get("d") == "v")
        }
    }

    @Test func withoutAParameterTheRegionIsCleared() async throws {
        try await withServer { server async throws in
            let (region, other) = (try server.region(), try server.region(.agentMemory))
            try await region.set("v", for: "a")
            try await other.set("v", for: "a")
            #expect(try await server.invalidate("").body == #"{"invalidated":"all"}"#)
            #expect(try await region.get("a") == nil)
            #expect(try await other.get("a") == "v")
        }
    }

    @Test func aBodyIsNotPassedOver() async throws {
        try await withServer { server async throws in
            let region = try server.region()
            try await region.set("a", for: "a", tags: ["t"])
            for query in ["", "?tag=t"] {
                let reply = try await server.send(
                    "DELETE", "cache/invalidate/outbreak_data\(query)", type: "application/json", body: #"{"tag":"x"}"#)
                #expect(reply.status == 400)
                #expect(reply.body.contains("in the query"), "\(reply.body)")
            }
            #expect(try await region.get("a") == "a")
            #expect(try await server.send("DELETE", "cache/invalidate/outbreak_data", body: "").status == 200)
            #expect(try await region.get("a") == nil)
        }
    }

    @Test func aPatternIsAJobWithProgress() async throws {
        try await withServer { server async throws in
            let region = try server.region()
            for number in 0..<1_200 { try await region.set("v", for: "user:\(number)") }
            try await region.set("v", for: "place:1")
            let reply = try await server.invalidate("?pattern=user:1*")
            #expect(reply.status == 200)
            #expect(reply.body == #"{"invalidated":"pattern","deleted":311}"#)
            let events = try await server.events("DELETE", "cache/invalidate/outbreak_data?pattern=user:*")
            #expect(events.last?.name == "done")
            #expect(events.last?.data == #"{"invalidated":"pattern","deleted":889}"#)
            let progress = events.dropLast()
            #expect(progress.count > 2)
            #expect(progress.allSatisfy { $0.name == "progress" && $0.data.hasPrefix(#"{"scanned":"#) })
            #expect(try await region.get("place:1") == "v")
        }
    }

    @Test func onlyAdministratorsInvalidate() async throws {
        try await withServer { server async throws in
            try await server.region().set("v", for: "a")
            #expect(try await server.invalidate("", token: Harness.read).status == 403)
            #expect(try await server.send("POST", "cache/warm/outbreak_data", token: Harness.read).status == 403)
            for path in ["cache/stats", "cache/advice", "cache/health"] {
                #expect(try await server.send("GET", path, token: nil).status == 401)
                #expect(try await server.send("GET", path, token: Harness.read).status == 200)
            }
            #expect(try await server.region().get("a") == "v")
        }
    }

    static let misunderstood: [(String, String)] = [
        ("?tags=x", "The parameters here are tag, match, key, pattern."), ("?tag=", "tag: empty"),
        ("?tag", "tag: empty"),
        ("?tag=x&key=y", "One of tag, key and pattern"), ("?pattern=", "pattern: empty"), ("?key=%zz", "key: a %"),
        ("?pattern=a&pattern=b", "pattern: more than once"), ("?match=all", "match: any or all"),
        ("?tag=a&match=none", "match: any or all"), ("?pattern=%FF", "pattern: not UTF-8"),
        ("?x", "The parameters here"),
        ("?pattern=" + String(repeating: "x", count: 1_025), "pattern: the pattern has 1025 bytes"),
        ("?pattern=" + String(repeating: "*x", count: 17), "pattern: the pattern has 17 asterisks"),
        ("?" + String(repeating: "tag=x&", count: 1_001), "tag: 1001 tags, where 1000 are allowed"),
    ]

    /// Nothing that is not understood may clear a region.
    @Test(arguments: misunderstood)
    func whatIsNotUnderstoodChangesNothing(query: String, detail: String) async throws {
        try await withServer { server async throws in
            let region = try server.region()
            try await region.set("v", for: "a", tags: ["x"])
            let reply = try await server.invalidate(query)
            #expect(reply.status == 400, "\(reply.body)")
            #expect(reply["Content-Type"] == "application/problem+json")
            #expect(reply.body.contains(detail), "\(reply.body)")
            #expect(try await region.get("a") == "v")
        }
    }

    @Test func typesThatThereAreNotAreNotFound() async throws {
        try await withServer { server async throws in
            let reply = try await server.invalidate("", of: "nope")
            #expect(reply.status == 404)
            #expect(reply.body.contains("cache_type: not one of outbreak_data, risk_assessment,"), "\(reply.body)")
            #expect(try await server.send("GET", "cache/invalidate/outbreak_data").status == 405)
        }
    }

    @Test func anotherNumberOfShardsIsAConflict() async throws {
        try await withServer { server async throws in
            try await server.region { $0.shards = 4 }.set("v", for: "a")
            let reply = try await server.invalidate("?tag=x")
            #expect(reply.status == 409)
            #expect(reply.body.contains("the region has 4 shards, and is configured to have 1"), "\(reply.body)")
        }
    }

    // MARK: Looking

    @Test func statisticsAreThoseOfAllProcesses() async throws {
        try await withServer { server async throws in
            for count in 1...3 {
                let region = try server.region()
                for _ in 0..<count { _ = try await region.value(for: "a") { "v" } }
                try await region.flushStatistics()
            }
            let reply = try await server.send("GET", "cache/stats?window=5min", token: Harness.read)
            #expect(reply.status == 200)
            #expect(
                reply.body.hasPrefix(
                    #"{"time":"2023-11-14T22:13:20.000Z","window":300,"regions":[{"name":"outbreak_data","lookups":6,"hits":5,"#
                ),
                "\(reply.body)")
            #expect(reply.body.contains(#""misses":1,"hit_ratio":0.833,"computations":1,"#))
            #expect(reply.body.split(separator: #""name":"#).count == 1 + CacheType.presets.count)
            server.clock.advance(by: .seconds(600))
            let later = try await server.send("GET", "cache/stats?window=5min").body
            #expect(later.contains(#""name":"outbreak_data","lookups":0,"#))
            #expect(try await server.send("GET", "cache/stats").body.contains(#""lookups":6,"#))
        }
    }

    @Test func whatTheServerDoesIsCountedToo() async throws {
        try await withServer { server async throws in
            _ = try await server.invalidate("?tag=x")
            try await until { try await server.send("GET", "cache/stats").body.contains(#""invalidations":1,"#) }
        }
    }

    @Test func adviceSaysWhy() async throws {
        try await withServer { server async throws in
            let region = try server.region { $0.staleWhileRevalidate = .seconds(600) }
            for number in 0..<40 {
                try await region.warm(["a"], force: true) { _, _ in "v\(number)" }
                server.clock.advance(by: .seconds(30))
                _ = try await region.get("a")
            }
            try await region.flushStatistics()
            let body = try await server.send("GET", "cache/advice", token: Harness.read).body
            #expect(
                body.contains(#"{"name":"outbreak_data","verdict":"shorten","ttl":300,"recommended_ttl":"#), "\(body)")
            #expect(body.contains("39 of 39 refreshes found a change"), "\(body)")
            #expect(
                body.contains(#"{"name":"agent_memory","verdict":"not_enough_data","ttl":3600,"recommended_ttl":null"#))
            let lenient = try await server.send("GET", "cache/advice?stale_share=1").body
            #expect(!lenient.contains("shorten"), "\(lenient)")
        }
    }

    @Test(arguments: ["window=0s", "window=5", "window=2d", "window=x", "windows=1h", "stale_share=2", "stale_share=x"])
    func windowsAndSharesAreChecked(query: String) async throws {
        try await withServer { server async throws in
            #expect(try await server.send("GET", "cache/advice?\(query)").status == 400)
            #expect(try await server.send("GET", "cache/stats?\(query)").status == 400)
        }
    }

    @Test func healthShowsTheShards() async throws {
        let configure: (inout ManagementConfiguration) -> Void = { configuration in
            var type = CacheType("two", ttl: .seconds(90))
            type.shards = 2
            configuration.cache.regions = [CacheRegionSettings(type)]
        }
        try await withServer(configure: configure) { server async throws in
            let unused = try await server.send("GET", "cache/health", token: Harness.read)
            #expect(unused.status == 200)
            #expect(
                unused.body == """
                    {"status":"ok","engine":{"kind":"embedded","servers":[],"warnings":[]},"regions":[\
                    {"name":"two","ttl":90,"origin":null,"pending_shards":[],"shards":[\
                    {"shard":0,"head":false,"epoch":null,"messages":null,"rules":null,"tags":0},\
                    {"shard":1,"head":false,"epoch":null,"messages":null,"rules":null,"tags":0}]}]}
                    """)
            _ = try await server.invalidate("?tag=a&tag=b", of: "two")
            _ = try await server.invalidate("?tag=a&tag=b&match=all", of: "two")
            let body = try await server.send("GET", "cache/health").body
            #expect(body.split(separator: #""messages":2,"rules":1,"tags":2}"#).count == 3, "\(body)")
        }
    }

    @Test func anEngineThatIsDownIsSaidSo() async throws {
        let log = RecordedLog()
        try await withServer(scriptEngine: FailingEngine(), logger: log.logger) { server async throws in
            let health = try await server.send("GET", "cache/health")
            #expect(health.status == 503)
            #expect(health.body.hasPrefix(#"{"status":"unavailable","engine":{"kind":"embedded","error":"unreachable"#))
            for (method, path) in [
                ("GET", "cache/stats"), ("GET", "cache/advice"), ("DELETE", "cache/invalidate/outbreak_data?key=a"),
                ("DELETE", "cache/invalidate/outbreak_data?pattern=a"),
            ] {
                let reply = try await server.send(method, path)
                #expect(reply.status == 503, "\(path): \(reply.body)")
                #expect(reply["Retry-After"] == "1")
                #expect(!reply.body.contains("redis.internal"), "\(path): \(reply.body)")
            }
            let warm = try await server.warm(#"{"values":[{"key":"a","value":1}]}"#)
            #expect(warm.status == 503)
            let events = try await server.events(
                "POST", "cache/warm/outbreak_data", body: #"{"values":[{"key":"a","value":1}]}"#)
            #expect(events.map(\.name) == ["error"])
            #expect(events.first?.data.contains(#""status":503"#) == true)
            #expect(events.first?.data.contains("redis.internal") == false)
        }
        #expect(log.lines.contains { $0.contains("The engine gave no answer") && $0.contains("redis.internal") })
    }

    // MARK: On Redis

    @Test(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"), .timeLimit(.minutes(20)))
    func onARedisServer() async throws {
        let redis = try RedisServer.start()
        let engine = try Engine(url: redis.url, logger: silent, timeout: .seconds(60))
        let onShutdown: @Sendable () async -> Void = { await engine.shutdown() }
        try await withServer(scriptEngine: engine.scriptEngine, onShutdown: onShutdown) { server async throws in
            try await lookAndInvalidate(server)
            _ = try await server.engine.send(RedisCommand("CONFIG", ["SET", "maxmemory-policy", "allkeys-random"]))
            let body = try await server.send("GET", "cache/health").body
            #expect(
                body.contains(#""maxmemory_policy":"allkeys-random","evicted_keys":0}],"warnings":["allkeys-random"#),
                "\(body)")
        }
    }

    @Test(
        .enabled(if: RedisServer.isInstalled && LongTests.areWanted, "long, or redis-server is not installed"),
        .timeLimit(.minutes(20)))
    func onACluster() async throws {
        let cluster = try await RedisCluster.start()
        let engine = try Engine(url: cluster.url, logger: silent, timeout: .seconds(60))
        let onShutdown: @Sendable () async -> Void = { await engine.shutdown() }
        let configure: (inout ManagementConfiguration) -> Void = { $0.cache.regions[0].type.shards = 12 }
        try await withServer(scriptEngine: engine.scriptEngine, onShutdown: onShutdown, configure: configure) {
            server async throws in
            try await lookAndInvalidate(server, shards: 12)
            let body = try await server.send("GET", "cache/health").body
            #expect(body.split(separator: #""maxmemory_policy":"noeviction""#).count == 4, "\(body)")
        }
    }

    private func lookAndInvalidate(_ server: Harness, shards: Int = 1) async throws {
        let region = try server.region { $0.shards = shards }
        for number in 0..<200 { try await region.set("v", for: "user:\(number)", tags: ["t\(number % 2)"]) }
        try await region.set("v", for: "place")
        _ = try await server.invalidate("?tag=t0")
        #expect(try await region.get("user:0") == nil)
        #expect(try await region.get("user:1") == "v")
        #expect(try await server.invalidate("?pattern=user:*").body == #"{"invalidated":"pattern","deleted":200}"#)
        #expect(try await region.get("user:1") == nil)
        #expect(try await region.get("place") == "v")
        try await region.flushStatistics()
        #expect(try await server.send("GET", "cache/stats").body.contains(#""name":"outbreak_data","lookups":4,"#))
        let health = try await server.send("GET", "cache/health")
        #expect(health.status == 200)
        #expect(health.body.contains(#""warnings":[]"#), "\(health.body)")
        #expect(health.body.contains(#""rules":0,"tags":1}"#), "\(health.body)")
        // What nobody has used, the server has not either: services may divide it otherwise.
        #expect(try await server.engine.send(RedisCommand("EXISTS", ["p:{agent_memory}:r"])).integer == 0)
    }
}
