import PeriluneTestSupport
import Testing

@testable import PeriluneServer

/// The limit of the data's memory, as clients meet it: on a port as on redis-server.
@Suite struct PortMemoryTests {
    @Test(
        .enabled(if: RedisServer.isInstalled, "needs a redis-server"),
        arguments: [
            // Plain commands and scripts.
            """
            1> SET a 1\\nSADD s 1\\nCONFIG SET maxmemory 1\\nCONFIG GET maxmemory\\nSET a 1\\nGET a\\nLPUSH a\\nNOSUCH\\nSCARD s
            1<9
            1> EVAL "return redis.call('set','x',1)" 0\\nEVAL "return redis.pcall('set','x',1)" 0\\nEVAL "return redis.call('get','a')" 0
            1<3
            1> EVAL "redis.call('del','x') return redis.call('set','x',1)" 0\\nEVAL "return redis.call('set','x')" 0\\nEVAL_RO "return redis.call('set','a',1)" 0
            1<3
            1> XGROUP CREATE st g 0\\nXGROUP CREATE st\\nXGROUP DESTROY st g\\nXGROUP CREATECONSUMER st g c\\nXSETID st 1\\nSPOP s\\nSORT s\\nSORT_RO s
            1<8
            1> EVAL "#!lua\\x0areturn 1" 0\\nEVALSHA cb70127618f0b0be70c53cf6bfcfa54a29d9b0c0 0\\nEVAL_RO "#!lua\\x0areturn 4" 0\\nEVAL "#!lua x\\x0areturn 4" 0
            1<4
            1> EVAL "#!lua flags=allow-oom\\x0areturn redis.call('set','x',1)" 0\\nEVAL "#!lua flags=no-writes\\x0areturn redis.call('get','a')" 0
            1<2
            1> CONFIG SET maxmemory 0\\nSET a 1
            1<2
            """,
            // Transactions: nothing is queued, and what was queued before may not be run.
            """
            1> CONFIG SET maxmemory 1\\nMULTI\\nGET a\\nEXEC
            1<4
            1> MULTI\\nMULTI\\nWATCH a\\nCLIENT ID\\nSET a\\nNOSUCH\\nDISCARD
            1<7
            1> WATCH a\\nMULTI\\nEXEC\\nCONFIG SET maxmemory 0\\nMULTI\\nSET a 1
            1<6
            2> CONFIG SET maxmemory 1
            2<
            1> EXEC\\nCONFIG SET maxmemory 0\\nMULTI\\nGET a\\nEVAL "return redis.call('set','x',1)" 0\\nEVAL "#!lua\\x0areturn 1" 0\\nEVAL "return 2" 0
            1<7
            2> CONFIG SET maxmemory 1
            2<
            1> EXEC\\nCONFIG SET maxmemory 0\\nMULTI\\nEVALSHA cb70127618f0b0be70c53cf6bfcfa54a29d9b0c0 0\\nEVAL "#!lua flags=allow-oom\\x0areturn 1" 0
            1<5
            2> SCRIPT LOAD "#!lua\\x0areturn 1"\\nCONFIG SET maxmemory 1
            2<2
            1> EXEC
            1<
            """,
            // The setting.
            """
            1> CONFIG SET maxmemory 1kb\\nCONFIG GET maxmemory\\nCONFIG SET maxmemory 3K\\nCONFIG GET maxmemory\\nCONFIG SET maxmemory 2mb maxmemory-policy noeviction
            1<5
            1> CONFIG GET maxmemory-p*\\nCONFIG SET maxmemory -1\\nCONFIG SET maxmemory 1.5\\nCONFIG SET maxmemory 1x\\nCONFIG GET maxmemory\\nCONFIG SET maxmemory
            1<6
            1> CONFIG SET maxmemory 7 busy-reply-threshold -1\\nCONFIG SET maxmemory 7 busy-reply-threshold x\\nCONFIG SET maxmemory 7 nope 1\\nCONFIG GET maxmemory
            1<4
            1> CONFIG SET maxmemory ""\\nCONFIG GET maxmemory\\nCONFIG SET busy-reply-threshold 9999999999999999999
            1<3
            """,
        ])
    func isTheSameOnBoth(script: String) async throws {
        try await expectTheSameConversation(script)
    }

    @Test func sizesAreReadAsAServerReadsThem() {
        #expect(ByteCount.bytes(of: "500") == 500)
        #expect(ByteCount.bytes(of: "2Gb") == 2 << 30)
        #expect(ByteCount.bytes(of: "5m") == 5_000_000)
        for text in ["", "mb", "1 mb", "-1", "1.5g", "9223372036854775807k", "٣"] {
            #expect(ByteCount.bytes(of: text) == nil, "\(text)")
        }
        #expect(ByteCount.text(1_572_864) == "1.50M")
        #expect(ByteCount.text(1_023) == "1023B")
    }
}
