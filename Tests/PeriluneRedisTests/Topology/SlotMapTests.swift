import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneRedis

/// A node at 10.0.0.x.
func node(_ last: Int, port: Int = 6379) -> RedisConfiguration.Endpoint {
    .tcp(host: "10.0.0.\(last)", port: port)
}

@Suite("Slot map")
struct SlotMapTests {
    private func reply(_ ranges: [RedisReply]...) -> RedisReply { .array(ranges.map { .array($0) }) }

    private func server(_ host: RedisReply, _ port: Int, _ more: [RedisReply] = []) -> RedisReply {
        .array([host, .integer(port), .bulk("id")] + [.array(more)])
    }

    private let asked = node(9, port: 7000)

    @Test("An answer names for each range its primary and its replicas")
    func ranges() throws {
        let map = try SlotMap(
            reply(
                [.integer(0), .integer(100), server(.bulk("10.0.0.1"), 6379), server(.bulk("10.0.0.3"), 6379)],
                [.integer(101), .integer(16383), server(.bulk("10.0.0.2"), 6379), server(.bulk("10.0.0.3"), 6379)]),
            askedOf: asked)
        #expect(map[0] == node(1))
        #expect(map[100] == node(1))
        #expect(map[101] == node(2))
        #expect(map[16383] == node(2))
        #expect(map.isComplete)
        #expect(map.nodes == [node(1), node(2), node(3)])
    }

    @Test("Slots that nobody serves are gaps")
    func gaps() throws {
        let map = try SlotMap(reply([.integer(5), .integer(6), server(.bulk("10.0.0.1"), 6379)]), askedOf: asked)
        #expect(map[4] == nil)
        #expect(map[5] == node(1))
        #expect(map[7] == nil)
        #expect(map.coverage == 2)
        #expect(!map.isComplete)
        #expect(try SlotMap(.array([]), askedOf: asked).coverage == 0)
    }

    @Test("A host that is empty or null is the one that was asked", arguments: [.null, .bulk("")] as [RedisReply])
    func emptyHost(host: RedisReply) throws {
        let map = try SlotMap(reply([.integer(0), .integer(0), server(host, 7001)]), askedOf: asked)
        #expect(map[0] == node(9, port: 7001))
        let nowhere = try SlotMap(
            reply([.integer(0), .integer(0), server(host, 7001)]), askedOf: .unixSocket(path: "/s"))
        #expect(nowhere[0] == nil)
    }

    @Test("A node without the name that it should have is known by its address")
    func unknownName() throws {
        let ip: [RedisReply] = [.bulk("ip"), .bulk("10.0.0.4")]
        let map = try SlotMap(
            reply(
                [.integer(0), .integer(0), server(.bulk("?"), 6379, ip)],
                [.integer(1), .integer(1), server(.bulk("?"), 6379)]), askedOf: asked)
        #expect(map[0] == node(4))
        #expect(map[1] == nil)
    }

    @Test(
        "What is no answer is refused",
        arguments: [
            .integer(1), .null, .bulk("x"),
            .array(Array(repeating: .array([]), count: 16385)),
        ] as [RedisReply])
    func refused(reply: RedisReply) {
        #expect(throws: EngineError.self) { try SlotMap(reply, askedOf: asked) }
    }

    @Test("What makes no sense in an answer is left out")
    func nonsense() throws {
        let good = server(.bulk("10.0.0.1"), 6379)
        let map = try SlotMap(
            .array([
                .integer(1), .array([]), .array([.integer(0)]), .array([.integer(9), .integer(8), good]),
                .array([.bulk("0"), .integer(8), good]), .array([.integer(0), .integer(8), .null]),
                .array([.integer(0), .integer(8), server(.bulk("10.0.0.1"), 0)]),
                .array([.integer(0), .integer(8), server(.bulk("10.0.0.1"), 65536)]),
                .array([.integer(0), .integer(8), server(.bulk("a b"), 1)]),
                .array([.integer(0), .integer(8), server(.bulk("a\0b"), 1)]),
                .array([.integer(0), .integer(8), server(.bulk([0xFF]), 1)]),
                .array([.integer(0), .integer(8), server(.bulk(String(repeating: "a", count: 256)), 1)]),
                .array([.integer(0), .integer(8), server(.integer(3), 1)]),
                .array([.integer(.min), .integer(-1), good]), .array([.integer(16384), .integer(.max), good]),
                .array([.integer(16383), .integer(.max), good]),
            ]), askedOf: asked)
        #expect(map.coverage == 1)
        #expect(map[16383] == node(1))
    }

    @Test("The widest range there is covers what exists")
    func wide() throws {
        let map = try SlotMap(
            reply([.integer(.min), .integer(.max), server(.bulk("10.0.0.1"), 6379)]), askedOf: asked)
        #expect(map.isComplete)
        #expect(map[-1] == nil)
        #expect(map[16384] == nil)
    }

    @Test("There is room for so many nodes and no more")
    func bounded() throws {
        let ranges: [[RedisReply]] = (0..<5000).map { slot in
            [.integer(slot), .integer(slot), server(.bulk("h\(slot)"), 1), server(.bulk("r\(slot)"), 1)]
        }
        let map = try SlotMap(.array(ranges.map { .array($0) }), askedOf: asked)
        #expect(map.primaries.count == SlotMap.mostNodes)
        #expect(map.replicas.count == SlotMap.mostNodes)
        #expect(map[0] != nil)
        #expect(map[4999] == nil)
        let replicas = (0..<5000).map { server(.bulk("r\($0)"), 1) }
        let wide = try SlotMap(
            reply([.integer(0), .integer(1), server(.bulk("h"), 1)] + replicas), askedOf: asked)
        #expect(wide.replicas.count == SlotMap.mostNodes)
    }

    @Test("A slot that moves belongs to its new node, known before or not")
    func moves() throws {
        var map = SlotMap()
        map.assign(0...16383, to: node(1))
        map.assign(7...7, to: node(2))
        #expect(map[6] == node(1))
        #expect(map[7] == node(2))
        #expect(map.isComplete)
        map.assign(7...7, to: node(1))
        #expect(map[7] == node(1))
    }

    @Test("No answer, however random, does harm", arguments: 0..<200)
    func random(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func make(_ depth: Int) -> RedisReply {
            switch Int.random(in: 0..<(depth > 4 ? 5 : 9), using: &random) {
            case 0: .integer([0, 1, -1, 16383, 16384, .max, .min].randomElement(using: &random) ?? 0)
            case 1: .bulk(["", "?", "h", "10.0.0.1", "ip", "\u{1}"].randomElement(using: &random) ?? "")
            case 2: .null
            case 3: .error(RedisError("ERR"))
            case 4: .integer(Int.random(in: 0..<17000, using: &random))
            default: .array((0..<Int.random(in: 0..<6, using: &random)).map { _ in make(depth + 1) })
            }
        }
        let map = try? SlotMap(make(0), askedOf: asked)
        for slot in [-1, 0, 16383, 16384] { _ = map?[slot] }
    }
}

@Suite("Redirections")
struct RedirectionTests {
    private let asked = node(9, port: 7000)

    @Test("Lines that tell where a call belongs")
    func lines() {
        let moved = Redirection("MOVED 3999 10.0.0.1:6381", ofCallIn: 3999, by: asked)
        #expect(moved?.kind == .moved)
        #expect(moved?.node == node(1, port: 6381))
        let ask = Redirection("ASK 3999 10.0.0.1:6381", ofCallIn: 3999, by: asked)
        #expect(ask?.kind == .ask)
        #expect(ask?.slot == 3999)
        // The host that was asked; a name; an IPv6 address.
        #expect(Redirection("MOVED 1 :6381", ofCallIn: 1, by: asked)?.node == node(9, port: 6381))
        #expect(
            Redirection("MOVED 1 redis-1.example:6381", ofCallIn: 1, by: asked)?.node
                == .tcp(host: "redis-1.example", port: 6381))
        #expect(Redirection("MOVED 1 ::1:6381", ofCallIn: 1, by: asked)?.node == .tcp(host: "::1", port: 6381))
    }

    @Test(
        "Lines that only look like it",
        arguments: [
            "", "MOVED", "MOVED 1", "MOVED 1 ", "MOVED 1 h", "MOVED 1 h:", "MOVED 1 h:0", "MOVED 1 h:65536",
            "MOVED 1 h:-1", "MOVED 1 h:1 ", "MOVED 1 h:1 x", "MOVED  1 h:1", "MOVED +1 h:1", "MOVED 2 h:1",
            "MOVED 99999999999999999999 h:1", "moved 1 h:1", "ASKING 1 h:1", "MOVED 1 ?:1", "MOVED 1 a\u{7F}b:1",
            "MOVED 1 h:99999999999999999999", "MOVED 1 h:1 script: 1, on @user_script:1.",
        ])
    func others(line: String) {
        #expect(Redirection(line, ofCallIn: 1, by: asked) == nil)
    }

    @Test("Lines are bounded")
    func long() {
        let host = String(repeating: "h", count: 100_000)
        #expect(Redirection("MOVED 1 \(host):1", ofCallIn: 1, by: asked) == nil)
    }
}
