import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneRedis

/// The tests with many processes, one after the other: a machine that is too busy fails over by itself.
@Suite(
    .serialized, .enabled(if: RedisServer.isInstalled, "redis-server is not installed"), .timeLimit(.minutes(20)))
struct TopologyTests {}

extension TopologyTests {
    @Suite("Engine on a cluster")
    struct Clusters {
        /// One key in each node's range of slots: 5061, 12182, 449.
        private static let keys: [RedisKey] = ["bar", "foo", "hello"]

        @Test("Calls find their nodes, scripts are loaded on each, commands about everything go everywhere")
        func everyday() async throws {
            let cluster = try await RedisCluster.shared()
            try await withEngine(settings(cluster.url)) { engine in
                _ = try await engine.send(RedisCommand("FLUSHALL"))
                for number in 0..<200 {
                    let key = RedisKey("key:\(number)")
                    _ = try await engine.send(RedisCommand("SET", [key.argument, .integer(number)]))
                    let value = try await engine.call(Scripts.get, keys: [key], arguments: [])
                    #expect(value == .bulk(String(number)))
                }
                #expect(try await engine.send(RedisCommand("DBSIZE")) == .integer(200))
                let keys = try await engine.send(RedisCommand("KEYS", ["key:1??"]))
                #expect(keys.array?.count == 100)
                var scanned: [String] = []
                for try await key in engine.scan(matching: "key:*", count: 7) { scanned.append(key) }
                #expect(Set(scanned) == Set((0..<200).map { "key:\($0)" }))
                let error = await failure { _ = try await engine.send(RedisCommand("SCAN", ["x"])) }
                #expect(error?.message.contains("invalid cursor") == true)
                // Flushed on every node, found missing on every node, loaded on every node.
                let exists = RedisCommand("SCRIPT", ["EXISTS", .string(Scripts.get.sha)])
                #expect(try await engine.send(exists) == .array([.integer(1)]))
                _ = try await engine.send(RedisCommand("SCRIPT", ["FLUSH"]))
                #expect(try await engine.send(exists) == .array([.integer(0)]))
                for key in Self.keys {
                    #expect(try await engine.call(Scripts.get, keys: [key], arguments: []) == .null)
                }
                #expect(try await engine.call(Scripts.echo, keys: [], arguments: [7]) == .bulk("7"))
                _ = try await engine.ping()
                _ = try await engine.send(RedisCommand("FLUSHALL"))
                #expect(try await engine.send(RedisCommand("DBSIZE")) == .integer(0))

                // Keys in different slots: refused here, not by a node.
                for body: () async throws -> Void in [
                    { _ = try await engine.call(Scripts.get, keys: ["foo", "bar"], arguments: []) },
                    { _ = try await engine.send(RedisCommand("MGET", ["foo", "bar"])) },
                    { _ = try await engine.transaction([RedisCommand("GET", ["foo"]), RedisCommand("GET", ["bar"])]) },
                    {
                        _ = try await engine.pipeline([
                            RedisCommand("GET", ["foo"]), RedisCommand("MGET", ["foo", "bar"]),
                        ])
                    },
                    { _ = try await engine.send(RedisCommand("RANDOMKEY")) },
                ] {
                    let error = await failure(of: body)
                    #expect(error?.code == .crossSlot)
                    #expect(error?.mayHaveRun == false)
                }

                // A command that says nothing of the key that it is about: always the same node, not one after the other.
                for key in Self.keys {
                    var nodes: Set<String> = []
                    for _ in 0..<6 {
                        let node = try await engine.send(RedisCommand("CLUSTER", ["MYID"]), routedBy: key)
                        nodes.insert(try #require(node.string))
                    }
                    #expect(nodes.count == 1)
                }
            }
        }

        @Test("A pipeline goes to all nodes at once, and its replies come back in order; a transaction goes to one")
        func pipelines() async throws {
            let cluster = try await RedisCluster.shared()
            try await withEngine(settings(cluster.url)) { engine in
                _ = try await engine.send(RedisCommand("FLUSHALL"))
                let numbers = 0..<300
                let sets = numbers.map { RedisCommand("SET", [.string("key:\($0)"), .integer($0)]) }
                #expect(try await engine.pipeline(sets) == numbers.map { _ in .status("OK") })
                var commands: [RedisCommand] = []
                var expected: [RedisReply] = []
                for number in numbers.shuffled() {
                    commands.append(RedisCommand("GET", [.string("key:\(number)")]))
                    expected.append(.bulk(String(number)))
                    commands.append(RedisCommand("ECHO", [.integer(number)]))
                    expected.append(.bulk(String(number)))
                    if number % 50 == 0 {
                        commands.append(RedisCommand("LPUSH", [.string("key:\(number)"), "x"]))
                        expected.append(
                            .error(RedisError("WRONGTYPE Operation against a key holding the wrong kind of value")))
                    }
                }
                #expect(try await engine.pipeline(commands) == expected)
                let replies = try await engine.transaction([
                    RedisCommand("INCR", ["{foo}1"]), RedisCommand("INCR", ["{foo}2"]), RedisCommand("GET", ["{foo}1"]),
                ])
                #expect(replies == [.integer(1), .integer(1), .bulk("1")])
            }
        }

        @Test("A slot on its way: new keys are asked for at its new node, then all of them, and nothing is lost")
        func resharding() async throws {
            let cluster = try await RedisCluster.shared()
            try await withEngine(settings(cluster.url)) { engine in
                _ = try await engine.send(RedisCommand("FLUSHALL"))
                let slot = RedisKey("foo").slot
                let source = try #require(try await cluster.server(of: slot))
                let target = (source + 1) % 3
                func get(_ name: String) async throws -> RedisReply {
                    try await engine.call(Scripts.get, keys: ["{foo}\(name)"], arguments: [])
                }
                func set(_ name: String) -> RedisCommand { RedisCommand("SET", [.string("{foo}\(name)"), "1"]) }
                _ = try await engine.pipeline((0..<20).map { set("old\($0)") })
                try await Blocking.run { try cluster.beginMoving(slot, from: source, to: target) }
                // An old key is where it was; a new one is there already; a script is loaded where it is asked for.
                #expect(try await get("old1") == .bulk("1"))
                _ = try await engine.send(set("new1"))
                #expect(try await get("new1") == .bulk("1"))
                #expect(try await engine.pipeline([set("new2"), set("old2"), set("new3")]).count == 3)
                #expect(try await engine.pipeline([set("new4"), RedisCommand("GET", ["{foo}new4"])])[1] == .bulk("1"))
                try await Blocking.run { _ = try cluster.moveKeys(of: slot, from: source, to: target, atMost: 10) }
                // Both on the way.
                for number in 0..<20 { #expect(try await get("old\(number)") == .bulk("1")) }
                // Some keys here, some there: it takes the end of the move.
                async let both = engine.send(RedisCommand("MGET", ["{foo}old1", "{foo}new1"]))
                async let transaction = engine.transaction([set("new5"), set("new6")])
                try await Blocking.run {
                    while try cluster.moveKeys(of: slot, from: source, to: target) > 0 {}
                    try cluster.endMoving(slot, from: source, to: target)
                }
                #expect(try await both == .array([.bulk("1"), .bulk("1")]))
                #expect(try await transaction == [.status("OK"), .status("OK")])
                for number in 1...6 { #expect(try await get("new\(number)") == .bulk("1")) }
                for number in 0..<20 { #expect(try await get("old\(number)") == .bulk("1")) }
                #expect(try await engine.send(RedisCommand("DBSIZE")) == .integer(26))
                // The cluster is for others, too.
                try await Blocking.run {
                    try cluster.beginMoving(slot, from: target, to: source)
                    while try cluster.moveKeys(of: slot, from: target, to: source) > 0 {}
                    try cluster.endMoving(slot, from: target, to: source)
                }
            }
        }

        @Test("A node that cannot be reached delays no call to the others, and calls to it go on when it is back")
        func unreachable() async throws {
            let cluster = try await RedisCluster.start()
            var configuration = try settings(cluster.url)
            configuration.circuitBreaker.failures = .max
            try await withEngine(configuration) { engine in
                for key in Self.keys { _ = try await engine.send(RedisCommand("SET", [key.argument, "1"])) }
                // With its replica, so that nobody takes over, whatever the other nodes think of it.
                cluster.nodes[5].kill()
                cluster.nodes[2].kill()
                async let value = engine.call(Scripts.repeatableGet, keys: ["foo"], arguments: [])
                for _ in 0..<50 {
                    #expect(try await engine.call(Scripts.get, keys: ["bar"], arguments: []) == .bulk("1"))
                    #expect(try await engine.call(Scripts.get, keys: ["hello"], arguments: []) == .bulk("1"))
                }
                try await Blocking.run { try cluster.nodes[2].resume() }
                // Its data was in its memory.
                #expect(try await value == .null)
            }
        }

        @Test("A cluster that cannot be found, or is none, is told as such")
        func notFound() async throws {
            let port = try Loopback.freePort()
            try await withEngine(settings("redis+cluster://127.0.0.1:\(port)", timeout: .milliseconds(300))) { engine in
                let error = await failure { _ = try await engine.send(RedisCommand("GET", ["k"])) }
                #expect(error?.code == .unreachable)
                #expect(error?.mayHaveRun == false)
            }
            try await withEngine(settings("redis+cluster://127.0.0.1:\(RedisServer.shared().port)")) { engine in
                let error = await failure { _ = try await engine.send(RedisCommand("GET", ["k"])) }
                #expect(error?.code == .misconfigured)
                #expect(error?.message.contains("no node of a cluster") == true)
            }
            var none = try settings("redis+cluster://127.0.0.1:\(port)", timeout: .milliseconds(300))
            none.servers = .cluster([])
            try await withEngine(none) { engine in
                #expect((await failure { _ = try await engine.ping() })?.code == .unreachable)
            }
        }
    }
}
