import Hummingbird
import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneHummingbird
import PeriluneTestSupport
import Testing

@Suite struct EnginePersistDriverTests {
    private let clock = ManualClock()
    private let engine: EmbeddedEngine
    private let driver: EnginePersistDriver

    init() throws {
        engine = EmbeddedEngine(clock: clock)
        driver = try EnginePersistDriver(engine: engine)
    }

    private func immortalKeys() async throws -> [String] {
        var immortal: [String] = []
        for key in (try await engine.send(RedisCommand("KEYS", ["*"])).array ?? []).compactMap(\.string) {
            if try await engine.ttl(RedisKey(key)) == .noExpiry { immortal.append(key) }
        }
        return immortal
    }

    @Test func whatIsStoredIsRead() async throws {
        try await driver.set(key: "visit", value: Visit(cart: ["ä", "\""], count: 3))
        #expect(try await driver.get(key: "visit", as: Visit.self) == Visit(cart: ["ä", "\""], count: 3))
        try await driver.set(key: "number", value: 42)
        #expect(try await driver.get(key: "number", as: Int.self) == 42)
        try await driver.set(key: "text", value: "hello")
        #expect(try await driver.get(key: "text", as: String.self) == "hello")
        #expect(try await driver.get(key: "nothing", as: String.self) == nil)
        try await driver.remove(key: "text")
        try await driver.remove(key: "text")
        #expect(try await driver.get(key: "text", as: String.self) == nil)
    }

    @Test func aKeyIsCreatedOnce() async throws {
        try await driver.create(key: "a", value: 1, expires: .seconds(10))
        await #expect(throws: PersistError.duplicate) { try await driver.create(key: "a", value: 2) }
        #expect(try await driver.get(key: "a", as: Int.self) == 1)
        clock.advance(by: .seconds(11))
        try await driver.create(key: "a", value: 3)
        #expect(try await driver.get(key: "a", as: Int.self) == 3)
    }

    @Test func ofManyWhoCreateAKeyOneDoes() async throws {
        let driver = driver
        let created = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask { (try? await driver.create(key: "a", value: number)) != nil }
            }
            return await group.reduce(into: 0) { if $1 { $0 += 1 } }
        }
        #expect(created == 1)
    }

    @Test func valuesExpire() async throws {
        try await driver.set(key: "a", value: 1, expires: .milliseconds(1_500))
        clock.advance(by: .milliseconds(1_499))
        #expect(try await driver.get(key: "a", as: Int.self) == 1)
        clock.advance(by: .milliseconds(2))
        #expect(try await driver.get(key: "a", as: Int.self) == nil)
        #expect(try await driver.getWithTTL(key: "a", as: Int.self) == nil)
    }

    @Test func withoutAnExpiryTheOneThatThereIsStays() async throws {
        try await driver.set(key: "a", value: 1, expires: .seconds(10))
        clock.advance(by: .seconds(4))
        try await driver.set(key: "a", value: 2)
        let found = try #require(try await driver.getWithTTL(key: "a", as: Int.self))
        #expect(found.object == 2)
        #expect(found.ttl == .seconds(6))
        try await driver.set(key: "a", value: 3, expires: .seconds(100))
        #expect(try await driver.getWithTTL(key: "a", as: Int.self)?.ttl == .seconds(100))
    }

    @Test func noKeyIsWithoutExpiryUnlessThatIsAskedFor() async throws {
        try await driver.set(key: "a", value: 1)
        try await driver.create(key: "b", value: 1)
        #expect(try await driver.getWithTTL(key: "a", as: Int.self)?.ttl == .seconds(2_592_000))
        #expect(try await driver.getWithTTL(key: "b", as: Int.self)?.ttl == .seconds(2_592_000))
        #expect(try await immortalKeys().isEmpty)
        let eternal = try EnginePersistDriver(engine: engine, name: "eternal", defaultLifetime: nil)
        try await eternal.set(key: "c", value: 1)
        let found = try #require(try await eternal.getWithTTL(key: "c", as: Int.self))
        #expect(found.ttl == nil)
        #expect(try await immortalKeys().count == 1)
    }

    /// hummingbird-auth on its Redis and Valkey drivers: a `set` after a `remove` leaves a key that lives for ever.
    @Test func aValueThatIsSetAfterItWasRemovedStillExpires() async throws {
        try await driver.create(key: "session", value: Visit(), expires: .seconds(60))
        try await driver.remove(key: "session")
        try await driver.set(key: "session", value: Visit())
        #expect(try await immortalKeys().isEmpty)
    }

    @Test func valuesOfAnotherTypeAreAnError() async throws {
        try await driver.set(key: "a", value: "text")
        await #expect(throws: PersistError.invalidConversion) { try await driver.get(key: "a", as: Int.self) }
        await #expect(throws: PersistError.invalidConversion) { try await driver.getWithTTL(key: "a", as: Int.self) }
        for key in (try await engine.send(RedisCommand("KEYS", ["*"])).array ?? []).compactMap(\.string) {
            try await engine.set(RedisKey(key), [0xFF, 0x00, 0x7B])
        }
        await #expect(throws: PersistError.invalidConversion) { try await driver.get(key: "a", as: String.self) }
    }

    @Test func valuesThatAreNoJSONAreAnError() async throws {
        await #expect(throws: EncodingError.self) { try await driver.set(key: "a", value: Double.nan) }
        #expect(try await driver.get(key: "a", as: Double.self) == nil)
    }

    @Test(arguments: [Duration.zero, .seconds(-1), .nanoseconds(1), .seconds(Int64.min), .milliseconds(1)])
    func whatExpiresAtOnceIsGoneInAMillisecond(time: Duration) async throws {
        try await driver.set(key: "a", value: 1)
        try await driver.set(key: "a", value: 2, expires: time)
        try await driver.create(key: "b", value: 2, expires: time)
        clock.advance(by: .milliseconds(2))
        #expect(try await driver.get(key: "a", as: Int.self) == nil)
        #expect(try await driver.get(key: "b", as: Int.self) == nil)
    }

    @Test(arguments: [Duration.seconds(Int64.max), .seconds(3_155_760_001)])
    func noTimeIsTooLong(time: Duration) async throws {
        try await driver.set(key: "a", value: 1, expires: time)
        #expect(try await driver.getWithTTL(key: "a", as: Int.self)?.ttl == .seconds(3_155_760_000))
    }

    @Test func anyTextIsAKeyOfItsOwn() async throws {
        let keys = [
            "a", "a}", "{a}", "%7B", "{", "a:b", "a\u{0}b", "é", "e\u{301}", String(repeating: "x", count: 100_000),
        ]
        for (number, key) in keys.enumerated() { try await driver.set(key: key, value: number) }
        for (number, key) in keys.enumerated() { #expect(try await driver.get(key: key, as: Int.self) == number) }
        await #expect(throws: KeyError.emptyIdentifier) { try await driver.set(key: "", value: 1) }
        #expect(throws: KeyError.invalidName("a b")) { try EnginePersistDriver(engine: engine, name: "a b") }
    }

    @Test func driversWithDifferentNamesAreApart() async throws {
        let other = try EnginePersistDriver(engine: engine, name: "other")
        try await driver.set(key: "a", value: 1)
        #expect(try await other.get(key: "a", as: Int.self) == nil)
    }

    @Test func anEngineThatIsDownIsAnError() async throws {
        let driver = try EnginePersistDriver(engine: FailingEngine())
        await #expect(throws: EngineError.self) { try await driver.get(key: "a", as: Int.self) }
        await #expect(throws: EngineError.self) { try await driver.set(key: "a", value: 1) }
        await #expect(throws: EngineError.self) { try await driver.create(key: "a", value: 1) }
        await #expect(throws: EngineError.self) { try await driver.remove(key: "a") }
    }
}
