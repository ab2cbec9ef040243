import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneRedis
import PeriluneTestSupport
import Testing

/// Documents of RedisJSON: what is sent to a server that has it, and that the results are those of strings.
@Suite struct RedisJSONTests {
    /// The same changes on a model of RedisJSON and on a string.
    @Test func resultsAreThoseOfStrings() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let clock = ManualClock()
        let engine = EmbeddedEngine(clock: clock)
        let module = JSONDocuments(engine: RedisJSONModel(inner: engine))
        let string = JSONDocuments(engine: engine)
        #expect(try await module.currentStorage() == .module)
        #expect(try await string.currentStorage() == .string)

        /// Makes a call on both and gives the results when they differ.
        func difference<Value: Equatable & Sendable>(
            _ call: (JSONDocuments, RedisKey) async throws(JSONDocumentError) -> Value
        ) async -> String? {
            let results = (await outcome(module, "module", call), await outcome(string, "string", call))
            return results.0 == results.1 ? nil : "\(results)"
        }

        for _ in 0..<80 {
            let tree = JSONTree.random(using: &generator)
            let condition = [.always, .ifMissing, .ifPresent].randomElement(using: &generator) ?? SetCondition.always
            for step in 0..<20 {
                let current = try await string.get(JSONTree.self, at: "string") ?? tree
                let path = JSONPath(current.randomPath(using: &generator))
                let value = JSONTree.random(depth: 2, using: &generator)
                let expiries: [Expiry] = [.never, .unchanged, .unchanged, .milliseconds(499), .after(.zero)]
                let expiry = expiries.randomElement(using: &generator) ?? .never
                let name: String
                let found: String?
                switch Int.random(in: 0..<8, using: &generator) {
                case _ where step == 0:
                    name = "set \(tree) \(condition) \(expiry)"
                    found = await difference { documents, key throws(JSONDocumentError) in
                        try await documents.set(tree, at: key, if: condition, expiring: expiry)
                    }
                case 0, 1:
                    name = "set \(path) \(expiry)"
                    found = await difference { documents, key throws(JSONDocumentError) in
                        try await documents.set(value, at: key, path: path, expiring: expiry)
                    }
                case 2:
                    name = "delete \(path)"
                    found = await difference { documents, key throws(JSONDocumentError) in
                        try await documents.delete(at: key, path: path)
                    }
                case 3:
                    name = "increment \(path)"
                    found = await difference { documents, key throws(JSONDocumentError) in
                        try await documents.increment(at: key, path: path, by: 2)
                    }
                case 4:
                    name = "increment \(path) by a fraction"
                    found = await difference { documents, key throws(JSONDocumentError) in
                        try await documents.increment(at: key, path: path, by: 0.5)
                    }
                case 5:
                    name = "append \(path) \(expiry)"
                    found = await difference { documents, key throws(JSONDocumentError) in
                        try await documents.append([value, .null], at: key, path: path, expiring: expiry)
                    }
                case 6:
                    clock.advance(by: .milliseconds(50))
                    continue
                default:
                    name = "get \(path)"
                    found = await difference { documents, key throws(JSONDocumentError) in
                        try await documents.get(JSONTree?.self, at: key, path: path)
                    }
                }
                #expect(found == nil, "seed \(seed): \(name) on \(current)")
                let left = (try await engine.ttl("module"), try await engine.ttl("string"))
                #expect(left.0 == left.1, "seed \(seed): \(name) on \(current)")
                let now = try await module.get(JSONTree.self, at: "module")
                let expected = try await string.get(JSONTree.self, at: "string")
                guard now == expected else {
                    Issue.record("seed \(seed): \(name) on \(current)")
                    return
                }
            }
        }
    }

    /// A value, or what kind of error there was.
    private func outcome<Value: Sendable>(
        _ documents: JSONDocuments, _ key: RedisKey,
        _ call: (JSONDocuments, RedisKey) async throws(JSONDocumentError) -> Value
    ) async -> Result<Value, EngineError> {
        do throws(JSONDocumentError) {
            return .success(try await call(documents, key))
        } catch {
            guard case .engine(let error) = error, let error = error.serverError else {
                return .failure(EngineError(.unexpectedReply, "\(error)"))
            }
            return .failure(EngineError(RedisError(String(error.code))))
        }
    }

    /// The commands as a server gets them.
    @Test func aServerWithTheModuleGetsItsCommands() async throws {
        let received = Locked<[[String]]>([])
        let server = try FakeServer { peer in
            peer.shakeHands()
            while let words = peer.readCommand() {
                received.withLock { $0.append(words) }
                switch words[0] {
                case "COMMAND": peer.write("*1\r\n*1\r\n$8\r\njson.set\r\n")
                case "JSON.GET" where words[1] == "none": peer.write("$-1\r\n")
                case "JSON.GET" where words[2] == "$[\"x\"]": peer.write("$2\r\n[]\r\n")
                case "JSON.GET": peer.write("$7\r\n[[1,2]]\r\n")
                default: peer.write("$1\r\n5\r\n")
                }
            }
        }
        var configuration = try RedisConfiguration(url: "redis://127.0.0.1:\(server.port)")
        configuration.commandTimeout = .seconds(60)
        let redis = RedisEngine(configuration)
        let documents = JSONDocuments(engine: redis)
        #expect(try await documents.get([Int].self, at: "d", path: ["a", 0]) == [1, 2])
        #expect(try await documents.get([Int].self, at: "d", path: ["x"]) == nil)
        #expect(try await documents.get([Int].self, at: "none") == nil)
        #expect(try await documents.set([3], at: "d", if: .ifMissing, expiring: .seconds(2)))
        #expect(try await documents.set(4, at: "d", path: ["a", "say \"x\""]))
        #expect(try await documents.append([6, 7], at: "d", path: ["a", -1]) == 7)
        #expect(try await documents.increment(at: "d", path: ["n"]) == 5)
        #expect(try await documents.delete(at: "d"))
        await redis.shutdown()

        let words = received.withLock { $0 }
        #expect(words[0] == ["COMMAND", "INFO", "JSON.SET"])
        #expect(words.count { $0[0] == "COMMAND" } == 1)
        #expect(
            words[1...3] == [
                ["JSON.GET", "d", "$[\"a\"][0]"], ["JSON.GET", "d", "$[\"x\"]"], ["JSON.GET", "none", "$"],
            ])
        let calls = words.dropFirst(4)
        #expect(calls.allSatisfy { $0[0] == "EVALSHA" && $0[2...3] == ["1", "d"] })
        #expect(
            calls.map { Array($0.dropFirst(4)) } == [
                ["set", "$", "", "NX", "PX", "2000", "[3]"],
                ["set", "$[\"a\"]['say \"x\"']", "$[\"a\"]", "", "KEEPTTL", "0", "4"],
                ["append", "$[\"a\"][-1]", "", "", "KEEPTTL", "0", "6", "7"],
                ["increment", "$[\"n\"]", "", "", "KEEPTTL", "0", "1"],
                ["delete", "$", "", "", "KEEPTTL", "0"],
            ])
    }
}
