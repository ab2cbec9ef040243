import PeriluneTestSupport
import Testing

/// What clients ask of each other and do to each other.
@Suite struct PortClientTests {
    @Test(
        .enabled(if: RedisServer.isInstalled, "needs a redis-server"),
        arguments: [
            // What is wrong.
            """
            1> CLIENT LIST x\\nCLIENT LIST TYPE x\\nCLIENT LIST ID x\\nCLIENT LIST ID 99999\\nCLIENT LIST TYPE master\\nCLIENT INFO x
            1<6
            1> CLIENT KILL\\nCLIENT KILL x\\nCLIENT KILL ID 0\\nCLIENT KILL ID x\\nCLIENT KILL ID 99999\\nCLIENT KILL TYPE x\\nCLIENT KILL USER x
            1<7
            1> CLIENT KILL SKIPME x\\nCLIENT KILL ID 1 2\\nCLIENT KILL NOPE 1\\nCLIENT KILL ADDR nowhere:1 ID 99999\\nCLIENT KILL LADDR nowhere:1 USER default
            1<5
            1> CLIENT UNBLOCK\\nCLIENT UNBLOCK x\\nCLIENT UNBLOCK 99999\\nCLIENT UNBLOCK 99999 ERROR\\nCLIENT UNBLOCK 1 x\\nCLIENT UNBLOCK 1 TIMEOUT x
            1<6
            1> CLIENT NO-EVICT on\\nCLIENT NO-EVICT x\\nCLIENT NO-EVICT\\nCLIENT NOPE\\nCLIENT SETNAME "a b"\\nCLIENT SETNAME n\\nCLIENT GETNAME
            1<7
            """,
            // Who is killed hears no more, and a transaction may kill.
            """
            2> SUBSCRIBE a
            2<
            1> CLIENT KILL TYPE pubsub SKIPME no
            1<
            3> PING
            3<
            1> MULTI\\nCLIENT KILL TYPE normal\\nPING\\nEXEC
            1<4
            4> SET k 1\\nCLIENT KILL TYPE normal SKIPME yes\\nGET k
            4<3
            5> CLIENT KILL TYPE pubsub
            5<
            """,
            // While a script makes the server busy a client may give up what it has begun.
            """
            1> SET k 1\\nCONFIG SET busy-reply-threshold 1
            1<2
            2> MULTI
            2<
            3> WATCH other\\nMULTI\\nSET k 2
            3<3
            1> EVAL "while redis.call('GET', 'k') do end" 0
            4~ -BUSY PING
            2> DISCARD\\nWATCH k\\nMULTI\\nMULTI\\nWATCH k\\nDISCARD\\nUNWATCH\\nDISCARD\\nWATCH k
            2<9
            3> RESET\\nWATCH k\\nMULTI
            3<3
            4~ +OK SCRIPT KILL
            1<
            4> SET k 3
            4<
            3> EXEC
            3<
            2> MULTI\\nGET k\\nEXEC
            2<3
            """,
        ])
    func isTheSameOnBoth(script: String) async throws {
        try await expectTheSameConversation(script)
    }

    @Test func aClientThatWaitsIsUnblocked() async throws {
        try await withPort { port in
            let heard = try await converse(port: port) { waiting in
                let other = try Conversation(port: port)
                try waiting.say("CLIENT ID\r\nCLIENT SETNAME waits\r\n")
                let id = try waiting.hear(until: "\r\n").trimmingPrefix(":").prefix { $0.isNumber }
                _ = try waiting.hear(until: "+OK\r\n")
                var replies: [String] = []
                for reason in ["", "TIMEOUT", "ERROR"] {
                    try waiting.say("BLPOP none 0\r\n")
                    repeat {
                        try other.say("CLIENT UNBLOCK \(id) \(reason)\r\n")
                    } while try other.hear(until: "\r\n") == ":0\r\n"
                    replies.append(try waiting.hear(until: "\r\n"))
                }
                try other.say("CLIENT LIST ID \(id)\r\n")
                _ = try other.hear(until: "\r\n")
                replies.append(try other.hear(until: "\n"))
                try other.say("CLIENT KILL ID \(id)\r\n")
                replies.append(try other.hear(until: ":1\r\n").trimmingPrefix("\r\n").description)
                replies.append(try waiting.hearTheRest())
                return replies
            }
            #expect(heard[..<3] == ["*-1\r\n", "*-1\r\n", "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"])
            #expect(heard[3].contains(" addr=127.0.0.1:") && heard[3].contains(" laddr=127.0.0.1:\(port) "))
            #expect(
                heard[3].contains(" name=waits ") && heard[3].contains(" flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 "))
            #expect(heard[4...] == [":1\r\n", ""])
        }
    }
}
