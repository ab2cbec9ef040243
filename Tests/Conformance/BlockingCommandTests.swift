import PeriluneCore
import PeriluneFuzzing
import Testing

/// Commands that wait, where they need not. What they do when they must wait is the port's matter.
@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct BlockingCommandTests {
    @Test func whatIsThereIsTakenTheSame() async throws {
        var fuzz = CommandFuzz()
        // The last key of every command is never emptied, so that the server does not wait.
        let many = (0..<2000).map { String($0) }
        let scored = many.flatMap { [$0, "m\($0)"] }
        let setUp = [
            ["DEL", "l", "m", "y", "z"], ["RPUSH", "full"] + many, ["ZADD", "fullz"] + scored, ["SET", "s", "text"],
        ]
        try await fuzz.compare(3000, setUp: setUp) { Self.line(&$0) }
    }

    static func line(_ fuzz: inout CommandFuzz) -> CommandFuzz.Line {
        let key: (inout CommandFuzz) -> String = { $0.pick("l", "l", "m", "m", "none", $0.pick("s", "fullz")) }
        let scoredKey: (inout CommandFuzz) -> String = { $0.pick("z", "z", "y", "y", "none", $0.pick("s", "full")) }
        let timeout = fuzz.chance(4) ? fuzz.pick("-1", "x", "", "1e5000", "-inf", "inf", "nan", " 1") : "0"
        let count = fuzz.chance(2) ? [] : ["COUNT", fuzz.pick("1", "2", "3", "0", "x", "-1")]
        let ends = [fuzz.pick("LEFT", "RIGHT", "left", "UP"), fuzz.pick("LEFT", "RIGHT", "right")]
        switch fuzz.below(12) {
        case 0, 1: return .init([fuzz.pick("BLPOP", "BRPOP")] + fuzz.several(0...2, key) + ["full", timeout])
        case 2: return .init(["BLMOVE", "full", key(&fuzz)] + ends + [timeout])
        case 3: return .init(["BRPOPLPUSH", "full", key(&fuzz), timeout])
        case 4, 5:
            let keys = fuzz.several(0...2, key) + ["full"]
            return .init(["BLMPOP", timeout, fuzz.chance(8) ? "0" : "\(keys.count)"] + keys + [ends[0]] + count)
        case 6, 7:
            return .init([fuzz.pick("BZPOPMIN", "BZPOPMAX")] + fuzz.several(0...2, scoredKey) + ["fullz", timeout])
        case 8, 9:
            let keys = fuzz.several(0...2, scoredKey) + ["fullz"]
            let end = fuzz.pick("MIN", "MAX", "max", "MID")
            return .init(["BZMPOP", timeout, fuzz.chance(8) ? "0" : "\(keys.count)"] + keys + [end] + count)
        case 10: return .init(["RPUSH", fuzz.pick("l", "m")] + fuzz.several(1...4) { String($0.below(9)) })
        default:
            return .init(
                ["ZADD", fuzz.pick("y", "z")] + fuzz.several(1...4) { String($0.below(9)) }.flatMap { [$0, $0] })
        }
    }

    /// What scripts may not call, known or not, and the blocking commands that they may.
    @Test func scriptsAreRefusedTheSame() async throws {
        let pair = try EnginePair()
        let script = LuaScript(name: "call", source: "return redis.pcall(unpack(ARGV))")
        for line in [
            "RPUSH l a b", "BLPOP l 0", "BRPOP l", "BLMOVE l l LEFT LEFT 0", "BRPOPLPUSH l l 0", "BZPOPMIN z 0",
            "BZPOPMAX z 0", "BLMPOP 0 1 l LEFT", "BLMPOP 0 1 none LEFT", "BZMPOP 0 1 none MIN", "BLMPOP x 1 l LEFT",
            "BLMPOP", "SUBSCRIBE a", "subscribe", "MULTI", "multi x", "EXEC", "AUTH x", "AUTH", "MONITOR", "WAIT 0 0",
            "WAIT", "DEBUG SLEEP 0", "CONFIG GET x", "config get", "Config", "CONFIG NOPE", "CLIENT ID", "CLIENT ID x",
            "CLIENT KILL a", "ACL WHOAMI", "ACL", "ACL GETUSER", "SCRIPT LOAD x", "SCRIPT", "SCRIPT NOPE", "EVAL 1 0",
            "EVAL", "EVALSHA x 0", "FCALL x 0", "FUNCTION STATS", "MODULE LIST", "LATENCY LATEST", "LATENCY GRAPH",
            "CLUSTER RESET", "SHUTDOWN", "SAVE", "QUIT", "RESET", "HELLO 3", "UNWATCH", "WATCH", "ROLE", "PSYNC",
            "REPLICAOF no one", "NOPE",
        ] {
            _ = try await pair.call(script, arguments: line.split(separator: " ").map { .string(String($0)) })
        }
    }
}
