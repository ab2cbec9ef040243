import Testing

@testable import PeriluneCheck

@Suite("Reads of whole keys")
struct WholeKeyReadTests {
    /// The severities of the findings of one rule.
    private func found(_ script: String) throws -> [String] {
        try FlowCase.flowFindings(in: script).filter { $0.rule == LoopRules.unbounded.id }.map(\.severity.rawValue)
    }

    @Test(
        "KEYS and reads of whole keys are found",
        arguments: [
            ("'KEYS', '*'", "warning"), ("'HGETALL', KEYS[1]", "note"), ("'smembers', KEYS[1]", "note"),
            ("'HKEYS', KEYS[1]", "note"), ("'HVALS', KEYS[1]", "note"), ("'LRANGE', KEYS[1], 0, -1", "note"),
            ("'LRANGE', KEYS[1], '0', '-1'", "note"), ("'ZRANGE', KEYS[1], 0, -1, 'WITHSCORES'", "note"),
            ("'ZRANGE', KEYS[1], '-inf', '+inf', 'BYSCORE'", "note"), ("'XRANGE', KEYS[1], '-', '+'", "note"),
            ("'ZRANGE', KEYS[1], '+', '-', 'BYLEX', 'REV'", "note"), ("'SUNION', KEYS[1], KEYS[2]", "note"),
            ("'ZREVRANGEBYSCORE', KEYS[1], 'inf', '-inf'", "note"),
        ])
    func unbounded(call: String, severity: String) throws {
        #expect(try found("return redis.call(\(call))") == [severity])
        // Under whatever name.
        #expect(
            try found("local call = redis.call\nlocal function f(...) return call(...) end\nreturn f(\(call))") == [
                severity
            ])
    }

    @Test func aNameInALocalIsSeen() throws {
        #expect(try found("local name = 'KEYS'\nreturn redis.call(name, '*')") == ["warning"])
    }

    @Test(
        "Reads of a part are not",
        arguments: [
            "'LRANGE', KEYS[1], 0, 9", "'LRANGE', KEYS[1], ARGV[1], -1", "'ZRANGE', KEYS[1], 0, -1, 'BYSCORE'",
            "'ZRANGE', KEYS[1], '-inf', '+inf', 'BYSCORE', 'LIMIT', 0, 10", "'ZRANGE', KEYS[1], 0, -1, ARGV[1]",
            "'XRANGE', KEYS[1], '-', '+', 'COUNT', 1", "'HGET', KEYS[1], 'f'", "'SCAN', 0",
            "'LRANGE', KEYS[1], -0.5, -1", "'ZRANGE', KEYS[1], 0, -1, unpack(ARGV)", "'HSCAN', KEYS[1], 0",
        ])
    func bounded(_ call: String) throws {
        #expect(try found("return redis.call(\(call))").isEmpty)
    }
}
