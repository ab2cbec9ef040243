import Testing

@testable import PeriluneCheck

@Suite struct ValidatorTests {
    private func rules(_ script: String, redis: RedisVersion = .v70) -> [String] {
        Validator(redis: redis).findings(in: ScriptSource(path: "t.lua", bytes: Array(script.utf8)))
            .map(\.rule.rawValue)
    }

    @Test func aScriptIsCheckedForTheReleaseThatItNeeds() {
        let call = "return redis.call('HEXPIRE', KEYS[1], 10, 'FIELDS', 1, 'f')"
        func script(_ redis: String) -> String {
            "--- Set.\n---@script a.b\n---@key k hash # one\n---@return integer[]\n---@redis \(redis)\n" + call
        }
        #expect(rules(call) == ["R004"])
        #expect(rules(script(">=7.4")) == [])
        #expect(rules(script(">=7.2")) == ["R004"])
        #expect(rules(script(">=6.2")) == ["R004"])
        #expect(rules(script(">=6.2"), redis: .v80) == ["R311"])
        #expect(rules(script(">=9.9")) == [])
    }
}
