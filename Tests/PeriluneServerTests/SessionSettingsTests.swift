import Perilune
import PeriluneTestSupport
import Testing

@testable import PeriluneServer

@Suite struct SessionSettingsTests {
    private static let hexadecimal = String(repeating: "0b", count: 32)
    private static let base64 = "CwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsLCws"

    @Test func nothingConfiguredIsTheStandardStore() throws {
        let sessions = try ConfigurationDirectory().load().sessions
        #expect(sessions.store.name == SessionConfiguration.standard.name)
        #expect(sessions.store.shards == SessionConfiguration.standard.shards)
        #expect(sessions.store.keptEvents == SessionConfiguration.standard.keptEvents)
        #expect(sessions.sweepInterval == .seconds(1))
        #expect(sessions.keys == nil)
    }

    @Test func theFileHasASection() throws {
        let yaml = """
            sessions:
              name: shop
              shards: 16
              kept_events: 100
              sweep_interval: 250
              encryption_keys:
                - 1:\(Self.hexadecimal)
            rate_limit: {policies: {a: {limits: 1/s}}}
            """
        let configuration = try ConfigurationDirectory(yaml: yaml).load()
        let sessions = configuration.sessions
        #expect(sessions.store.name == "shop")
        #expect(sessions.store.shards == 16)
        #expect(sessions.store.keptEvents == 100)
        #expect(sessions.sweepInterval == .milliseconds(250))
        #expect(sessions.keys != nil)
        #expect(configuration.policies.map(\.name) == ["default", "a"])
        #expect(try ConfigurationDirectory(yaml: "sessions:").load().sessions.shards == 64)
    }

    @Test func theEnvironmentCountsBeforeTheFiles() throws {
        let directory = try ConfigurationDirectory(
            env: "PERILUNE_SESSIONS_SHARDS=3\nPERILUNE_SESSIONS_NAME=env",
            yaml: "sessions: {shards: 4, name: yaml, sweep_interval: 10}")
        let configuration = try directory.load([
            "PERILUNE_SESSIONS_SHARDS": "2", "PERILUNE_SESSIONS_SWEEP_INTERVAL": "0",
            "PERILUNE_SESSIONS_KEPT_EVENTS": "7", "PERILUNE_SESSIONS_ENCRYPTION_KEYS": "0:\(Self.base64)",
        ])
        #expect(configuration.sessions.shards == 2)
        #expect(configuration.sessions.name == "env")
        #expect(configuration.sessions.sweepInterval == nil)
        #expect(configuration.sessions.keptEvents == 7)
        #expect(configuration.sessions.keys != nil)
        #expect(configuration.warnings.isEmpty)
    }

    /// The keys of the settings open what a service has sealed with them.
    @Test(arguments: [
        (["PERILUNE_SESSIONS_ENCRYPTION_KEYS": "2:\(hexadecimal), 7:\(String(repeating: "A", count: 43))"], ""),
        (["PERILUNE_SESSIONS_ENCRYPTION_KEYS": "7:\(String(repeating: "0", count: 64)),2:\(base64)"], ""),
        ([:], "sessions: {encryption_keys: [\"2:\(base64)\", 3:\(String(repeating: "0a", count: 32))]}"),
        ([:], "sessions: {encryption_keys: 2:\(hexadecimal.uppercased())}"),
    ])
    func keysOpenWhatWasSealed(environment: [String: String], yaml: String) async throws {
        let keys = try ConfigurationDirectory(yaml: yaml).load(environment).sessions.keys
        let ring = try SessionKeyRing([UInt8](repeating: 11, count: 32), as: 2)
        let configure: (inout ManagementConfiguration) -> Void = { $0.sessions.keys = keys }
        try await withServer(configure: configure) { server async throws in
            let id = try await server.store(keys: ring).create(Visit(cart: ["tea"])).session.id
            #expect(try await server.look(id).body.hasSuffix(#""data":{"cart":["tea"]}}"#))
        }
    }

    static let wrong: [(String, String, String)] = [
        (
            "NAME", "a:b",
            #"PERILUNE_SESSIONS_NAME: "a:b" is not a name of 1 to 64 of the characters A-Z a-z 0-9 . _ -"#
        ),
        (
            "SHARDS", "0",
            """
            PERILUNE_SESSIONS_SHARDS: "0" is not a number of shards; write one from 1 to 1024, the same as the services \
            whose sessions they are
            """
        ),
        (
            "SHARDS", "1025",
            """
            PERILUNE_SESSIONS_SHARDS: "1025" is not a number of shards; write one from 1 to 1024, the same as the \
            services whose sessions they are
            """
        ),
        (
            "KEPT_EVENTS", "many",
            """
            PERILUNE_SESSIONS_KEPT_EVENTS: "many" is not a number of events; write how many each shard keeps, from 1 to \
            10000000
            """
        ),
        (
            "SWEEP_INTERVAL", "1s",
            """
            PERILUNE_SESSIONS_SWEEP_INTERVAL: "1s" is not an interval; write milliseconds, from 1 to 3600000, or 0 for \
            not sweeping here
            """
        ),
        (
            "SWEEP_INTERVAL", "-1",
            """
            PERILUNE_SESSIONS_SWEEP_INTERVAL: "-1" is not an interval; write milliseconds, from 1 to 3600000, or 0 for \
            not sweeping here
            """
        ),
        (
            "ENCRYPTION_KEYS", "1:\(hexadecimal),1:\(base64)",
            "PERILUNE_SESSIONS_ENCRYPTION_KEYS: two keys with the number 1; give each another number"
        ),
    ]

    @Test(arguments: wrong)
    func errorsNameTheSetting(name: String, value: String, line: String) throws {
        let directory = try ConfigurationDirectory()
        let error = #expect(throws: ConfigurationError.self) {
            try directory.load(["PERILUNE_SESSIONS_\(name)": value])
        }
        #expect(error?.description == line)
    }

    @Test(arguments: [
        "hunter2", "hunter2:\(hexadecimal)", "256:\(hexadecimal)", "-1:\(hexadecimal)", ":\(hexadecimal)", "1:hunter2",
        "1:\(hexadecimal)0b", "1:\(hexadecimal.dropLast())", "1:\(base64)A", "1:\(base64.dropLast())", "1:\(base64)=",
        "1:2:\(hexadecimal)", "1:\(hexadecimal) 2:\(hexadecimal)", "1:\(String(repeating: "xy", count: 32))",
    ])
    func keysStayOutOfErrors(value: String) throws {
        let line = """
            not a list of keys; write each as number:key, the number from 0 to 255 and the key, 32 bytes, as 64 \
            hexadecimal digits or 43 characters of base64url (the value is not shown)
            """
        let directory = try ConfigurationDirectory()
        let error = #expect(throws: ConfigurationError.self) {
            try directory.load(["PERILUNE_SESSIONS_ENCRYPTION_KEYS": value])
        }
        #expect(error?.description == "PERILUNE_SESSIONS_ENCRYPTION_KEYS: " + line)
    }

    @Test func keysStayOutOfDescriptions() throws {
        let sessions = try ConfigurationDirectory().load(["PERILUNE_SESSIONS_ENCRYPTION_KEYS": "1:\(Self.base64)"])
            .sessions
        var text = "\(sessions) \(String(reflecting: sessions))"
        dump(sessions, to: &text)
        for form in [Self.base64, "0b0b", "0B0B", "11, 11", "- 11", "(11)"] { #expect(!text.contains(form), "\(text)") }
    }

    @Test(arguments: [
        (
            "sessions: {shard: 4}",
            """
            sessions.shard in perilune.yaml line 1: not a setting; wanted are name, shards, kept_events, \
            sweep_interval, encryption_keys
            """
        ),
        ("sessions: {shards: [1]}", "sessions.shards in perilune.yaml line 1: not a single value"),
        (
            "sessions: {encryption_keys: {1: hunter2}}",
            "sessions.encryption_keys in perilune.yaml line 1: not a single value or a list of values"
        ),
        (
            "sessions: 4",
            """
            sessions in perilune.yaml line 1: not a mapping of keys to values; wanted are name, shards, kept_events, \
            sweep_interval, encryption_keys
            """
        ),
        (
            "sessions: {policies: {a: 1}}",
            "sessions.policies in perilune.yaml line 1: not a setting; wanted are name, shards, kept_events, sweep_interval, encryption_keys"
        ),
        ("rate_limit: {shards: 1}", "rate_limit.shards in perilune.yaml line 1: not a setting; wanted are policies"),
        (
            "shards: 1",
            "shards in perilune.yaml line 1: not a setting; wanted are host, port, redis_url, redis_timeout, token, token_file, read_token, namespace, log_level, rate_limit, sessions, cache"
        ),
    ])
    func theFileIsReadStrictly(yaml: String, line: String) throws {
        let directory = try ConfigurationDirectory(yaml: yaml)
        let error = #expect(throws: ConfigurationError.self) { try directory.load() }
        #expect(error?.description == line)
    }

    @Test func aStoreThatCannotBeIsRefused() async throws {
        var configuration = ManagementConfiguration(port: 0)
        configuration.sessions.shards = 0
        let server = ManagementServer(
            engine: try Engine(url: nil, logger: silent), configuration: configuration, logger: silent)
        await #expect(throws: SessionConfigurationError.shardsOutOfRange(0)) { try await server.run() }
    }
}
