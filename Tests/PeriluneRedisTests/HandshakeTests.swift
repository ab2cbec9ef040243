import PeriluneCore
import Testing

@testable import PeriluneIO
@testable import PeriluneRedis

@Suite("Handshake")
struct HandshakeTests {
    private func configuration(_ url: String, name: String? = nil) throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(url: url)
        configuration.clientName = name
        return configuration
    }

    private func begin(_ configuration: RedisConfiguration) -> (Handshake, String) {
        let buffer = ByteBuffer()
        let handshake = Handshake(configuration, to: buffer)
        return (handshake, String(decoding: buffer.bytes, as: UTF8.self))
    }

    private func outcome(_ progress: Handshake.Progress) -> String {
        switch progress {
        case .more: "more"
        case .done: "done"
        case .failed(let error): error.mayHaveRun ? "may have run" : error.code.description
        }
    }

    @Test("Only what is configured is said, and a PING")
    func commands() throws {
        #expect(begin(try configuration("redis://h")).1 == "*1\r\n$4\r\nPING\r\n")
        let all = begin(try configuration("redis://ann:pw@h/2", name: "me")).1
        #expect(
            all == "*3\r\n$4\r\nAUTH\r\n$3\r\nann\r\n$2\r\npw\r\n" + "*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n"
                + "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$2\r\nme\r\n" + "*1\r\n$4\r\nPING\r\n")
        #expect(begin(try configuration("redis://:pw@h")).1.hasPrefix("*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n"))
    }

    @Test("A server in protected mode is a wrong configuration, not a connection")
    func protectedMode() throws {
        var (handshake, _) = begin(try configuration("redis://h"))
        let denied = RedisReply.error(RedisError("DENIED Redis is running in protected mode"))
        #expect(outcome(handshake.receive(denied)) == "misconfigured")
    }

    @Test("Where it has to be a primary, a replica is the wrong server; one that does not say is taken")
    func role() throws {
        for (reply, expected) in [
            (RedisReply.array([.bulk("master"), .integer(0), .array([])]), "more"),
            (.array([.bulk("slave"), .bulk("10.0.0.1")]), "unreachable"), (.array([.bulk("sentinel")]), "unreachable"),
            (.error(RedisError("NOPERM this user has no permissions to run the 'role' command")), "more"),
            (.array([]), "more"), (.error(RedisError("LOADING Redis is loading")), "unreachable"),
        ] {
            let buffer = ByteBuffer()
            var handshake = Handshake(try configuration("redis://h"), mustBePrimary: true, to: buffer)
            #expect(String(decoding: buffer.bytes, as: UTF8.self) == "*1\r\n$4\r\nROLE\r\n*1\r\n$4\r\nPING\r\n")
            #expect(outcome(handshake.receive(reply)) == expected, "\(reply)")
        }
    }

    @Test("It is done when everything is answered; a refused name does not matter")
    func done() throws {
        var (handshake, _) = begin(try configuration("redis://:pw@h/2", name: "me"))
        for reply in [RedisReply.status("OK"), .status("OK"), .error(RedisError("NOPERM no"))] {
            #expect(outcome(handshake.receive(reply)) == "more")
        }
        #expect(outcome(handshake.receive(.status("PONG"))) == "done")
        #expect(outcome(handshake.receive(.status("OK"))) == "protocolViolation")
    }

    @Test(
        "A refusal is told as what it is",
        arguments: [
            ("redis://:pw@h", "WRONGPASS invalid username-password pair", EngineError.Code.misconfigured),
            ("redis://:pw@h", "ERR AUTH <password> called without any password configured", .misconfigured),
            ("redis://h/99", "ERR DB index is out of range", .misconfigured),
            ("redis://h", "NOAUTH Authentication required.", .misconfigured),
            ("redis://h", "LOADING Redis is loading the dataset in memory", .unreachable),
            ("redis://:pw@h", "LOADING Redis is loading the dataset in memory", .unreachable),
            ("redis://:pw@h", "ERR max number of clients reached", .unreachable),
            ("redis://h", "ERR max number of clients reached", .unreachable),
        ])
    func refusals(url: String, line: String, code: EngineError.Code) throws {
        var (handshake, _) = begin(try configuration(url))
        #expect(outcome(handshake.receive(.error(RedisError(line)))) == code.description)
    }
}
