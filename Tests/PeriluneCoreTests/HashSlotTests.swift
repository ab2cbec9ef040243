import PeriluneCore
import Testing

@Suite("Hash slots")
struct HashSlotTests {
    @Test(
        "A key has the slot that Redis gives it",
        arguments: [
            ("", 0), ("123456789", 12739), ("foo", 12182), ("bar", 5061), ("a", 15495), ("{", 4092), ("}", 12090),
            ("user:1000", 1649),
        ] as [(RedisKey, Int)])
    func known(key: RedisKey, slot: Int) {
        #expect(key.slot == slot)
    }

    @Test(
        "Keys with the same tag have the same slot",
        arguments: [
            ("{user1000}.following", "user1000"), ("foo{bar}{zap}", "bar"), ("foo{{bar}}zap", "{bar"),
            ("}{a}", "a"), ("{a}{", "a"), ("p:{user:7}:tb:api", "user:7"),
        ] as [(RedisKey, RedisKey)])
    func tags(key: RedisKey, tag: RedisKey) {
        #expect(key.slot == tag.slot)
    }

    @Test("An empty tag and an open one are none", arguments: ["foo{}{bar}", "{}", "{bar", "foo{bar", "bar}foo"])
    func noTag(name: String) {
        #expect(RedisKey(name).slot != RedisKey("bar").slot)
        #expect(RedisArgument.bytes(Array(name.utf8)).slot == RedisKey(name).slot)
    }

    @Test("An argument has the slot of its bytes")
    func arguments() {
        #expect(RedisArgument.integer(123_456_789).slot == 12739)
        #expect(RedisArgument.string("foo").slot == 12182)
        #expect(RedisArgument.bytes([0x66, 0x6F, 0x6F]).slot == 12182)
        #expect(RedisArgument.bytes([]).slot == 0)
    }
}
