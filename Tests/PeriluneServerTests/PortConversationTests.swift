import PeriluneTestSupport
import Testing

/// What several clients say to each other through the port, and through redis-server: the same, byte for byte.
@Suite(.enabled(if: RedisServer.isInstalled, "needs a redis-server"))
struct PortConversationTests {
    @Test(arguments: [
        // Messages go to channels and patterns, and to nobody twice.
        """
        1> SUBSCRIBE news other news
        1<3
        2> PSUBSCRIBE n*s \\nSUBSCRIBE x
        2<2
        3> PUBLISH news hello
        3<
        1<
        2<
        3> PUBLISH nowhere hello
        3<
        3> PUBSUB CHANNELS n*\\nPUBSUB NUMSUB news other none\\nPUBSUB NUMPAT\\nPUBSUB NUMSUB
        3<4
        1> UNSUBSCRIBE news
        1<
        3> PUBLISH news again
        3<
        2<
        1> GET k\\nPING\\nPING x\\nUNSUBSCRIBE\\nGET k
        1<5
        2> PUNSUBSCRIBE\\nUNSUBSCRIBE x\\nUNSUBSCRIBE\\nPUNSUBSCRIBE\\nPING
        2<5
        3> PUBSUB CHANNELS\\nPUBSUB NUMPAT\\nPUBSUB NOPE\\nPUBSUB NUMPAT x\\nSUBSCRIBE\\nPUBLISH x
        3<6
        """,
        // Who goes away hears nothing more; RESET ends subscriptions.
        """
        1> SUBSCRIBE a
        1<
        1!
        2> SUBSCRIBE b\\nRESET\\nGET k
        2<3
        3> PUBLISH b x
        3<
        """,
        // Shard channels are apart.
        """
        1> SSUBSCRIBE a\\nSUBSCRIBE a
        1<2
        2> SPUBLISH a x\\nPUBLISH a y\\nPUBSUB SHARDCHANNELS\\nPUBSUB SHARDNUMSUB a b
        2<4
        1<2
        1> SUNSUBSCRIBE\\nUNSUBSCRIBE\\nPING
        1<3
        """,
        // Scripts and transactions publish, too; in RESP3 messages are pushed, and other commands go on.
        """
        1> HELLO 3 SETNAME me\\nCLIENT GETNAME
        1<2
        1> SUBSCRIBE a\\nGET k\\nPING
        1<3
        2> EVAL "return redis.call('PUBLISH','a','from a script')" 0
        2<
        1<
        2> MULTI\\nPUBLISH a one\\nPUBLISH a two\\nEXEC
        2<4
        1<2
        2> EVAL_RO "return redis.call('PUBLISH','a','x')" 0
        2<
        """,
        // Databases are apart.
        """
        1> SET k zero\\nSELECT 1\\nGET k\\nSET k one\\nDBSIZE\\nMOVE k 0\\nMOVE k 2\\nGET k\\nSELECT 2\\nGET k
        1<10
        2> GET k\\nSWAPDB 0 2\\nGET k\\nCOPY k kk DB 5\\nSELECT 5\\nGET kk\\nFLUSHDB\\nDBSIZE\\nSELECT 0\\nDBSIZE
        2<10
        1> GET k\\nEVAL "redis.call('SELECT',3) redis.call('SET','s',1) return redis.call('DBSIZE')" 0\\nDBSIZE
        1<3
        1> SELECT 3\\nGET s\\nMULTI\\nSELECT 4\\nSET t 1\\nEXEC\\nGET t\\nFLUSHALL\\nDBSIZE\\nSELECT 0\\nDBSIZE
        1<11
        1> SELECT 16\\nSELECT -1\\nSELECT x\\nMOVE k 0\\nMOVE k x\\nMOVE k 99\\nSWAPDB 0 99\\nSWAPDB x 0\\nSWAPDB 0 x
        1<9
        1> COPY k k\\nCOPY k k DB 99\\nCOPY k k DB x\\nSET k v PX 100000\\nCOPY k k DB 1\\nSELECT 1\\nGET k\\nMOVE k 0
        1<8
        """,
        // A watch is on a key of one database.
        """
        1> WATCH k\\nMULTI\\nPING
        1<3
        2> SELECT 1\\nSET k 1
        2<2
        1> EXEC\\nWATCH k\\nMULTI\\nPING
        1<4
        2> SWAPDB 0 1
        2<
        1> EXEC\\nHELLO 3
        1<2
        1> WATCH k\\nMULTI\\nPING
        1<3
        2> SELECT 0\\nSET k 2
        2<2
        1> EXEC
        1<
        """,
        // Types of RESP3.
        """
        1> HELLO\\nHSET h f v\\nSADD s m\\nZADD z 1.5 m\\nZADD z INCR 1 m
        1<5
        1> HELLO 3\\nGET nope\\nHGETALL h\\nSMEMBERS s\\nZRANGE z 0 -1 WITHSCORES\\nZSCORE z m\\nMGET nope h\\nHRANDFIELD h 1 WITHVALUES
        1<8
        1> LPOP nope 2\\nZPOPMIN z\\nZSCORE z m\\nSPOP s 1\\nZINCRBY z 0.1 n\\nINCRBYFLOAT f 0.5\\nHELLO 2\\nHGETALL h\\nLPOP nope 2
        1<9
        1> HELLO 4\\nHELLO x\\nHELLO 3 NOPE\\nPING\\nHELLO 2 SETNAME\\nHELLO 3 AUTH default x
        1<6
        """,
        // Who waits first is served first, whatever it is that writes.
        """
        1> BLPOP a b 0
        3=1
        2> BRPOP b a 0
        3=2
        3> RPUSH b one two three\\nLRANGE b 0 -1
        3<2
        1<
        2<
        1> BLMOVE a b LEFT RIGHT 0\\nLRANGE b 0 -1
        3=1
        3> EVAL "redis.call('RPUSH','a','x','y') return redis.call('LLEN','a')" 0\\nLRANGE a 0 -1
        3<2
        1<2
        1> BRPOPLPUSH c d 0
        3=1
        2> BLPOP d 0
        3=2
        3> RPUSH c deep
        3<
        1<
        2<
        1> BZPOPMIN z 0
        3=1
        2> BZMPOP 0 2 y z MAX COUNT 2
        3=2
        3> ZADD z 1 a 2 b 3 c
        3<
        1<
        2<
        """,
        // Requests behind one that waits wait with it.
        """
        1> BLPOP a 0\\nPING\\nBLPOP a 0\\nGET k
        2=1
        2> RPUSH a 1
        2<
        1<2
        2=1
        2> RPUSH a 2
        2<
        1<2
        """,
        // In transactions nobody waits; after them those are served who did.
        """
        1> MULTI\\nBLPOP a 0\\nBLMPOP 0 1 a LEFT\\nBZPOPMIN z 0\\nBLMOVE a b LEFT LEFT 0\\nBRPOPLPUSH a b 0\\nEXEC
        1<7
        1> BLPOP a 0
        2=1
        2> MULTI\\nRPUSH a 1\\nDEL a\\nRPUSH a 2\\nEXEC\\nEXISTS a
        2<6
        1<
        1> BLPOP a 0
        2=1
        2> MULTI\\nRPUSH a 1\\nDEL a\\nEXEC\\nRPUSH a 3
        2<5
        1<
        """,
        // A key of another type is not what is waited for, and other databases are others.
        """
        1> BLPOP a 0
        2=1
        2> SET a x\\nDEL a\\nSELECT 1\\nRPUSH a no\\nSELECT 0\\nSWAPDB 0 1
        2<6
        1<
        1> BLMOVE a s LEFT LEFT 0
        2=1
        2> SET s x\\nRPUSH a v\\nLRANGE a 0 -1
        2<3
        1<
        1> BLPOP a 0
        1<
        1> BLPOP a 0
        2=1
        1!
        2=0
        2> RPUSH a kept\\nLRANGE a 0 -1\\nRPUSH b x\\nRENAME b c
        2<4
        1> BLPOP gone d 0
        2=1
        2> COPY c d
        2<
        1<
        """,
        // Of several keys the one counts that was written to, whatever the others have become.
        """
        1> BLPOP a b 0
        3=1
        2> BRPOP a c 0
        3=2
        3> SET a x\\nRPUSH b y z\\nRPUSH c v\\nLLEN b
        3<4
        1<
        2<
        3> DEL a
        3<
        1> BLMPOP 0 2 a d LEFT
        3=1
        2> BZMPOP 0 2 a z MIN
        3=2
        3> SET a x\\nZADD z 1 m 2 n\\nRPUSH d 1 2\\nGET a
        3<4
        1<
        2<
        3> DEL a
        3<
        1> BZPOPMAX a z2 0
        3=1
        3> EVAL "redis.call('ZADD','z2',1,'p') redis.call('SADD','a','q') return redis.call('ZCARD','z2')" 0
        3<
        1<
        """,
        // A subscription's messages come in the version of RESP that holds, and none after its end.
        """
        1> SUBSCRIBE a\\nUNSUBSCRIBE a\\nHELLO 3\\nSUBSCRIBE a
        1<4
        2> PUBLISH a x
        2<
        1<
        1> HELLO 2\\nRESET\\nSUBSCRIBE b
        1<3
        2> PUBLISH a y\\nPUBLISH b z
        2<2
        1<
        """,
        // Time-outs, and what is none.
        """
        1> BLPOP a 0.01\\nBLMOVE a b LEFT LEFT 0.01\\nBZPOPMIN z 0.01\\nBLMPOP 0.01 1 a LEFT\\nBRPOPLPUSH a b 0.01
        1<5
        1> BLPOP a -1\\nBLPOP a x\\nBLPOP a\\nHELLO 3\\nBLPOP a 0.01\\nBZMPOP 0.01 1 z MIN\\nBRPOPLPUSH a b 0.01
        1<7
        1> EVAL "return redis.pcall('BLPOP','a',0)" 0\\nEVAL "return {redis.pcall('BLMPOP',0,1,'a','LEFT')}" 0
        1<2
        """,
        // Who waits for entries of a stream gets those of the key that got some first.
        """
        1> SET w 1\\nXREAD BLOCK 0 STREAMS s t 0 $
        1<
        2~ $1 GET w
        2> MULTI\\nXADD t 5 a b\\nXADD s 5 c d\\nXADD t 6 e f\\nEXEC
        2<5
        1<
        1> SET x 1\\nXREAD COUNT 1 BLOCK 0 STREAMS s t $ $
        1<
        2~ $1 GET x
        2> XADD t 7 a b\\nXADD t 8 a b
        2<2
        1<
        1> HELLO 3\\nSET y 1\\nXREAD BLOCK 0 STREAMS t s $ 5
        1<2
        2~ $1 GET y
        2> XADD s 6 a b
        2<
        1<
        1> XREAD STREAMS s t 0 0\\nXREAD STREAMS s 9\\nXREAD BLOCK 1 STREAMS s 9\\nXINFO STREAM s
        1<4
        1> XREAD BLOCK 0 STREAMS new 0
        2> SET new x\\nDEL new\\nXADD other 1 a b\\nRENAME other new
        2<4
        1<
        """,
        // Consumers of a group are served in turn, and told when there is nothing left to wait for.
        """
        1> XGROUP CREATE s g 0 MKSTREAM\\nSET v 1\\nXREADGROUP GROUP g alice BLOCK 0 STREAMS s >
        1<2
        3~ $1 GET v
        2> XGROUP CREATE t g 0 MKSTREAM\\nSET w 1\\nXREADGROUP GROUP g bob COUNT 1 NOACK BLOCK 0 STREAMS t s > >
        2<2
        3~ $1 GET w
        3> MULTI\\nXADD s 1 a b\\nXADD s 2 a b\\nEXEC\\nXADD t 3 a b\\nXPENDING s g\\nXPENDING t g
        3<7
        1<
        2<
        1> HELLO 3\\nXREADGROUP GROUP g alice BLOCK 0 STREAMS s >
        1<
        3> XADD s 4 a b
        3<
        1<
        1> SET x 1\\nXREADGROUP GROUP g alice BLOCK 0 STREAMS s >
        1<
        3~ $1 GET x
        3> XGROUP DESTROY s g\\nXGROUP CREATE s g $
        3<2
        1<
        1> SET y 1\\nXREADGROUP GROUP g alice BLOCK 0 STREAMS t s > >
        1<
        3~ $1 GET y
        3> DEL s
        3<
        1<
        1> SET z 1\\nXREADGROUP GROUP g alice BLOCK 0 STREAMS t >
        1<
        3~ $1 GET z
        3> SET t x
        3<
        1<
        1> XREADGROUP GROUP g alice BLOCK 0 STREAMS t >\\nMULTI\\nXREAD BLOCK 0 STREAMS none $\\nEXEC
        1<4
        """,
        // Wrong numbers of arguments, which break a transaction.
        """
        1> MULTI x\\nMULTI\\nEXEC x\\nPING\\nEXEC\\nEXEC\\nDISCARD x\\nUNWATCH x\\nRESET x\\nWATCH\\nAUTH\\nCONFIG\\nCLIENT
        1<13
        1> MULTI\\nSUBSCRIBE\\nEXEC\\nMULTI\\nCONFIG\\nEXEC\\nAUTH a b c\\nHELLO 2 x\\nMULTI\\nDISCARD x\\nDISCARD\\nDISCARD
        1<12
        """,
        // A script that runs for long makes the server busy, and can be killed before it has written.
        """
        2> CONFIG SET busy-reply-threshold 1\\nSELECT 3\\nMULTI
        2<3
        1> EVAL "while true do end" 0
        3~ -BUSY PING
        3> GET k\\nEVAL "return 1" 0\\nHELLO 3\\nHELLO 2\\nSCRIPT EXISTS x
        3<5
        4> MULTI\\nGET k
        4<2
        2> GET k\\nEXEC
        2<2
        3~ +OK SCRIPT KILL
        1<
        4> EXEC
        4<
        3> SCRIPT KILL\\nGET k\\nSCRIPT KILL x
        3<3
        1> EVAL "while true do pcall(redis.call, 'GET', 'k') end" 0
        3~ -BUSY PING
        3!
        2~ +OK SCRIPT KILL
        1<
        1> EVAL "redis.call('SET','k',1) local t=redis.call('TIME')[1] repeat until redis.call('TIME')[1]-t>3 return t-t" 0
        2~ -BUSY PING
        2> SCRIPT KILL
        2<
        1<
        2> GET k
        2<
        """,
    ])
    func isTheSameOnBoth(script: String) async throws {
        try await expectTheSameConversation(script)
    }
}

/// Holds a conversation with a redis-server and with a port, and expects the same replies.
func expectTheSameConversation(
    _ script: String, enablesDebug: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let server = try RedisServer.start(arguments: enablesDebug ? ["--enable-debug-command", "yes"] : [])
    let expected = try await RESPConversation.hold(script, unixSocket: server.unixSocket)
    let folder = try TemporaryFolder()
    let path = folder.path + "/s"
    try await withPort(unixSocket: path, enablesDebug: enablesDebug) { _ in
        let heard = try await RESPConversation.hold(script, unixSocket: path)
        #expect(heard.count == expected.count, sourceLocation: sourceLocation)
        for (index, (answer, right)) in zip(heard, expected).enumerated() where answer != right {
            Issue.record(
                "\(expected[max(index - 1, 0)]): \(answer), not \(right)", sourceLocation: sourceLocation)
        }
    }
}
