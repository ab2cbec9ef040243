import Perilune
import PeriluneEmbedded
import Testing

@testable import PeriluneServer

@Suite struct StartReportTests {
    private func lines(
        _ source: ManagementConfiguration.TokenSource, host: String = "127.0.0.1", showsToken: Bool = false
    ) -> [String] {
        var configuration = ManagementConfiguration(tokens: AccessTokens(admin: "configured-token"))
        configuration.tokenSource = source
        let engine = Engine(kind: .embedded, description: "in a test", scriptEngine: EmbeddedEngine())
        return StartReport(
            address: ListenAddress(host: host, port: 4242), engine: engine, configuration: configuration,
            showsToken: showsToken
        ).lines
    }

    @Test func aGeneratedTokenIsPrintedWithCallsThatWork() {
        #expect(
            lines(.generated("t0k")) == [
                "Perilune \(periluneVersion) listens on http://127.0.0.1:4242",
                "engine: in a test",
                "token:  t0k (made up for this run; set PERILUNE_TOKEN to choose one)",
                "",
                "Try:",
                "  curl http://127.0.0.1:4242/api/v1/health",
                "  curl -H 'Authorization: Bearer t0k' -H 'Content-Type: application/json' "
                    + #"-d '{"identifier":"user:42"}' http://127.0.0.1:4242/api/v1/rate-limit/check"#,
                "  curl -H 'Authorization: Bearer t0k' http://127.0.0.1:4242/api/v1/cache/rate-limit/user:42",
            ])
    }

    @Test func aConfiguredTokenIsPrintedOnlyOnATerminal() {
        let terminal = lines(.configured("PERILUNE_TOKEN", token: "configured-token"), showsToken: true)
        #expect(terminal[2] == "token:  configured-token (from PERILUNE_TOKEN)")
        #expect(terminal[7].contains("-H 'Authorization: Bearer configured-token'"))
        let configured = lines(.configured("PERILUNE_TOKEN", token: "configured-token"))
        #expect(configured[2] == "token:  from PERILUNE_TOKEN")
        #expect(configured[7].contains(#"-H "Authorization: Bearer $PERILUNE_TOKEN""#))
        let file = lines(.file("/a/it's"))
        #expect(file[2] == "token:  from /a/it's")
        #expect(file[7].contains(#"-H "Authorization: Bearer $(cat '/a/it'\''s')""#))
        #expect(!(configured + file).joined().contains("configured-token"))
    }

    @Test(arguments: ["PERILUNE_TOKEN in .env", "token in perilune.yaml"])
    func aTokenThatTheShellDoesNotKnowIsAPlaceholder(name: String) {
        let lines = lines(.configured(name, token: "configured-token"))
        #expect(lines[2] == "token:  from \(name)")
        #expect(lines[7].contains("-H 'Authorization: Bearer <\(name)>'"))
        #expect(!lines.joined().contains("configured-token"))
        #expect(!lines.joined().contains("$PERILUNE_TOKEN"))
        let program = self.lines(.program)
        #expect(!program.joined().contains("$PERILUNE_TOKEN"))
    }

    @Test(arguments: [
        ("0.0.0.0", "http://127.0.0.1:4242"), ("::", "http://[::1]:4242"), ("::1", "http://[::1]:4242"),
        ("example.org", "http://example.org:4242"),
    ])
    func theURLIsOneThatThisMachineReaches(host: String, url: String) {
        #expect(lines(.generated("t"), host: host)[5] == "  curl \(url)/api/v1/health")
    }
}
