import PeriluneCore
import Testing

@Suite struct ValueTests {
    @Test func scriptsAreKnownByTheirDigest() {
        #expect(LuaScript(name: "one", source: "return 1").sha == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db")
        #expect(LuaScript(name: "none", source: "").sha == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    }

    @Test func repliesGiveTheirValueOnlyInItsType() {
        #expect(RedisReply.integer(1).integer == 1)
        #expect(RedisReply.bulk("1").integer == nil)
        #expect(RedisReply.bulk("é").string == "é")
        #expect(RedisReply.bulk([0xFF]).string == nil)
        #expect(RedisReply.status("OK").string == "OK")
        #expect(RedisReply.null.isNull)
        #expect(RedisReply.array([.null]).array == [.null])
        #expect("\(RedisReply.array([.integer(1), .bulk("a"), .null]))" == "[(integer) 1, \"a\", (nil)]")
    }

    @Test func argumentsAreTheirBytes() {
        #expect(RedisArgument.integer(-5).bytes == Array("-5".utf8))
        #expect(RedisArgument.string("é").bytes == [0xC3, 0xA9])
        #expect(RedisArgument.bytes([0, 1]).bytes == [0, 1])
    }

    @Test func errorsTellWhetherTheCallCanHaveRun() {
        #expect(EngineError(RedisError("NOSCRIPT No matching script. Please use EVAL.")).mayHaveRun == false)
        #expect(EngineError(RedisError("LOADING Redis is loading")).mayHaveRun == false)
        #expect(EngineError(RedisError("ERR user_script:3: later")).mayHaveRun == true)
        #expect(EngineError(.timedOut, "late", mayHaveRun: true).description == "timedOut: late")
        #expect(RedisError("WRONGTYPE Operation").code == "WRONGTYPE")
    }

    @Test func commandsDoNotShowTheirArguments() {
        #expect(!"\(RedisCommand("AUTH", ["secret"]))".contains("secret"))
    }

    @Test func manualClocksMoveWhenMoved() {
        let clock = ManualClock(microseconds: 5)
        #expect(clock.microseconds == 5)
        clock.advance(by: .milliseconds(2) + .nanoseconds(1_999))
        #expect(clock.microseconds == 2_006)
        clock.set(microseconds: 1)
        #expect(clock.microseconds == 1)
        #expect(SystemClock().microseconds > 1_600_000_000_000_000)
    }

    @Test func durationsAreClampedToMicroseconds() {
        #expect(Duration.seconds(Int64.max).wholeMicroseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeMicroseconds == .min)
        #expect(Duration.nanoseconds(1_500).wholeMicroseconds == 1)
    }
}
