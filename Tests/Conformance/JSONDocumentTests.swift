import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import Perilune

/// Documents that strings hold, on a real server and on the embedded engine, call by call.
@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct JSONDocumentTests {
    struct User: Codable, Hashable {
        var name: String
        var visits: Int
        var tags: [String]
        var address: [String: String]
        var score: Double?
    }

    let pair: EnginePair
    let redis: ComparingEngine
    let documents: JSONDocuments
    let ann = User(name: "Ann", visits: 1, tags: [], address: ["city": "Ulm/Donau"], score: nil)

    init() throws {
        pair = try EnginePair()
        redis = ComparingEngine(pair: pair)
        documents = JSONDocuments(engine: redis, storage: .string)
    }

    @Test func documentsAreReadAndWrittenAsAWholeAndInPart() async throws {
        #expect(try await documents.set(ann, at: "u", expiring: .seconds(60)))
        #expect(try await documents.get(User.self, at: "u") == ann)
        #expect(try await documents.get(String.self, at: "u", path: ["address", "city"]) == "Ulm/Donau")
        #expect(try await documents.get(String.self, at: "u", path: ["address", "street"]) == nil)
        #expect(try await documents.get(User.self, at: "none") == nil)
        #expect(try await documents.get(String.self, at: "none", path: ["name"]) == nil)
        #expect(try await documents.increment(at: "u", path: ["visits"], by: 41) == 42)
        #expect(try await documents.append(["x", "y"], at: "u", path: ["tags"]) == 2)
        #expect(try await documents.append(["z"], at: "u", path: ["tags"]) == 3)
        #expect(try await documents.get(String.self, at: "u", path: ["tags", -1]) == "z")
        #expect(try await documents.delete(at: "u", path: ["tags", 1]))
        #expect(try await documents.set(0.1, at: "u", path: ["score"]))
        #expect(try await documents.increment(at: "u", path: ["score"], by: 0.2) == 0.1 + 0.2)
        var expected = ann
        expected.visits = 42
        expected.tags = ["x", "z"]
        expected.score = 0.1 + 0.2
        #expect(try await documents.get(User.self, at: "u") == expected)
        #expect(try await redis.ttl("u") == .expires(in: .seconds(60)))
        #expect(try await documents.delete(at: "u"))
        #expect(try await documents.delete(at: "u") == false)
    }

    @Test func valueAndExpiryChangeTogether() async throws {
        #expect(try await documents.set([1], at: "d", if: .ifPresent) == false)
        #expect(try await documents.set([1], at: "d", if: .ifMissing, expiring: .seconds(1)))
        #expect(try await documents.set(2, at: "d", path: [0]))
        #expect(try await redis.ttl("d") == .expires(in: .seconds(1)))
        #expect(try await documents.set(2, at: "d", path: [0], expiring: .seconds(9)))
        #expect(try await redis.ttl("d") == .expires(in: .seconds(9)))
        #expect(try await documents.append([3], at: "d", path: .root, expiring: .never) == 2)
        #expect(try await redis.ttl("d") == .noExpiry)
        let soon = Int(pair.microseconds / 1_000) + 500
        #expect(try await documents.set(7, at: "d", path: [-1], expiring: .at(milliseconds: soon)))
        #expect(try await redis.ttl("d") == .expires(in: .milliseconds(500)))
        #expect(try await documents.get([Int].self, at: "d") == [2, 7])
        pair.advance(501_000)
        #expect(try await documents.get([Int].self, at: "d") == nil)
    }

    @Test func whatIsNotTouchedStaysToTheByte() async throws {
        let text =
            #" { "big" : 12345678901234567890123 , "e":[ ], "o":{}, "f":1.10, "k\u0065y": {"x" : 1 , "y":2 }, "t":"\"}]" } "#
        try await redis.set("d", text)
        #expect(try await documents.get(Int.self, at: "d", path: ["key", "y"]) == 2)
        #expect(try await documents.delete(at: "d", path: ["key", "x"]))
        #expect(try await documents.append([1], at: "d", path: ["e"]) == 1)
        #expect(try await documents.set("n", at: "d", path: ["o", "a/b\"c"]))
        #expect(
            try await redis.get("d")
                == #" { "big" : 12345678901234567890123 , "e":[ 1], "o":{"a\/b\"c":"n"}, "f":1.10, "k\u0065y": {"y":2 }, "t":"\"}]" } "#
        )
    }

    @Test func whatCannotBeIsRefusedAndWritesNothing() async throws {
        try await documents.set(ann, at: "u", expiring: .seconds(5))
        let before = try await redis.get("u")
        func code(_ run: () async throws(JSONDocumentError) -> Void) async -> Substring? {
            do throws(JSONDocumentError) {
                try await run()
                return nil
            } catch {
                guard case .engine(let error) = error else { return "\(error)".prefix(24) }
                return error.serverError?.code ?? "\(error.code)"
            }
        }
        #expect(
            await code { () throws(JSONDocumentError) in try await documents.increment(at: "u", path: ["name"]) }
                == "WRONGTYPE")
        #expect(
            await code { () throws(JSONDocumentError) in try await documents.append([1], at: "u", path: ["name"]) }
                == "WRONGTYPE")
        #expect(
            await code { () throws(JSONDocumentError) in
                try await documents.increment(at: "u", path: ["visits"], by: 1 << 53)
            } == "ERR")
        #expect(
            await code { () throws(JSONDocumentError) in
                try await documents.set(1, at: "u", path: ["visits"], expiring: .after(.zero))
            } == "ERR")
        #expect(
            await code { () throws(JSONDocumentError) in
                try await documents.increment(at: "u", path: ["visits"], by: .infinity)
            } == "the value cannot be JSON")
        #expect(try await documents.set(1, at: "u", path: ["name", "x"]) == false)
        #expect(try await documents.set(1, at: "u", path: ["tags", 0]) == false)
        #expect(try await documents.set(1, at: "u", path: ["none", "x"]) == false)
        #expect(try await documents.set(1, at: "none", path: ["x"]) == false)
        #expect(try await documents.increment(at: "u", path: ["tags", 0]) == nil)
        #expect(try await redis.get("u") == before)
        #expect(try await redis.ttl("u") == .expires(in: .seconds(5)))

        let members = JSONDocumentError.unsupportedMember(#"a\b"#)
        await #expect(throws: members) { try await documents.get(Int.self, at: "u", path: [#"a\b"#]) }
        await #expect(throws: JSONDocumentError.self) { try await documents.get(Int.self, at: "u", path: ["name"]) }
        var deep = JSONTree.null
        for _ in 0..<128 { deep = .array([deep]) }
        #expect(try await documents.set(deep, at: "deep"))
        await #expect(throws: JSONDocumentError.tooDeep) {
            try await documents.set(deep, at: "deep", path: [0])
        }
    }

    /// Whatever stands there that is no JSON: the same on both engines, and an end to it.
    @Test func brokenTextIsTreatedAlike() async throws {
        for text in [
            "", " ", "{", "[", "\"", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "[1,",
            "[1 2]", "[}",
            "{\"a\\", "[[[", "nul", "{\"a\" 1}", "{,}", "[,]", "\u{FEFF}{}", "{\"\\uZZ\":1,\"a\":2}", "-",
            "{\"a\":1.2.3}",
        ] {
            for path in [[], ["a"], [0], [-1], ["a", 0], ["b"]] as [JSONPath] {
                for operation in ["get", "set", "delete", "increment", "append"] {
                    try await redis.set("d", text)
                    let steps = path.steps.map { step in
                        switch step {
                        case .member(let name): RedisArgument.string("." + name)
                        case .element(let index): RedisArgument.string("#\(index)")
                        }
                    }
                    let script = Scripts.Json.Document.script
                    _ = try await pair.call(
                        script, keys: ["d"], arguments: [.string(operation), "1", "KEEPTTL", 0] + steps)
                    _ = try await pair.send(RedisCommand("GET", ["d"]))
                }
            }
        }
        let script = Scripts.Json.Document.script
        for arguments: [RedisArgument] in [
            [], ["get"], ["take", "", "NEVER", 0], ["get", "", "EX", 0], ["get", "", "PX"],
        ] {
            guard case .error = try await pair.call(script, keys: ["d"], arguments: arguments) else {
                Issue.record("\(arguments) was not refused")
                continue
            }
        }
    }

    @Test func largeDocumentsAreWithinTheLimitsOfScripts() async throws {
        let users = Array(repeating: ann, count: 10_000)
        try await documents.set(users, at: "d")
        #expect(try await documents.get(String.self, at: "d", path: [-1, "address", "city"]) == "Ulm/Donau")
        #expect(try await documents.increment(at: "d", path: [9_999, "visits"]) == 2)
        #expect(try await documents.append([ann], at: "d", path: .root) == 10_001)
    }

    @Test func randomChangesAreThoseOfATree() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<60 {
            var tree = JSONTree.random(using: &generator)
            try await documents.set(tree, at: "d")
            for _ in 0..<20 {
                let steps = tree.randomPath(using: &generator)
                let path = JSONPath(steps)
                let there = tree[steps]
                let message: Comment = "seed \(seed), \(tree), \(steps)"
                switch Int.random(in: 0..<6, using: &generator) {
                case 0, 1:
                    let value = JSONTree.random(depth: 2, using: &generator)
                    let isSet = tree.change(steps) { _ in value }
                    #expect(try await documents.set(value, at: "d", path: path) == isSet, message)
                case 2:
                    if there != nil { tree.change(steps) { _ in nil } }
                    #expect(try await documents.delete(at: "d", path: path) == (there != nil), message)
                case 3:
                    if case .number(let number)? = there, number.rounded() == number {
                        tree.change(steps) { _ in .number(number + 3) }
                        #expect(
                            try await documents.increment(at: "d", path: path, by: 3) == Int(number) + 3, message)
                    }
                case 4:
                    if case .array(let elements)? = there {
                        let value = JSONTree.random(depth: 3, using: &generator)
                        tree.change(steps) { _ in .array(elements + [value]) }
                        #expect(
                            try await documents.append([value], at: "d", path: path) == elements.count + 1, message)
                    }
                default:
                    let part = try await documents.get(JSONTree?.self, at: "d", path: path)
                    #expect((part ?? nil) == (there == .null ? nil : there), message)
                }
                let now = try await documents.get(JSONTree.self, at: "d")
                guard now == tree else {
                    Issue.record("seed \(seed): \(steps) has made \(String(describing: now)) and not \(tree)")
                    return
                }
            }
        }
    }
}
