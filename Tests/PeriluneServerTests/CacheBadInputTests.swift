import NIOCore
import Perilune
import PeriluneCore
import PeriluneHummingbird
import PeriluneTestSupport
import Testing

@testable import PeriluneServer

/// Bodies of a warming that are none.
@Suite(.timeLimit(.minutes(20))) struct CacheBadInputTests {
    static let bodies: [(String, Int, String)] = [
        ("", 422, "must be an object"), ("{", 400, "JSON"), ("nonsense", 422, "must be an object"),
        ("[]", 422, "must be an object"), ("{}", 422, "neither keys nor values"),
        (#"{"keys":[]}"#, 422, "neither keys nor values"), (#"{"keys":["a"]} x"#, 400, "JSON"),
        (#"{"keys":["a",]}"#, 400, "JSON"), (#"{"keys":["\ud800"]}"#, 400, "JSON"),
        (#"{"keys":"a"}"#, 422, "keys: must be an array"), (#"{"keys":[1]}"#, 422, "keys: must be text"),
        (#"{"keys":[["a"]]}"#, 422, "keys: must be text"), (#"{"keys":null}"#, 422, "keys: must be an array"),
        (#"{"keys":["a"],"keys":["b"]}"#, 422, "keys: more than once"), (#"{"keys":["a"]}"#, 422, "there is no origin"),
        (#"{"values":[1]}"#, 422, "values: each must be an object"),
        (#"{"values":{}}"#, 422, "values: must be an array"),
        (#"{"values":[{"key":"a"}]}"#, 422, "values: each must have a key"),
        (#"{"values":[{"value":1}]}"#, 422, "values: each must have a key"),
        (#"{"values":[{"key":1,"value":1}]}"#, 422, "key: must be text"),
        (#"{"values":[{"key":"a","value":1,"value":2}]}"#, 422, "value more than once"),
        (#"{"values":[{"key":"a","value":01}]}"#, 400, "JSON"),
        (#"{"values":[{"key":"a","value":1,"ttl":0}]}"#, 422, "ttl: must be a number of seconds"),
        (#"{"values":[{"key":"a","value":1,"ttl":"5min"}]}"#, 422, "ttl: must be"),
        (#"{"values":[{"key":"a","value":1,"ttl":1e400}]}"#, 422, "ttl: must be"),
        (#"{"values":[{"key":"a","value":1,"ttl":-1}]}"#, 422, "ttl: must be"),
        (#"{"values":[{"key":"a","value":1,"tags":"t"}]}"#, 422, "tags: must be an array"),
        (#"{"values":[{"key":"a","value":1,"tags":[1]}]}"#, 422, "tags: must be text"),
        (#"{"values":[{"key":"a","value":1}],"force":1}"#, 422, "force: must be true or false"),
        (#"{"values":[{"key":"a","value":1}],"concurrency":0}"#, 422, "concurrency: must be a number from 1 to 64"),
        (#"{"values":[{"key":"a","value":1}],"concurrency":1.5}"#, 422, "concurrency: must be"),
        (#"{"values":[{"key":"a","value":\#(String(repeating: "[", count: 100))}]}"#, 400, "JSON"),
        (String(repeating: "[", count: 60_000), 422, "must be an object"),
        (#"{"a":\#(String(repeating: "[", count: 60_000))"#, 400, "JSON"),
    ]

    @Test func badBodiesAreNamedAndStoreNothing() async throws {
        try await withServer { server async throws in
            for (body, status, detail) in Self.bodies {
                let reply = try await server.warm(body)
                #expect(reply.status == status, "\(body.prefix(60)): \(reply.body)")
                #expect(reply["Content-Type"] == "application/problem+json")
                #expect(reply.body.contains(detail), "\(body.prefix(60)): \(reply.body)")
            }
            #expect(try await server.engine.send(RedisCommand("DBSIZE")).integer == 0)
        }
    }

    @Test func whatIsTooMuchIsRefused() async throws {
        try await withServer { server async throws in
            let items = (0...10_000).map { #"{"key":"\#($0)","value":1}"# }.joined(separator: ",")
            let many = try await server.warm(#"{"values":[\#(items)]}"#)
            #expect(many.status == 422)
            #expect(many.body.contains("More than 10000 keys and values"), "\(many.body)")
            let tags = (0...64).map { "\"\($0)\"" }.joined(separator: ",")
            let tagged = try await server.warm(#"{"values":[{"key":"a","value":1,"tags":[\#(tags)]}]}"#)
            #expect(tagged.body.contains("tags: more than 64 of them"), "\(tagged.body)")
            let long = try await server.warm(
                #"{"values":[{"key":"a","value":"\#(String(repeating: "x", count: 8 << 20))"}]}"#)
            #expect(long.status == 413)
            #expect(long.body.contains("longer than 8388608 bytes"), "\(long.body)")
            #expect(try await server.engine.send(RedisCommand("DBSIZE")).integer == 0)
        }
    }

    @Test func aLargeBodyIsTaken() async throws {
        // However busy the machine is.
        let patient: (inout ManagementConfiguration) -> Void = { $0.deadlines.body = .minutes(10) }
        try await withServer(configure: patient) { server async throws in
            let value = String(repeating: "x", count: 7 << 20)
            let reply = try await server.warm(#"{"values":[{"key":"a","value":"\#(value)"}]}"#)
            #expect(reply.status == 200, "\(reply.body)")
            #expect(try await server.region().get("a") == value)
        }
    }

    @Test func aValueThatIsTooLargeFailsAlone() async throws {
        let configure: (inout ManagementConfiguration) -> Void = { $0.cache.regions[0].type.maximumBytes = 10 }
        try await withServer(configure: configure) { server async throws in
            let reply = try await server.warm(
                #"{"values":[{"key":"a","value":"12345678"},{"key":"b","value":"123456789"}]}"#)
            #expect(reply.body.contains(#""stored":1,"#), "\(reply.body)")
            #expect(reply.body.contains(#""reason":"the value has 11 bytes, and may have 10""#), "\(reply.body)")
        }
    }

    @Test func keysMayBeAnything() async throws {
        try await withServer { server async throws in
            let keys = ["", "\0", "a\nb", "%x", "}:e:", String(repeating: "k", count: 5_000), "ü", "*"]
            let items = JSONValue.array(keys.map { ["key": .string($0), "value": .string($0)] })
            let reply = try await server.warm(#"{"values":\#(String(decoding: items.bytes, as: UTF8.self))}"#)
            #expect(reply.body.contains(#""stored":\#(keys.count),"#), "\(reply.body)")
            let region = try server.region()
            for key in keys { #expect(try await region.get(CacheKey(key)) == key) }
        }
    }

    @Test(arguments: ["text/plain", "", "application/json-seq"]) func onlyJSONIsTaken(type: String) async throws {
        try await withServer { server async throws in
            #expect(
                try await server.send("POST", "cache/warm/outbreak_data", type: type, body: "{}").status == 415)
            #expect(
                try await server.send("POST", "cache/warm/outbreak_data?force=1", type: type, body: "{}").status == 400)
        }
    }
}
