import PeriluneTestSupport
import Testing

/// Values of all types on their way from commands through scripts to clients of both protocol versions: byte for byte
/// as from a server. `DEBUG PROTOCOL` has the types that no other command answers with.
@Suite(.enabled(if: RedisServer.isInstalled, "needs a redis-server"))
struct PortScriptReplyTests {
    static let types = [
        "string", "integer", "double", "bignum", "null", "array", "set", "map", "verbatim", "true", "false", "nope",
    ]

    static let results = [
        "{map={a=1}}", "{set={a=true}}", "{double=0.1}", "{double=1/0}", "{big_number='12'}", "{big_number='1\\r2'}",
        "{verbatim_string={string='a b',format='txt'}}", "{verbatim_string={string='a',format='x'}}",
        "{verbatim_string={string='a'}}", "true", "false", "nil", "{true,false,{nil}}", "{ok='x'}", "{err='A x'}",
    ]

    @Test func valuesAreWrittenTheSame() async throws {
        var lines = ["1> DEBUG SET-DISABLE-DENY-SCRIPTS 1", "1<"]
        for client in [2, 3] {
            lines += ["1> HELLO \(client)", "1<"]
            for script in [2, 3] {
                let sources =
                    Self.types.map { "return redis.call('DEBUG','PROTOCOL','\($0)')" }
                    + Self.types.map { "return type(redis.call('DEBUG','PROTOCOL','\($0)'))" }
                    + Self.results.map { "return \($0)" }
                for source in sources {
                    lines += ["1> EVAL \"redis.setresp(\(script)) \(source)\" 0", "1<"]
                }
            }
            for type in Self.types { lines += ["1> DEBUG PROTOCOL \(type)", "1<"] }
        }
        lines += ["1> DEBUG SET-DISABLE-DENY-SCRIPTS 0\\nDEBUG\\nDEBUG x\\nDEBUG SLEEP 0", "1<4"]
        lines += ["1> EVAL \"return redis.call('DEBUG','SLEEP',0)\" 0", "1<"]
        try await expectTheSameConversation(lines.joined(separator: "\n"), enablesDebug: true)
    }

    @Test func debugIsNotAllowedUnlessItIsEnabled() async throws {
        let script = "1> DEBUG SLEEP 0\n1<\n1> EVAL \"return redis.call('DEBUG','SLEEP',0)\" 0\n1<"
        try await expectTheSameConversation(script)
    }
}
