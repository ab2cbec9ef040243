import PeriluneLua
import Testing

@testable import PeriluneCheck

@Suite("Calls of commands")
struct CommandCheckTests {
    /// The findings as `line:column rule severity message`, of the rules about commands.
    private func findings(_ script: String, redis: RedisVersion = .v70) -> [String] {
        let own = Set(CommandCheck.rules.map(\.id))
        return Validator(redis: redis).findings(in: ScriptSource(path: "t.lua", bytes: Array(script.utf8)))
            .filter { own.contains($0.rule) }
            .map { "\($0.range.start) \($0.rule) \($0.severity.rawValue): \($0.message)" }
    }

    // MARK: What is a call

    @Test(
        "Calls are found under every name",
        arguments: [
            "redis.call('GTE', 'k')", "redis.pcall('GTE', 'k')", "redis['call']('GTE', 'k')",
            "(redis).call('GTE', 'k')",
            "redis.call 'GTE'", "pcall(redis.call, 'GTE', 'k')", "local call = redis.call call('GTE', 'k')",
            "local c, p = redis.call, redis.pcall p('GTE', 'k')", "local redis = redis redis.call('GTE', 'k')",
            "local r = redis local c = r['pcall'] return c('GTE', 'k')", "return redis.call('GTE', 'k')[1]",
            "local c = redis.call local function f() return c('GTE', 'k') end return f()",
            "if redis.call('GTE', 'k') then return {redis.call('GET', 'k')} end",
            "local pc = pcall pc(redis.pcall, 'GTE')",
            "repeat until redis.call('GTE', 'k')", "return #redis.call([[GTE]], 'k') + 1",
        ])
    func calls(_ script: String) {
        #expect(findings(script).count { $0.contains("R004") } == 1, "\(findings(script))")
    }

    @Test(
        "What is no call of a command is not taken for one",
        arguments: [
            "return call('GTE')", "local redis = {} redis.call('GTE')", "redis.call(KEYS[1])", "redis.sha1hex('GTE')",
            "local call = redis.call call = tostring call('GTE')", "redis:call('GTE')", "redis.call()",
            "redis.call(...)",
            "local call = redis.call local function call() end call('GTE')", "local s = 'redis.call(\"GTE\")'",
            "local call = redis.call function call() end call('GTE')", "pcall(tostring, 'GTE')",
            "return redis.call", "pcall(redis.call)", "pcall()", "local a, b = redis.call b('GTE')",
            "-- redis.call('GTE')",
        ])
    func noCalls(_ script: String) {
        #expect(findings(script).isEmpty)
    }

    // MARK: Names

    @Test func unknownCommands() {
        #expect(
            findings("return redis.call('GTE', 'k')") == [
                "1:19 R004 error: Redis has no command 'GTE'; did you mean 'GET'?"
            ])
        #expect(findings("redis.call('FROBNICATE')") == ["1:12 R004 error: Redis has no command 'FROBNICATE'"])
        #expect(
            findings("redis.call('CONFIG GET', 'x')") == [
                "1:12 R004 error: Redis has no command 'CONFIG GET'; each word of it is an argument of its own"
            ])
        #expect(
            findings("redis.call('xgroup', 'crate', 'k')") == [
                "1:22 R004 error: 'XGROUP' has no subcommand 'crate'; did you mean 'CREATE'?"
            ])
        #expect(findings("redis.call('XGROUP', KEYS[1])").isEmpty)
        #expect(findings("redis.call('GRAPH.QUERY', 'g', 'q')").isEmpty)
        #expect(findings("redis.call('')") == ["1:12 R004 error: Redis has no command ''"])
        #expect(findings(#"redis.call('a\nb\255')"#).allSatisfy { !$0.contains("\n") && $0.contains("R004") })
    }

    @Test func releases() {
        #expect(
            findings("return redis.call('LMPOP', 1, 'k', 'LEFT')", redis: .v62) == [
                "1:19 R004 error: 'LMPOP' came with Redis 7.0, and this is for 6.2"
            ])
        #expect(findings("return redis.call('LMPOP', 1, 'k', 'LEFT')").isEmpty)
        #expect(
            findings("redis.call('CLUSTER', 'SHARDS')", redis: .v62) == [
                "1:12 R004 error: 'CLUSTER SHARDS' came with Redis 7.0, and this is for 6.2"
            ])
        #expect(
            findings("return redis.call('STRALGO', 'LCS', 'STRINGS', 'a', 'b')") == [
                "1:19 R004 error: 'STRALGO' is gone since Redis 7.0"
            ])
        #expect(findings("return redis.call('STRALGO', 'LCS', 'STRINGS', 'a', 'b')", redis: .v62).isEmpty)
    }

    // MARK: Numbers of arguments

    @Test func wrongNumbersOfArguments() {
        #expect(findings("redis.call('GET')") == ["1:12 R019 error: 'GET' takes 1 argument, not 0"])
        #expect(findings("redis.call('GET', 'a', 'b')") == ["1:12 R019 error: 'GET' takes 1 argument, not 2"])
        #expect(findings("redis.call('SET', 'a')") == ["1:12 R019 error: 'SET' takes at least 2 arguments, not 1"])
        #expect(findings("redis.call('DBSIZE', 'a')") == ["1:12 R019 error: 'DBSIZE' takes no arguments, not 1"])
        #expect(
            findings("redis.call('XGROUP', 'DESTROY', 'k')") == [
                "1:12 R019 error: 'XGROUP DESTROY' takes 2 arguments, not 1"
            ])
        #expect(findings("redis.call('XGROUP')") == ["1:12 R019 error: 'XGROUP' takes at least 1 argument, not 0"])
        #expect(
            findings("redis.call('HSET', 'k', 'f', 'v', 'g')") == [
                "1:12 R019 error: 'HSET' takes its last arguments in pairs, and one is left over"
            ])
        #expect(findings("redis.call('MSET', 'a', 1, 'b')").count == 1)
        #expect(findings("redis.call('HSET', 'k', 'f', 'v', 'g', 'w')").isEmpty)
    }

    @Test("Only numbers of arguments that are certain are wrong")
    func uncertainNumbers() {
        #expect(findings("redis.call('GET', unpack(KEYS))").isEmpty)
        #expect(findings("redis.call('SET', 'k', ...)").isEmpty)
        #expect(findings("redis.call('SET', 'k', f())").isEmpty)
        #expect(findings("redis.call('HSET', 'k', unpack(ARGV))").isEmpty)
        #expect(
            findings("redis.call('GET', 'a', 'b', unpack(KEYS))") == [
                "1:12 R019 error: 'GET' takes 1 argument, not 2 or more"
            ])
        // These give one value each.
        #expect(findings("redis.call('SET', tostring(1))").count == 1)
        #expect(findings("redis.call('SET', (unpack(ARGV)))").count == 1)
        #expect(findings("redis.call('SET', redis.call('GET', 'k'))").count == 1)
        #expect(findings("local c = redis.call c('SET', c('GET', 'k'))").count == 1)
        #expect(findings("redis.call('SET', math.floor(1.5))").count == 1)
        #expect(findings("local math = {} redis.call('SET', math.floor(1.5))").isEmpty)
        #expect(findings("redis.call('SET', string.match('a', 'b'))").isEmpty)
        // These two, of which the second is a surprise.
        #expect(findings("redis.call('SET', string.gsub('a', 'b', 'c'))").count == 1)
        #expect(findings("redis.call('GET', KEYS[1]:gsub('b', 'c'))").count == 1)
        #expect(findings("redis.call('GET', (KEYS[1]:gsub('b', 'c')))").isEmpty)
        #expect(findings("redis.call('SET', string.gsub('a', 'b', 'c'), 'd')").isEmpty)
    }

    @Test("The number of arguments is that of the release")
    func numbersOfReleases() {
        let expire = "redis.call('EXPIRE', KEYS[1], 10, 'NX')"
        #expect(findings(expire, redis: .v62) == ["1:12 R019 error: 'EXPIRE' takes 2 arguments, not 3"])
        #expect(findings(expire).isEmpty)
        #expect(findings("return redis.call('ZRANK', KEYS[1], 'm', 'WITHSCORE')").count == 1)
        #expect(findings("return redis.call('ZRANK', KEYS[1], 'm', 'WITHSCORE')", redis: .v72).isEmpty)
    }

    // MARK: What scripts may do

    @Test func notInScripts() {
        #expect(
            findings("return redis.call('BLPOP', KEYS[1], 0)") == [
                "1:19 R008 error: 'BLPOP' is not allowed in scripts; use 'LPOP'"
            ])
        #expect(
            findings("return redis.call('BLPOP', KEYS[1], 0)", redis: .v72) == [
                "1:19 R008 warning: 'BLPOP' never waits in a script; use 'LPOP'"
            ])
        #expect(
            findings("return redis.call('BLMPOP', 0, 1, KEYS[1], 'LEFT')") == [
                "1:19 R008 warning: 'BLMPOP' never waits in a script; use 'LMPOP'"
            ])
        #expect(findings("redis.call('MULTI')") == ["1:12 R008 error: 'MULTI' is not allowed in scripts"])
        #expect(
            findings("redis.call('CONFIG', 'GET', '*')") == [
                "1:12 R008 error: 'CONFIG GET' is not allowed in scripts"
            ])
        #expect(findings("redis.call('SCRIPT', 'HELP')").isEmpty)
        #expect(
            findings("redis.call('WAIT', 0, 0)", redis: .v72) == ["1:12 R008 warning: 'WAIT' never waits in a script"])
        // The advice of the rule about deprecated commands would be no help.
        #expect(findings("return redis.call('BRPOPLPUSH', KEYS[1], KEYS[2], 0)").count == 1)
    }

    @Test func blockingReads() {
        let read = "return redis.call('XREAD', 'COUNT', 1, 'block', 0, 'STREAMS', KEYS[1], '$')"
        #expect(findings(read) == ["1:40 R008 error: XREAD with BLOCK is not allowed in scripts"])
        #expect(findings(read, redis: .v72).count == 1)
        #expect(
            findings(read, redis: .v74) == ["1:40 R008 warning: XREAD never waits in a script: BLOCK is of no effect"])
        #expect(
            findings("redis.call('XREADGROUP', 'GROUP', 'g', 'c', 'NOACK', 'BLOCK', 0, 'STREAMS', 'k', '>')").count == 1
        )
        #expect(findings("redis.call('XREADGROUP', 'GROUP', 'BLOCK', 'BLOCK', 'STREAMS', 'BLOCK', '>')").isEmpty)
        #expect(findings("redis.call('XREAD', 'STREAMS', KEYS[1], 'BLOCK')").isEmpty)
        #expect(findings("redis.call('XREAD', ARGV[1], 'BLOCK', 'STREAMS', KEYS[1], 0)").isEmpty)
    }

    @Test func writesOfReaders() {
        func readOnly(_ script: String) -> [String] { findings("#!lua flags=no-writes\n" + script) }
        #expect(
            readOnly("redis.call('INCR', KEYS[1])") == [
                "2:12 R007 error: 'INCR' writes, and the script says that it does not"
            ])
        #expect(
            readOnly("return redis.call('SORT', KEYS[1])") == [
                "2:19 R007 error: 'SORT' writes, and the script says that it does not; use 'SORT_RO'"
            ])
        #expect(
            readOnly("redis.call('PUBLISH', 'c', 'm')") == [
                "2:12 R007 error: 'PUBLISH' counts as a write, and the script says that it has none"
            ])
        #expect(readOnly("redis.call('XGROUP', 'DESTROY', KEYS[1], 'g')").count == 1)
        #expect(readOnly("return redis.call('GET', KEYS[1])").isEmpty)
        #expect(findings("redis.call('INCR', KEYS[1])").isEmpty)
        #expect(
            findings("---@script a.b\n---@flags no-writes\nredis.call('INCR', 'k')").count { $0.contains("R007") } == 1)
    }

    // MARK: Advice

    @Test func deprecatedCommands() {
        #expect(
            findings("return redis.call('SETEX', KEYS[1], 10, 'v')") == [
                "1:19 R016 note: 'SETEX' is deprecated since Redis 2.6.12: SET with EX does the same"
            ])
        #expect(
            findings("return redis.call('HMSET', KEYS[1], 'f', 'v')") == [
                "1:19 R016 note: 'HMSET' is deprecated since Redis 4.0: HSET does the same, its reply differs"
            ])
        #expect(
            findings("return redis.call('CLUSTER', 'SLOTS')") == [
                "1:19 R016 note: 'CLUSTER SLOTS' is deprecated since Redis 7.0 in favour of CLUSTER SHARDS"
            ])
        #expect(findings("return redis.call('CLUSTER', 'SLOTS')", redis: .v62).isEmpty)
    }
}
