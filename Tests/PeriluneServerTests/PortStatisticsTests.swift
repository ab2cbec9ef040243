import PeriluneTestSupport
import Testing

/// What `INFO` counts, on a port as on redis-server: commands, refusals and errors, but not how long they took.
@Suite(.enabled(if: RedisServer.isInstalled, "needs a redis-server"))
struct PortStatisticsTests {
    private static let commands = """
        SET k v
        INCR k
        GET k
        GET
        NOSUCH x
        XINFO STREAM none
        XINFO STREAM
        XINFO NOPE x
        OBJECT ENCODING k
        CONFIG SET maxmemory x
        CLIENT ID
        CLIENT GETNAME x
        MULTI
        INCR k
        LPUSH
        EXEC
        MULTI
        INCR k
        PING
        EXEC
        EXEC
        EVAL "return redis.call('incr','k')" 0
        EVAL "return redis.pcall('incr','k')" 0
        EVAL "redis.pcall('incr','k') return 1" 0
        EVAL "return redis.pcall('incr')" 0
        EVAL "return redis.call('nosuch')" 0
        EVAL "return redis.call('multi')" 0
        EVAL "return {err='CODE text'}" 0
        EVAL "return redis.error_reply('MINE text')" 0
        EVAL "error('x')" 0
        EVAL "return nope" 0
        EVAL "local t = redis.pcall('incr','k') return {t.err, tostring(t.ignore_error_stats_update)}" 0
        EVAL_RO "return redis.call('set','x','y')" 0
        EVALSHA 0123456789012345678901234567890123456789 0
        WATCH k
        UNWATCH
        SUBSCRIBE
        HELLO 9
        SCRIPT LOAD "return 1"
        SCRIPT NOPE
        BLPOP none 0.01
        """.split(separator: "\n").joined(separator: "\\n")

    /// Sections of `INFO`, without the time that commands took.
    private func statistics(_ replies: [String]) -> [String] {
        replies.joined(separator: "\n").split(whereSeparator: \.isNewline).flatMap { $0.split(separator: " ") }
            .map { String($0).replacing(/usec=\d+,usec_per_call=[0-9.]+,/, with: "") }
            .filter { $0.hasPrefix("cmdstat_") || $0.hasPrefix("errorstat_") || $0.hasPrefix("total_error") }.sorted()
    }

    @Test func countsAreTheServers() async throws {
        let count = Self.commands.split(separator: "\\n").count
        let script = """
            1> CONFIG RESETSTAT
            1<
            1> \(Self.commands)
            1<\(count)
            1> INFO commandstats\\nINFO errorstats\\nINFO stats
            1<3
            """
        let server = try RedisServer.start()
        let expected = statistics(try await RESPConversation.hold(script, unixSocket: server.unixSocket))
        let folder = try TemporaryFolder()
        let path = folder.path + "/s"
        try await withPort(unixSocket: path) { _ in
            let counted = statistics(try await RESPConversation.hold(script, unixSocket: path))
            #expect(counted.count > 20)
            for line in Set(counted).symmetricDifference(expected).sorted() {
                Issue.record("only \(expected.contains(line) ? "a server" : "the port") has \(line)")
            }
        }
    }
}
