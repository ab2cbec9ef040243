import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneRedis

@Suite("Routes of calls in a cluster")
struct ClusterRouteTests {
    private func command(_ text: String) -> RedisCommand {
        let words = text.split(separator: " ").map(String.init)
        return RedisCommand(words[0], words.dropFirst().map { .string($0 == "''" ? "" : $0) })
    }

    /// Commands, and the positions of their keys among all words.
    private static let samples: [(String, [Int])] = [
        ("GET a", [1]), ("get a", [1]), ("SET a b", [1]), ("MGET a b c", [1, 2, 3]), ("DEL a", [1]),
        ("MSET a 1 b 2", [1, 3]), ("SMOVE a b m", [1, 2]), ("RENAME a b", [1, 2]), ("LCS a b LEN", [1, 2]),
        ("BITOP AND a b c", [2, 3, 4]), ("BLPOP a b 0", [1, 2]), ("OBJECT ENCODING a", [2]),
        ("XINFO STREAM a", [2]), ("XGROUP CREATE a g $", [2]), ("MEMORY USAGE a", [2]),
        ("EVAL s 2 a b c", [3, 4]), ("EVALSHA s 1 a", [3]), ("FCALL f 1 a b", [3]), ("EVAL_RO s 1 a", [3]),
        ("ZUNION 2 a b WITHSCORES", [2, 3]), ("SINTERCARD 2 a b LIMIT 1", [2, 3]), ("LMPOP 1 a LEFT", [2]),
        ("BLMPOP 0 2 a b LEFT", [3, 4]), ("BZMPOP 0 1 a MIN", [3]),
        ("ZUNIONSTORE d 2 a b WEIGHTS 1 2", [1, 3, 4]), ("ZDIFFSTORE d 1 a", [1, 3]),
        ("XREAD COUNT 1 BLOCK 0 STREAMS a b 0 0", [6, 7]), ("xread streams a 0", [2]),
        ("XREADGROUP GROUP STREAMS STREAMS STREAMS a >", [5]),
        ("XREADGROUP GROUP g c COUNT 1 NOACK STREAMS a b > >", [8, 9]),
        ("SORT a", [1]), ("SORT a LIMIT 0 1 STORE d", [1, 6]), ("sort a store d", [1, 3]),
        ("GEORADIUS a 1 2 3 m STORE d", [1, 7]), ("GEORADIUSBYMEMBER a m 3 m STOREDIST d", [1, 6]),
        ("GEOSEARCHSTORE d a FROMMEMBER m BYRADIUS 1 m", [1, 2]), ("ZRANGESTORE d a 0 1", [1, 2]),
        ("MIGRATE h 1 a 0 1", [3]), ("MIGRATE h 1 '' 0 1 COPY KEYS a b", [8, 9]), ("COPY a b", [1, 2]),
        ("PFCOUNT a b", [1, 2]), ("WATCH a b", [1, 2]),
    ]

    @Test("The keys of a command are where they are", arguments: samples)
    func positions(text: String, expected: [Int]) {
        let command = command(text)
        #expect(KeyPlaces(of: command).positions(in: command.arguments).map { $0 + 1 } == expected)
    }

    @Test("A server finds the same keys", .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
    func sameAsServer() async throws {
        let server = try RedisServer.shared()
        try await withEngine(settings(server.url)) { engine in
            for (text, positions) in Self.samples {
                let words = text.split(separator: " ").map { $0 == "''" ? "" : String($0) }
                let keys = try? await engine.send(
                    RedisCommand("COMMAND", ["GETKEYS"] + words.map { .string($0) }))
                #expect(keys?.array?.compactMap(\.string) == positions.map { words[$0] }, "\(text)")
            }
        }
    }

    @Test(
        "Every command of a server that is not in the table has its first argument as its key",
        .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
    func complete() async throws {
        let server = try RedisServer.shared()
        let facts = try await Blocking.run {
            let socket = try RESPSocket(unixSocket: server.unixSocket)
            let names = try socket.ask("COMMAND", "LIST").split(separator: " ").filter {
                !"*$".contains($0.prefix(1)) && !$0.contains("|")
            }
            return try names.map { name in
                // *1 *10 $3 get :2 *2 +readonly +fast :1 :1 :1
                var words = try socket.ask("COMMAND", "INFO", String(name)).split(separator: " ").dropFirst(5)
                let flagCount = words.popFirst().flatMap { Int($0.dropFirst()) } ?? 0
                return (String(name), words.dropFirst(flagCount).prefix(3).map { Int($0.dropFirst()) ?? 0 })
            }
        }
        #expect(facts.count > 200)
        for (name, place) in facts {
            let places = KeyPlaces(of: RedisCommand(name, ["1", "2", "3", "4"]))
            switch place {
            case [1, 1, 1]: #expect([[0], [0, 2]].contains(places.positions(in: ["x", "1", "y"])), "\(name)")
            case [0, 0, 0]: if case .first = places { Issue.record("\(name) has no key in first place") }
            case [1, -1, 1]: #expect(places.positions(in: ["x", "y", "z"]) == [0, 1, 2], "\(name)")
            case [1, -1, 2]: #expect(places.positions(in: ["x", "y", "z"]) == [0, 2], "\(name)")
            case [1, -2, 1], [1, 2, 1]: #expect(places.positions(in: ["x", "y", "z"]) == [0, 1], "\(name)")
            case [2, -1, 1]: #expect(places.positions(in: ["x", "y", "z"]) == [1, 2], "\(name)")
            case [2, 2, 1]: #expect(name == "pfdebug")
            case [3, 3, 1]: #expect(places.positions(in: ["x", "y", "z"]) == [2], "\(name)")
            default: Issue.record("\(name): \(place)")
            }
        }
    }

    @Test("Missing arguments and wrong counts are the server's to complain about")
    func missing() {
        for name in [
            "GET", "MSET", "EVAL", "ZUNIONSTORE", "XREAD", "SORT", "MIGRATE", "BITOP", "OBJECT", "BLPOP", "LCS",
        ] {
            for count in 0..<4 {
                let arguments = Array(repeating: RedisArgument.integer(-1), count: count)
                _ = KeyPlaces(of: RedisCommand(name, arguments)).positions(in: arguments)
            }
        }
        for number in [Int.max, .min, -1] {
            let positions = KeyPlaces.counted(at: 0).positions(in: [.integer(number), "a"])
            #expect(positions == (number > 0 ? [1] : []))
        }
        #expect(KeyPlaces.counted(at: 0).positions(in: ["99999999999999999999", "a"]) == [])
    }

    @Test("A call goes to the slot of its keys")
    func slots() throws {
        #expect(try ClusterRoute(of: command("GET foo")) == .slot(12182))
        #expect(try ClusterRoute(of: command("MGET {foo}1 {foo}2")) == .slot(12182))
        #expect(try ClusterRoute(of: command("UNHEARD.OF foo bar")) == .slot(12182))
        #expect(try ClusterRoute(of: command("SPUBLISH foo message")) == .slot(12182))
        #expect(try ClusterRoute(of: ["foo", "x{foo}"] as [RedisKey]) == .slot(12182))
        #expect(try ClusterRoute(of: [command("GET foo"), command("PING"), command("DEL foo")]) == .slot(12182))
    }

    @Test("Keys in different slots are refused, and the slots are named, not the arguments")
    func crossSlot() throws {
        func check(_ body: () throws(EngineError) -> ClusterRoute) {
            let error = #expect(throws: EngineError.self) { try body() }
            #expect(error?.code == .crossSlot)
            #expect(error?.mayHaveRun == false)
            #expect(error?.message.contains("12182 and 5061") == true)
        }
        check { () throws(EngineError) in try ClusterRoute(of: command("MSET foo secret bar secret")) }
        check { () throws(EngineError) in try ClusterRoute(of: ["foo", "bar"] as [RedisKey]) }
        check { () throws(EngineError) in try ClusterRoute(of: [command("GET foo"), command("GET bar")]) }
        check { () throws(EngineError) in try ClusterRoute(of: command("EVAL s 2 foo bar")) }
    }

    @Test("A call without keys goes anywhere, and one about everything everywhere")
    func keyless() throws {
        #expect(try ClusterRoute(of: command("PING")) == .anyPrimary)
        #expect(try ClusterRoute(of: command("EVAL s 0")) == .anyPrimary)
        #expect(try ClusterRoute(of: [] as [RedisKey]) == .anyPrimary)
        #expect(try ClusterRoute(of: command("dbsize")) == .everyPrimary(.sum))
        #expect(try ClusterRoute(of: command("FLUSHALL ASYNC")) == .everyPrimary(.first))
        #expect(try ClusterRoute(of: command("script flush")) == .everyPrimary(.first))
        #expect(try ClusterRoute(of: command("SCRIPT EXISTS x")) == .everyPrimary(.minimum))
        #expect(try ClusterRoute(of: command("SCRIPT KILL")) == .anyPrimary)
        #expect(try ClusterRoute(of: command("SCAN 0")) == .scan)
        let error = #expect(throws: EngineError.self) { try ClusterRoute(of: command("RANDOMKEY")) }
        #expect(error?.code == .crossSlot)
        #expect(throws: EngineError.self) { try ClusterRoute(of: [command("GET foo"), command("DBSIZE")]) }
    }

    @Test("A cursor names a node, and goes from node to node")
    func cursors() {
        #expect(ClusterCursor("0")?.slot == nil)
        #expect(ClusterCursor("5461.17")?.slot == 5461)
        #expect(ClusterCursor("5461.17")?.cursor == "17")
        for text in ["", "17", "x.1", ".1", "-1.1", "99999999999999999999.1"] { #expect(ClusterCursor(text) == nil) }
        #expect(ClusterCursor.text(after: "17", at: 5461, of: [0, 5461, 9000]) == "5461.17")
        #expect(ClusterCursor.text(after: "0", at: 0, of: [0, 5461, 9000]) == "5461.0")
        #expect(ClusterCursor.text(after: "0", at: 9000, of: [0, 5461, 9000]) == "0")
    }

    @Test("Replies of all nodes become one")
    func merges() {
        let numbers: [RedisReply] = [.integer(1), .integer(2)]
        #expect(ReplyMerge.sum(numbers) == .integer(3))
        #expect(ReplyMerge.sum([.integer(.max), .integer(1)]) == .integer(.max))
        #expect(ReplyMerge.first([.status("OK"), .status("OK")]) == .status("OK"))
        #expect(ReplyMerge.concatenation([.array(numbers), .array([]), .array([.null])]) == .array(numbers + [.null]))
        #expect(
            ReplyMerge.minimum([.array([.integer(1), .integer(0)]), .array([.integer(0), .integer(1)])])
                == .array([.integer(0), .integer(0)]))
        let error = RedisReply.error(RedisError("ERR no"))
        for merge in [ReplyMerge.first, .sum, .concatenation, .minimum] {
            #expect(merge([.integer(1), error]) == error)
            #expect(merge([]) == .null)
        }
        #expect(ReplyMerge.sum([.integer(1), .status("x")]) == .status("x"))
        #expect(ReplyMerge.minimum([.array([.integer(1)]), .array([])]) == .array([]))
    }

    @Test(
        "Random keys have the slots that a server gives them",
        .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
    func sameSlots() async throws {
        let server = try RedisServer.start(arguments: [
            "--cluster-enabled", "yes", "--cluster-port", String(Loopback.freePort()),
        ])
        var random = SeededGenerator(seed: 1)
        try await withEngine(settings(server.url)) { engine in
            for _ in 0..<500 {
                let alphabet: [UInt8] = Bool.random(using: &random) ? Array("{}ab".utf8) : Array(0...255)
                let bytes = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
                    alphabet.randomElement(using: &random) ?? 0
                }
                let slot = try await engine.send(RedisCommand("CLUSTER", ["KEYSLOT", .bytes(bytes)]))
                #expect(slot == .integer(RedisArgument.bytes(bytes).slot), "\(bytes)")
            }
        }
    }
}
