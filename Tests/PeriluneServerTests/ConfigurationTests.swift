import Foundation
import Logging
import Perilune
import Testing

@testable import PeriluneServer

/// A directory of its own for a test's `.env` and `perilune.yaml`.
final class ConfigurationDirectory {
    let path: String

    init(env: String? = nil, yaml: String? = nil) throws {
        path = NSTemporaryDirectory() + "perilune-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        if let env { try write(env, to: ".env") }
        if let yaml { try write(yaml, to: "perilune.yaml") }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    func load(
        _ environment: [String: String] = [:], _ set: (inout ManagementConfiguration.Flags) -> Void = { _ in }
    ) throws(ConfigurationError) -> ManagementConfiguration {
        var flags = ManagementConfiguration.Flags()
        set(&flags)
        return try ManagementConfiguration.load(flags: flags, environment: environment, directory: path)
    }
}

@Suite struct ConfigurationTests {
    @Test func nothingConfiguredWorks() throws {
        let configuration = try ConfigurationDirectory().load()
        #expect(configuration.host == "127.0.0.1")
        #expect(configuration.port == 8390)
        #expect(configuration.redisURL == nil)
        #expect(configuration.keySpace == .standard)
        #expect(configuration.policies == [.standard])
        #expect(configuration.logLevel == .info)
        guard case .generated(let token) = configuration.tokenSource else {
            Issue.record("no token was generated")
            return
        }
        #expect(configuration.tokens.scope(of: token) == .admin)
    }

    @Test func flagsBeforeEnvironmentBeforeEnvFileBeforeYAML() throws {
        let directory = try ConfigurationDirectory(
            env: "PERILUNE_PORT=3\nPERILUNE_HOST=env.file\nPERILUNE_NAMESPACE=dot",
            yaml: "port: 4\nhost: yaml\nnamespace: y\nlog_level: debug")
        let environment = ["PERILUNE_PORT": "2", "PERILUNE_HOST": "environment"]
        let all = try directory.load(environment) { $0.port = "1" }
        #expect(all.port == 1)
        #expect(all.host == "environment")
        #expect(all.keySpace.namespace == "dot")
        #expect(all.logLevel == .debug)
        #expect(try directory.load(environment).port == 2)
        #expect(try directory.load().port == 3)
        #expect(try directory.load(["PERILUNE_PORT": ""]).port == 3)
    }

    @Test func redisURLHasItsUsualName() throws {
        let directory = try ConfigurationDirectory(yaml: "redis_url: redis://yaml")
        #expect(try directory.load().redisURL == "redis://yaml")
        #expect(try directory.load(["REDIS_URL": "redis://env"]).redisURL == "redis://env")
        #expect(try directory.load(["REDIS_URL": "redis://env"]) { $0.redisURL = "embedded:" }.redisURL == "embedded:")
    }

    @Test func redisHasATimeout() throws {
        #expect(try ConfigurationDirectory().load().redisTimeout == nil)
        let directory = try ConfigurationDirectory(yaml: "redis_timeout: 250")
        #expect(try directory.load().redisTimeout == .milliseconds(250))
        #expect(try directory.load(["PERILUNE_REDIS_TIMEOUT": "100"]).redisTimeout == .milliseconds(100))
    }

    @Test(arguments: [("[::1]", "::1"), ("::1", "::1"), ("[fe80::1%eth0]", "fe80::1%eth0"), ("a.example", "a.example")])
    func anIPv6AddressMayStandInBrackets(typed: String, host: String) throws {
        #expect(try ConfigurationDirectory().load { $0.host = typed }.host == host)
    }

    @Test func misspeltVariablesAreNamed() throws {
        let directory = try ConfigurationDirectory(env: "PERILUNE_TOKN=secret\nPERILUNE_HOST=a.example\nPERIL=1")
        let warnings = try directory.load(["PERILUNE_PROT": "1", "PERILUNE_RATE_LIMIT_POLICIES_A_LIMIT": "1/s"])
            .warnings
        #expect(warnings.count == 3)
        #expect(warnings[0].hasPrefix("PERILUNE_PROT: not a setting, and ignored; settings are PERILUNE_HOST, "))
        #expect(warnings[1].hasPrefix("PERILUNE_RATE_LIMIT_POLICIES_A_LIMIT: not a setting"))
        #expect(warnings[2].hasPrefix("PERILUNE_TOKN in .env: not a setting"))
        #expect(!warnings.joined().contains("secret"))
        #expect(!warnings.joined().contains("\n"))
    }

    @Test func variablesOfOthersAreTheirAffair() throws {
        let environment = [
            // All settings of the server.
            "PERILUNE_HOST": "::1", "PERILUNE_PORT": "1", "PERILUNE_TOKEN": "t", "PERILUNE_READ_TOKEN": "r",
            "PERILUNE_NAMESPACE": "n", "PERILUNE_LOG_LEVEL": "info", "PERILUNE_REDIS_TIMEOUT": "1", "REDIS_URL": "",
            "PERILUNE_CONFIG": "", "PERILUNE_TOKEN_FILE": "", "PERILUNE_RATE_LIMIT_POLICIES_A_B_LIMITS": "1/s",
            "PERILUNE_RATE_LIMIT_POLICIES_A_B_ALGORITHM": "fixed-window",
            "PERILUNE_RATE_LIMIT_POLICIES_DEFAULT_BURST": "2", "PERILUNE_RATE_LIMIT_POLICIES_DEFAULT_LIMITS": "9/min",
            // A test's.
            "PERILUNE_REPLAY_LOG": "x",
            // What Kubernetes sets for services.
            "PERILUNE_SERVICE_HOST": "10.0.0.1", "PERILUNE_SERVICE_PORT": "8390", "PERILUNE_SERVICE_PORT_HTTP": "8390",
            "PERILUNE_PORT_8390_TCP": "tcp://10.0.0.1:8390", "PERILUNE_PORT_8390_TCP_PROTO": "tcp",
            "PERILUNE_PORT_8390_TCP_PORT": "8390", "PERILUNE_PORT_8390_TCP_ADDR": "10.0.0.1",
            "PERILUNE_API_SERVICE_HOST": "10.0.0.1", "PERILUNE_API_PORT": "tcp://10.0.0.1:8390",
            "PERILUNE_API_PORT_53_UDP_ADDR": "10.0.0.1",
            "PERILUNEX": "1", "OTHER": "1",
        ]
        #expect(try ConfigurationDirectory().load(environment).warnings.isEmpty)
    }

    @Test func policiesOfTheFile() throws {
        let yaml = """
            # Comments are fine.
            rate_limit:
              policies:
                default: {limits: [60/min, 1000/h], burst: 10}
                login:
                  algorithm: sliding-window
                  limits: 5/min
                api-v2:
                  limits:
                    - 100/s
            """
        let policies = try ConfigurationDirectory(yaml: yaml).load().policies
        #expect(policies.map(\.name) == ["default", "login", "api-v2"])
        #expect(policies[0] == .standard)
        #expect(policies[1].algorithm == .slidingWindow)
        #expect(policies[1].limits == [try RateLimit(parsing: "5/min")])
        #expect(policies[2].limits == [try RateLimit(parsing: "100/s")])
    }

    @Test func theStandardPolicyIsAddedToOthers() throws {
        let directory = try ConfigurationDirectory(yaml: "rate_limit: {policies: {a: {limits: 1/s}}}")
        #expect(try directory.load().policies.map(\.name) == ["default", "a"])
    }

    @Test func policiesOfTheEnvironment() throws {
        let directory = try ConfigurationDirectory(yaml: "rate_limit: {policies: {api-v2: {limits: 1/s, burst: 3}}}")
        let policies = try directory.load([
            "PERILUNE_RATE_LIMIT_POLICIES_API_V2_LIMITS": "7/min, 70/h",
            "PERILUNE_RATE_LIMIT_POLICIES_DEFAULT_LIMITS": "9/s",
            "PERILUNE_RATE_LIMIT_POLICIES_DEFAULT_BURST": "2", "PERILUNE_RATE_LIMIT_POLICIES_LOGIN_LIMITS": "5/min",
            "PERILUNE_RATE_LIMIT_POLICIES_LOGIN_ALGORITHM": "fixed-window",
        ]).policies
        #expect(policies.map(\.name) == ["api-v2", "default", "login"])
        #expect(policies[0].limits.map(\.quota) == [7, 70, 3])
        #expect(policies[1].limits.map(\.name) == ["second", "burst"])
        #expect(policies[2].algorithm == .fixedWindow)
    }

    @Test func tokensHaveTwoScopes() throws {
        let configuration = try ConfigurationDirectory().load(["PERILUNE_TOKEN": "aaaa", "PERILUNE_READ_TOKEN": "rrrr"])
        #expect(configuration.tokenSource == .configured("PERILUNE_TOKEN", token: "aaaa"))
        #expect(configuration.tokens.scope(of: "aaaa") == .admin)
        #expect(configuration.tokens.scope(of: "rrrr") == .read)
        #expect(configuration.tokens.scope(of: "") == nil)
        let yaml = try ConfigurationDirectory(yaml: "token: 12345678\nread_token: r").load()
        #expect(yaml.tokenSource == .configured("token in perilune.yaml", token: "12345678"))
        #expect(yaml.tokens.scope(of: "12345678") == .admin)
    }

    @Test func aReadTokenAloneLeavesTheAdminTokenToBeGenerated() throws {
        let configuration = try ConfigurationDirectory().load(["PERILUNE_READ_TOKEN": "rrrr"])
        guard case .generated(let token) = configuration.tokenSource else {
            Issue.record("no token was generated")
            return
        }
        #expect(configuration.tokens.scope(of: token) == .admin)
        #expect(configuration.tokens.scope(of: "rrrr") == .read)
    }

    @Test func aTokenFileCountsByItsSource() throws {
        let directory = try ConfigurationDirectory()
        let file = try directory.write("  from-the-file\r\n\n", to: "token")
        let flag = try directory.load(["PERILUNE_TOKEN": "env"]) { $0.tokenFile = file }
        #expect(flag.tokens.scope(of: "from-the-file") == .admin)
        #expect(flag.tokenSource == .file(file))
        let same = try directory.load(["PERILUNE_TOKEN": "env", "PERILUNE_TOKEN_FILE": file])
        #expect(same.tokens.scope(of: "from-the-file") == .admin)
        try directory.write("token_file: \(file)", to: "perilune.yaml")
        #expect(try directory.load(["PERILUNE_TOKEN": "env"]).tokens.scope(of: "env") == .admin)
    }

    @Test func anotherFileCanBeNamed() throws {
        let directory = try ConfigurationDirectory(yaml: "port: 1")
        let file = try directory.write("port: 2", to: "other.yaml")
        #expect(try directory.load { $0.config = file }.port == 2)
        #expect(try directory.load(["PERILUNE_CONFIG": file]).port == 2)
    }

    @Test(arguments: [
        "", "\n", "# nothing\n", "---\n", "~", "rate_limit:", "rate_limit: {policies: }", "host:\nport: ~",
    ])
    func emptyFilesConfigureNothing(yaml: String) throws {
        let configuration = try ConfigurationDirectory(yaml: yaml).load()
        #expect(configuration.policies == [.standard])
        #expect(configuration.host == "127.0.0.1")
    }

    @Test func whatOtherProgramsKeepInEnvFilesIsTheirAffair() throws {
        let text = "FOO\nA.B=1\nKEY=\"-----BEGIN\nabc\n-----END\"\n\0\nPERILUNE_PORT=7"
        #expect(try ConfigurationDirectory(env: text).load().port == 7)
        let directory = try ConfigurationDirectory()
        try FileManager.default.createDirectory(atPath: directory.path + "/.env", withIntermediateDirectories: false)
        #expect(try directory.load().port == 8390)
    }

    @Test func readsEnvFilesAsShellsDo() throws {
        let text = """
            # comment
            export PERILUNE_HOST=a.example
              B = b c \r
            C="quoted # not a comment" # comment
            D='it is $HOME'
            E=x#y
            F=z # comment
            G=
            H=a=b=
            B=second
            """
        let variables = try EnvironmentFile.parse(text, name: ".env")
        #expect(
            variables == [
                "PERILUNE_HOST": "a.example", "B": "second", "C": "quoted # not a comment", "D": "it is $HOME",
                "E": "x#y", "F": "z", "G": "", "H": "a=b=",
            ])
    }
}
