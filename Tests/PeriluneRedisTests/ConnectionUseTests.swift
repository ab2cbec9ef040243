import PeriluneCore
import Testing

@testable import PeriluneRedis

@Suite("What commands do to their connection")
struct ConnectionUseTests {
    private func command(_ line: String) -> RedisCommand {
        let words = line.split(separator: " ").map(String.init)
        return RedisCommand(words[0], words.dropFirst().map { .string($0) })
    }

    @Test(
        "Commands that wait",
        arguments: [
            "BLPOP l 0", "blpop l 0", "BRPOP l 0", "BRPOPLPUSH a b 0", "BLMOVE a b LEFT LEFT 0", "BLMPOP 0 1 l LEFT",
            "BZPOPMIN z 0", "bzPopMax z 0", "BZMPOP 0 1 z MIN", "WAIT 1 0", "WAITAOF 1 1 0",
            "XREAD BLOCK 0 STREAMS s $", "xread count 1 block 5 streams s 0",
            "XREADGROUP GROUP g c COUNT 1 BLOCK 0 STREAMS s >", "XREADGROUP GROUP block block BLOCK 0 STREAMS s >",
        ])
    func waits(line: String) {
        #expect(ConnectionUse(of: command(line)) == .waits)
        let refusal = ConnectionUse.refusal(of: command(line))
        #expect(refusal?.code == .notAllowed)
        #expect(refusal?.mayHaveRun == false)
    }

    @Test(
        "Commands that change the connection",
        arguments: [
            "SUBSCRIBE c", "psubscribe p", "SSUBSCRIBE c", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "MULTI",
            "EXEC", "DISCARD", "WATCH k", "UNWATCH", "SELECT 1", "AUTH x", "HELLO 3", "RESET", "QUIT", "monitor",
            "SYNC", "PSYNC ? -1", "REPLCONF ACK 1", "CLIENT REPLY OFF", "client reply skip", "SCRIPT DEBUG YES",
            "ASKING", "READONLY", "READWRITE",
        ])
    func changes(line: String) {
        #expect(ConnectionUse(of: command(line)) == .changes)
        #expect(ConnectionUse.refusal(of: command(line))?.code == .notAllowed)
    }

    @Test(
        "All others",
        arguments: [
            "GET k", "SET k v", "EVAL x 0", "SADD s a", "SCAN 0", "RPUSH l a", "HMGET h a", "SORT l", "PING",
            "PUBLISH c m",
            "XREAD STREAMS BLOCK 0", "XREAD COUNT 1 STREAMS s 0", "XREADGROUP GROUP block c STREAMS s >", "CLIENT ID",
            "CLIENT", "SCRIPT LOAD x", "SETBIT k 1 1", "PFADD h a", "LPOP l", "", "é", "B", "BLPOPS l 0",
            "ANAMETHATNOCOMMANDHASEVERHAD", "XREADGROUP GROUP", "XREAD",
        ])
    func shared(line: String) {
        #expect(ConnectionUse.refusal(of: line.isEmpty ? RedisCommand("") : command(line)) == nil)
    }

    @Test("A refusal shows no arguments")
    func secrets() {
        #expect(ConnectionUse.refusal(of: command("AUTH user secret"))?.message.contains("secret") == false)
    }
}

@Suite("Timeouts of commands that wait")
struct BlockingTimeTests {
    private func time(_ name: String, _ arguments: [RedisArgument]) -> BlockingTime {
        BlockingTime(of: RedisCommand(name, arguments))
    }

    @Test("Seconds and milliseconds, wherever the command has them")
    func places() {
        #expect(time("BLPOP", ["a", "b", 5]) == .atMost(5_000_000_000))
        #expect(time("brpop", ["a", "0.5"]) == .atMost(500_000_000))
        #expect(time("BLMOVE", ["a", "b", "LEFT", "RIGHT", .bytes(Array("1.5".utf8))]) == .atMost(1_500_000_000))
        #expect(time("BLMPOP", [2, 1, "a", "LEFT"]) == .atMost(2_000_000_000))
        #expect(time("BZMPOP", ["0", 1, "a", "MIN"]) == .forever)
        #expect(time("WAIT", [1, 250]) == .atMost(250_000_000))
        #expect(time("XREAD", ["COUNT", 1, "BLOCK", 20, "STREAMS", "s", "$"]) == .atMost(20_000_000))
        #expect(time("XREADGROUP", ["GROUP", "BLOCK", "7", "block", "0", "STREAMS", "s", ">"]) == .forever)
        #expect(time("XREAD", ["STREAMS", "BLOCK", "7"]) == .atMost(0))
        #expect(time("GET", ["a"]) == .atMost(0))
    }

    @Test(
        "What a server will refuse waits for nothing",
        arguments: ["", "x", "-1", "nan", "-inf", "é"] as [String])
    func refused(timeout: String) {
        #expect(time("BLPOP", ["a", .string(timeout)]) == .atMost(0))
        #expect(time("BLPOP", []) == .atMost(0))
        #expect(time("XREAD", ["BLOCK"]) == .atMost(0))
    }

    @Test("No timeout overflows", arguments: ["inf", "1e300", "9223372036854775807"])
    func large(timeout: String) {
        let time = time("BLPOP", ["a", .string(timeout)])
        #expect(time == .atMost(9_000_000_000_000_000_000))
        #expect(time.deadline(after: .max - 5, allowance: 10) == .max)
        #expect(BlockingTime.forever.deadline(after: 5, allowance: 10) == .max)
        #expect(BlockingTime.atMost(3).deadline(after: 5, allowance: 10) == 18)
        #expect(BlockingTime.atMost(3) + .atMost(4) == .atMost(7))
        #expect(BlockingTime.atMost(3) + .forever == .forever)
        #expect(BlockingTime.atMost(.max) + time == .atMost(.max))
    }
}
