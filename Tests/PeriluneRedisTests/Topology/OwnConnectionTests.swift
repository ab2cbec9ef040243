import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneRedis

extension TopologyTests {
    /// Subscriptions and commands that wait, where servers take each other's place.
    @Suite("Connections that are not shared")
    struct OwnConnections {
        /// Pops from a list, and goes on waiting when its server is lost.
        private func pop(_ list: RedisKey) -> RedisCommand {
            RedisCommand("BLPOP", [list.argument, 0], isRepeatable: true)
        }

        /// Does something until it is done.
        private func insist(_ body: () async throws -> Int) async throws {
            try await until { (try? await body()) ?? 0 > 0 }
        }

        /// Waits for a message, whatever comes before it.
        private func message(_ text: String, from messages: inout RedisMessages.Iterator) async throws {
            while let event = try await messages.next() {
                if case .message(let message) = event, message.text == text { return }
            }
            Issue.record("no \(text)")
        }

        @Test("Behind sentinels they go to the next primary when theirs is killed")
        func sentinelFailover() async throws {
            let group = try await SentinelGroup.start(downAfter: 500)
            var configuration = try settings(group.url)
            configuration.circuitBreaker.failures = .max
            try await withEngine(configuration) { engine in
                var messages = try await engine.subscribe(to: ["news"]).makeAsyncIterator()
                let popped = Task { try await engine.sendBlocking(pop("queue")) }
                try await insist { try await engine.publish("1", to: "news") }
                try await message("1", from: &messages)
                group.servers[0].kill()
                #expect(try await messages.next() == .interrupted)
                #expect(try await messages.next() == .resubscribed)
                // At the primary, not at a replica.
                try await insist { try await engine.publish("2", to: "news") }
                try await message("2", from: &messages)
                try await insist { try await engine.send(RedisCommand("RPUSH", ["queue", "a"])).integer ?? 0 }
                #expect(try await popped.value == .array([.bulk("queue"), .bulk("a")]))
            }
        }

        @Test("Behind sentinels they leave a primary that has become a replica")
        func sentinelDemotion() async throws {
            let group = try await SentinelGroup.start()
            try await withEngine(settings(group.url)) { engine in
                var messages = try await engine.subscribe(to: ["news"]).makeAsyncIterator()
                let popped = Task { try await engine.sendBlocking(pop("queue")) }
                try await group.failOver(from: 0)
                #expect(try await messages.next() == .interrupted)
                #expect(try await messages.next() == .resubscribed)
                try await insist { try await engine.publish("1", to: "news") }
                try await message("1", from: &messages)
                try await insist { try await engine.send(RedisCommand("RPUSH", ["queue", "a"])).integer ?? 0 }
                #expect(try await popped.value == .array([.bulk("queue"), .bulk("a")]))
            }
        }

        @Test("In a cluster shard channels and lists are where their slots are, and channels everywhere")
        func cluster() async throws {
            let cluster = try await RedisCluster.shared()
            try await withEngine(settings(cluster.url)) { engine in
                var messages = try await engine.subscribe(
                    to: ["news"], patterns: ["n*"], shardChannels: [], buffer: .init()
                )
                .makeAsyncIterator()
                for name in ["bar", "foo", "hello"] {
                    let channel = RedisChannel(name)
                    var shard = try await engine.subscribe(
                        to: ["other"], patterns: [], shardChannels: [channel, RedisChannel("{\(name)}2")],
                        buffer: .init()
                    ).makeAsyncIterator()
                    #expect(try await engine.publish("1", toShardChannel: channel) == 1)
                    #expect(try await engine.publish("2", toShardChannel: RedisChannel("{\(name)}2")) == 1)
                    try await message("1", from: &shard)
                    try await message("2", from: &shard)
                    let list = RedisKey(name + ":list")
                    let popped = Task { try await engine.sendBlocking(pop(list)) }
                    _ = try await engine.send(RedisCommand("RPUSH", [list.argument, "a"]))
                    #expect(try await popped.value == .array([.bulk(list.name), .bulk("a")]))
                }
                try await engine.publish("3", to: "news")
                try await message("3", from: &messages)
                try await message("3", from: &messages)
                let error = await failure { _ = try await engine.subscribe(toShardChannels: ["foo", "bar"]) }
                #expect(error?.code == .crossSlot)
                let keys = RedisCommand("BLPOP", ["foo", "bar", 1])
                #expect((await failure { _ = try await engine.sendBlocking(keys) })?.code == .crossSlot)
            }
        }

        @Test("In a cluster they go with their slot to another node")
        func resharding() async throws {
            let cluster = try await RedisCluster.start()
            try await withEngine(settings(cluster.url)) { engine in
                var messages = try await engine.subscribe(toShardChannels: ["foo"]).makeAsyncIterator()
                let popped = Task { try await engine.sendBlocking(pop("foo")) }
                #expect(try await engine.publish("1", toShardChannel: "foo") == 1)
                try await message("1", from: &messages)
                let slot = RedisKey("foo").slot
                let source = try #require(try await cluster.server(of: slot))
                try await cluster.move(slot: slot, from: source, to: source == 0 ? 1 : 0)
                #expect(try await messages.next() == .interrupted)
                #expect(try await messages.next() == .resubscribed)
                try await insist { try await engine.publish("2", toShardChannel: "foo") }
                try await message("2", from: &messages)
                _ = try await engine.send(RedisCommand("RPUSH", ["foo", "a"]))
                #expect(try await popped.value == .array([.bulk("foo"), .bulk("a")]))
            }
        }

        @Test("In a cluster they go to the replica that takes over from a node")
        func clusterFailover() async throws {
            let cluster = try await RedisCluster.start(nodeTimeout: 500)
            var configuration = try settings(cluster.url)
            configuration.circuitBreaker.failures = .max
            try await withEngine(configuration) { engine in
                var messages = try await engine.subscribe(toShardChannels: ["foo"]).makeAsyncIterator()
                let popped = Task { try await engine.sendBlocking(pop("foo")) }
                #expect(try await engine.publish("1", toShardChannel: "foo") == 1)
                try await message("1", from: &messages)
                let server = try #require(try await cluster.server(of: RedisKey("foo").slot))
                cluster.nodes[server].kill()
                #expect(try await messages.next() == .interrupted)
                #expect(try await messages.next() == .resubscribed)
                try await insist { try await engine.publish("2", toShardChannel: "foo") }
                try await message("2", from: &messages)
                try await insist { try await engine.send(RedisCommand("RPUSH", ["foo", "a"])).integer ?? 0 }
                #expect(try await popped.value == .array([.bulk("foo"), .bulk("a")]))
            }
        }
    }
}
