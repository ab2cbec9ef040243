import PeriluneCore
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite struct TypedCommandTests {
    /// A command as one would type it.
    func line<Value>(_ command: TypedCommand<Value>) -> String {
        ([command.command.name] + command.command.arguments.map { String(decoding: $0.bytes, as: UTF8.self) })
            .joined(separator: " ")
    }

    @Test func setHasAllItsOptions() {
        #expect(line(.set("k", "v")) == "SET k v")
        #expect(line(.set("k", 5, expiring: .seconds(60))) == "SET k 5 PX 60000")
        #expect(line(.set("k", [UInt8]("b".utf8), if: .ifMissing, expiring: .milliseconds(5))) == "SET k b NX PX 5")
        #expect(line(.set("k", "v", if: .ifPresent, expiring: .unchanged)) == "SET k v XX KEEPTTL")
        #expect(line(.set("k", "v", expiring: .at(milliseconds: 1_700_000_000_123))) == "SET k v PXAT 1700000000123")
        let date = Date(timeIntervalSince1970: 1_700_000_000.5)
        #expect(line(.set("k", 1.5, expiring: .at(date))) == "SET k 1.5 PXAT 1700000000500")
        #expect(line(.getset("k", "v", if: .ifMissing)) == "SET k v NX GET")
        #expect(line(.getex("k", expiring: .never)) == "GETEX k PERSIST")
        #expect(line(.getex("k", expiring: .unchanged)) == "GETEX k")
    }

    @Test func expiriesAreRoundedUpAndNeverOverflow() {
        func milliseconds(_ time: Duration) -> String { line(.expire("k", after: time)) }
        #expect(milliseconds(.microseconds(1)) == "PEXPIRE k 1")
        #expect(milliseconds(.microseconds(1_001)) == "PEXPIRE k 2")
        #expect(milliseconds(.zero) == "PEXPIRE k 0")
        #expect(milliseconds(.microseconds(-1_500)) == "PEXPIRE k -1")
        #expect(milliseconds(.seconds(Int64.max)) == "PEXPIRE k 9223372036854775807")
        #expect(milliseconds(.seconds(Int64.min)) == "PEXPIRE k -9223372036854775808")
        #expect(line(.expire("k", at: Date(timeIntervalSince1970: .infinity))) == "PEXPIREAT k 9007199254740991")
        #expect(line(.expire("k", at: Date(timeIntervalSince1970: .nan))) == "PEXPIREAT k 0")
        #expect(line(.expire("k", after: .seconds(1), if: .ifLater)) == "PEXPIRE k 1000 GT")
    }

    @Test func rangesOfSortedSetsAreWrittenAsRedisWantsThem() {
        #expect(line(.zrange("z")) == "ZRANGE z 0 -1")
        #expect(line(.zrange("z", .ranks(from: 0, to: 9), reversed: true)) == "ZRANGE z 0 9 REV")
        #expect(line(.zrange("z", .scores(from: 1, to: .excluding(5)))) == "ZRANGE z 1.0 (5.0 BYSCORE")
        #expect(
            line(.zrange("z", .scores(from: 1), reversed: true, limit: RangeLimit(offset: 2, count: 3)))
                == "ZRANGE z inf 1.0 BYSCORE REV LIMIT 2 3")
        #expect(line(.zrange("z", .members(from: .including("a"), to: .highest))) == "ZRANGE z [a + BYLEX")
        #expect(line(.zremrange("z", .scores(to: 3))) == "ZREMRANGEBYSCORE z -inf 3.0")
        #expect(line(.zremrange("z", .members(from: .excluding("a")))) == "ZREMRANGEBYLEX z (a +")
    }

    @Test func pairsGoInTheOrderOfTheirKeys() {
        #expect(line(.mset(["b": 2, "a": "x"])) == "MSET a x b 2")
        #expect(line(.hset("h", ["b": "y", "a": 1])) == "HSET h a 1 b y")
        #expect(
            line(.zadd("z", ["b": 2, "a": .infinity], if: .ifPresentAndGreater, counting: .changed))
                == "ZADD z XX GT CH inf a 2.0 b")
    }

    @Test func readsAndWritesWithoutConditionsAreRepeatable() {
        #expect(TypedCommand<Int?>.get("k", as: Int.self).command.isRepeatable)
        #expect(TypedCommand.set("k", "v").command.isRepeatable)
        #expect(!TypedCommand.set("k", "v", if: .ifMissing).command.isRepeatable)
        #expect(!TypedCommand<String?>.getset("k", "v").command.isRepeatable)
        #expect(!TypedCommand.incr("k").command.isRepeatable)
        #expect(!TypedCommand<String?>.getex("k", expiring: .after(.seconds(1))).command.isRepeatable)
        #expect(TypedCommand<String?>.getex("k", expiring: .never).command.isRepeatable)
        #expect(!TypedCommand.del("k").command.isRepeatable)
        // The second time there is no key, and the reply is another.
        #expect(!TypedCommand.expire("k", after: .zero).command.isRepeatable)
        #expect(!RedisCommand("GET", ["k"]).isRepeatable)
    }

    @Test func repliesOfAnotherTypeAreErrors() throws {
        func code<Value>(_ command: TypedCommand<Value>, _ reply: RedisReply) -> EngineError.Code? {
            do throws(EngineError) {
                _ = try command.decode(reply)
                return nil
            } catch { return error.code }
        }
        #expect(try TypedCommand<Int?>.get("k", as: Int.self).decode(.bulk("-5")) == -5)
        #expect(try TypedCommand<Int?>.get("k", as: Int.self).decode(.null) == nil)
        #expect(code(TypedCommand<Int?>.get("k", as: Int.self), .bulk("x")) == .unexpectedReply)
        #expect(code(TypedCommand<String?>.get("k"), .bulk([0xFF])) == .unexpectedReply)
        #expect(code(TypedCommand<String?>.get("k"), .integer(1)) == .unexpectedReply)
        #expect(code(TypedCommand.incr("k"), .error(RedisError("WRONGTYPE x"))) == .server)
        #expect(code(TypedCommand<[String: Int]>.hgetall("k", as: Int.self), .array([.bulk("a")])) == .unexpectedReply)
        #expect(code(TypedCommand.ttl("k"), .integer(-3)) == .unexpectedReply)
        let own = TypedCommand(RedisCommand("BITCOUNT", ["k"]), expecting: "an integer") { $0.integer }
        #expect(try own.decode(.integer(3)) == 3)
        do throws(EngineError) {
            _ = try own.decode(.null)
        } catch {
            #expect(error.message == "BITCOUNT answered with null instead of an integer")
        }
    }

    @Test("A duration without end is the longest one")
    func endlessDurations() {
        let endless = Duration.seconds(UInt64.max)
        #expect(endless.millisecondsRoundedUp == .max)
        #expect((.zero - endless).millisecondsRoundedUp == .min)
        #expect(endless.wholeMicroseconds == .max)
        #expect((.zero - endless).wholeMicroseconds == .min)
    }

    @Test("Fields that Swift takes for one are not lost silently")
    func equivalentFields() {
        let reply = RedisReply.array([.bulk("\u{e9}"), .bulk("1"), .bulk("e\u{301}"), .bulk("2")])
        let command: TypedCommand<[String: String]> = .hgetall("k")
        #expect(throws: EngineError.self) { try command.decode(reply) }
    }
}
