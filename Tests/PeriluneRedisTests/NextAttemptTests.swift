import PeriluneCore
import Testing

@testable import PeriluneRedis

@Suite("What comes after a reply")
struct NextAttemptTests {
    private static let once = Request(RedisCommand("INCR", ["k"]))
    private static let repeatable = Request(RedisCommand("GET", ["k"], isRepeatable: true))

    @Test(
        "An error that says that nothing has run leads on, every other one is the caller's",
        arguments: [
            ("NOSCRIPT No matching script. Please use EVAL.", .loadingScript),
            ("LOADING Redis is loading the dataset in memory", .later),
            ("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.", .later),
            ("CLUSTERDOWN The cluster is down", .later),
            ("CLUSTERDOWN Hash slot not served", .later),
            ("TRYAGAIN Multiple keys request during rehashing of slot", .later),
            ("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", .elsewhere),
            ("READONLY You can't write against a read only replica.", .elsewhere),
            ("MOVED 3999 127.0.0.1:6381", .elsewhere),
            ("ASK 3999 127.0.0.1:6381", .elsewhere),
            ("CROSSSLOT Keys in request don't hash to the same slot", .none),
            ("OOM command not allowed when used memory > 'maxmemory'.", .none),
            ("NOAUTH Authentication required.", .none),
            ("WRONGPASS invalid username-password pair or user is disabled.", .none),
            ("NOPERM this user has no permissions to run the 'get' command", .none),
            ("WRONGTYPE Operation against a key holding the wrong kind of value", .none),
            ("EXECABORT Transaction discarded because of previous errors.", .none),
            ("ERR unknown command 'FOO', with args beginning with: ", .none),
            ("LOADING the script's own words", .none),
            ("BUSY bees", .none),
            ("", .none),
        ] as [(String, NextAttempt)])
    func errors(line: String, next: NextAttempt) {
        for request in [Self.once, Self.repeatable] {
            #expect(NextAttempt(after: .success(.error(RedisError(line))), to: request) == next)
        }
        // Within an array it is a part of the reply.
        #expect(NextAttempt(after: .success(.array([.error(RedisError(line))])), to: Self.repeatable) == .none)
    }

    @Test("A call whose connection broke is made again only when it says that this is harmless")
    func lost() {
        let lost = EngineError(.connectionLost, "reset", mayHaveRun: true)
        #expect(NextAttempt(after: .failure(lost), to: Self.once) == .none)
        #expect(NextAttempt(after: .failure(lost), to: Self.repeatable) == .atOnce)
        let script = LuaScript(name: "s", source: "return 1", isRepeatable: true)
        #expect(NextAttempt(after: .failure(lost), to: Request(script, keys: [], arguments: [])) == .atOnce)
    }

    @Test("What a server could not be given may be for another one")
    func unsent() {
        for code in [.unreachable, .timedOut, .connectionLost] as [EngineError.Code] {
            #expect(NextAttempt(after: .failure(EngineError(code, "")), to: Self.once) == .elsewhere)
            let sent = EngineError(code, "", mayHaveRun: true)
            #expect(NextAttempt(after: .failure(sent), to: Self.once) == .none)
        }
    }

    @Test("Commands that were refused one and all, because the server is not ready, are sent again")
    func refusedTogether() {
        let several = Request(several: [RedisCommand("GET", ["a"]), RedisCommand("INCR", ["b"])])
        let loading = RedisReply.error(RedisError("LOADING Redis is loading the dataset in memory"))
        #expect(NextAttempt(after: .success(.array([loading, loading])), to: several) == .later)
        #expect(NextAttempt(after: .success(.array([loading, .integer(1)])), to: several) == .none)
        #expect(NextAttempt(after: .success(.array([.integer(1), loading])), to: several) == .none)
        let unknown = RedisReply.error(RedisError("ERR unknown command"))
        #expect(NextAttempt(after: .success(.array([unknown, unknown])), to: several) == .none)
    }

    @Test("No other failure leads to another attempt")
    func failures() {
        let codes: [EngineError.Code] = [
            .circuitOpen, .overloaded, .shutDown, .cancelled, .protocolViolation, .tooLarge, .misconfigured,
        ]
        for code in codes {
            for mayHaveRun in [true, false] {
                let error = EngineError(code, "", mayHaveRun: mayHaveRun)
                #expect(NextAttempt(after: .failure(error), to: Self.repeatable) == .none)
            }
        }
    }

    @Test("A reply is a reply")
    func success() {
        for reply in [.null, .integer(1), .array([])] as [RedisReply] {
            #expect(NextAttempt(after: .success(reply), to: Self.repeatable) == .none)
        }
    }
}
