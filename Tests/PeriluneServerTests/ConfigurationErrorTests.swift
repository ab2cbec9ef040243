import Foundation
import Testing

@testable import PeriluneServer

@Suite struct ConfigurationErrorTests {
    static let environments: [([String: String], String)] = [
        (
            ["PERILUNE_PORT": "80x"],
            #"PERILUNE_PORT: "80x" is not a port; write a number from 0 to 65535, 0 for one that is free"#
        ),
        (
            ["PERILUNE_PORT": "65536"],
            #"PERILUNE_PORT: "65536" is not a port; write a number from 0 to 65535, 0 for one that is free"#
        ),
        (
            ["PERILUNE_HOST": "a b"],
            #"PERILUNE_HOST: "a b" is not a host; write an address or a name, for example 127.0.0.1 or localhost"#
        ),
        (
            ["PERILUNE_HOST": "[::1"],
            #"PERILUNE_HOST: "[::1" is not a host; write an address or a name, for example 127.0.0.1 or localhost"#
        ),
        (
            ["PERILUNE_REDIS_TIMEOUT": "1s"],
            #"PERILUNE_REDIS_TIMEOUT: "1s" is not a timeout; write milliseconds, from 1 to 60000"#
        ),
        (
            ["PERILUNE_REDIS_TIMEOUT": "0"],
            #"PERILUNE_REDIS_TIMEOUT: "0" is not a timeout; write milliseconds, from 1 to 60000"#
        ),
        (
            ["PERILUNE_LOG_LEVEL": "loud"],
            """
            PERILUNE_LOG_LEVEL: "loud" is not a log level; write one of trace, debug, info, notice, warning, error, \
            critical
            """
        ),
        (
            ["PERILUNE_NAMESPACE": "a:b"],
            #"PERILUNE_NAMESPACE: "a:b" is not a name of 1 to 64 of the characters A-Z a-z 0-9 . _ -"#
        ),
        (
            ["PERILUNE_TOKEN": "top secret"],
            "PERILUNE_TOKEN: not a token; write visible ASCII characters without spaces (the value is not shown)"
        ),
        (
            ["PERILUNE_TOKEN": "same", "PERILUNE_READ_TOKEN": "same"],
            "PERILUNE_READ_TOKEN: the same as the admin token; choose two different tokens"
        ),
        (
            ["PERILUNE_CONFIG": "/nonexistent/x.yaml"],
            #"PERILUNE_CONFIG: "/nonexistent/x.yaml" is not a file that exists; name a YAML file"#
        ),
        (
            ["PERILUNE_TOKEN_FILE": "/nonexistent/token"],
            """
            PERILUNE_TOKEN_FILE: "/nonexistent/token" is not a file that exists; name a file that holds the token and \
            nothing else
            """
        ),
        (
            ["PERILUNE_RATE_LIMIT_POLICIES_API_LIMITS": "60/fortnight"],
            """
            PERILUNE_RATE_LIMIT_POLICIES_API_LIMITS: "60/fortnight" is not a limit; write for example 60/min, 1000/h or \
            5/10s
            """
        ),
        (
            ["PERILUNE_RATE_LIMIT_POLICIES_API_BURST": "5"],
            "rate_limit.policies.api: no limits; write for example limits: [60/min, 1000/h]"
        ),
        (
            ["PERILUNE_PORT": "1\n2\u{1B}[31m"],
            #"PERILUNE_PORT: "1 2 [31m" is not a port; write a number from 0 to 65535, 0 for one that is free"#
        ),
    ]

    @Test(arguments: environments)
    func environment(variables: [String: String], line: String) throws {
        let directory = try ConfigurationDirectory()
        let error = #expect(throws: ConfigurationError.self) { try directory.load(variables) }
        #expect(error?.description == line)
    }

    static let files: [(String, String)] = [
        (
            "port: eighty",
            #"port in perilune.yaml: "eighty" is not a port; write a number from 0 to 65535, 0 for one that is free"#
        ),
        (
            "host: a\nprot: 1",
            """
            prot in perilune.yaml line 2: not a setting; wanted are host, port, redis_url, redis_timeout, token, \
            token_file, read_token, namespace, log_level, rate_limit, sessions, cache
            """
        ),
        (
            "rate_limit:\n  policies:\n    api:\n      limit: 60/min",
            "rate_limit.policies.api.limit in perilune.yaml line 4: not a setting; wanted are algorithm, limits, burst"
        ),
        ("rate_limit: {policy: x}", "rate_limit.policy in perilune.yaml line 1: not a setting; wanted are policies"),
        (
            "rate_limit: {policies: [api]}",
            "rate_limit.policies in perilune.yaml line 1: not a mapping of keys to values; wanted are names of policies"
        ),
        (
            "- a",
            """
            perilune.yaml line 1: not a mapping of keys to values; wanted are host, port, redis_url, redis_timeout, \
            token, token_file, read_token, namespace, log_level, rate_limit, sessions, cache
            """
        ),
        ("port: [1, 2]", "port in perilune.yaml line 1: not a single value"),
        (
            "rate_limit: {policies: {a: {limits: [{x: 1}]}}}",
            "rate_limit.policies.a.limits in perilune.yaml line 1: an element that is not a single value"
        ),
        (
            "rate_limit: {policies: {a: {limits: {x: 1}}}}",
            "rate_limit.policies.a.limits in perilune.yaml line 1: not a single value or a list of values"
        ),
        (
            "rate_limit: {policies: {a: {limits: 0/min}}}",
            "rate_limit.policies.a.limits in perilune.yaml: 0 is not a quota that can be counted here; it must be from 1 to 1000000000"
        ),
        (
            "rate_limit: {policies: {a: {limits: 5/min, burst: lots}}}",
            """
            rate_limit.policies.a.burst in perilune.yaml: "lots" is not a burst; write how many calls may come within a \
            second, at least 1
            """
        ),
        (
            "rate_limit: {policies: {a: {limits: 5/min, algorithm: leaky}}}",
            """
            rate_limit.policies.a.algorithm in perilune.yaml: "leaky" is not an algorithm; write one of token-bucket, \
            fixed-window, sliding-window
            """
        ),
        (
            "rate_limit: {policies: {a: {limits: 5/min, burst: 2, algorithm: fixed-window}}}",
            "rate_limit.policies.a: several limits in one policy need the token-bucket algorithm"
        ),
        (
            "rate_limit: {policies: {\"a b\": {limits: 5/min}}}",
            "rate_limit.policies.a b: \"a b\" is not a name of 1 to 64 of the characters A-Z a-z 0-9 . _ -"
        ),
        ("a: [", "perilune.yaml: line 2, column 1: not YAML: did not find expected node content"),
        ("port: 1\nport: 2", "perilune.yaml: line 1, column 1: port more than once"),
    ]

    @Test(arguments: files)
    func file(yaml: String, line: String) throws {
        let directory = try ConfigurationDirectory(yaml: yaml)
        let error = #expect(throws: ConfigurationError.self) { try directory.load() }
        #expect(error?.description == line)
    }

    @Test(arguments: [
        ("PERILUNE_PORT 80", ".env line 1: not of the form NAME=value"),
        ("A=1\n\nexport PERILUNE_PORT: 80", ".env line 3: not of the form NAME=value"),
        ("PERILUNE_TOKEN=\"secret", ".env line 1: the value has no closing quote, or text after it"),
        ("REDIS_URL='secret' more", ".env line 1: the value has no closing quote, or text after it"),
        (
            "PERILUNE_PORT=x",
            "PERILUNE_PORT in .env: \"x\" is not a port; write a number from 0 to 65535, 0 for one that is free"
        ),
    ])
    func envFile(text: String, line: String) throws {
        let directory = try ConfigurationDirectory(env: text)
        let error = #expect(throws: ConfigurationError.self) { try directory.load() }
        #expect(error?.description == line)
    }

    @Test func flagsAreNamedAsTyped() throws {
        let directory = try ConfigurationDirectory()
        let error = #expect(throws: ConfigurationError.self) { try directory.load { $0.port = "-1" } }
        #expect(error?.description.hasPrefix("--port: \"-1\" is not a port; ") == true)
    }

    @Test func filesThatCannotBeRead() throws {
        let directory = try ConfigurationDirectory()
        let error = #expect(throws: ConfigurationError.self) { try directory.load { $0.config = directory.path } }
        #expect(error?.description == "\(directory.path): cannot be read: Is a directory")
        let endless = #expect(throws: ConfigurationError.self) { try directory.load { $0.config = "/dev/zero" } }
        #expect(endless?.description == "/dev/zero: longer than a mebibyte")
        let binary = directory.path + "/binary"
        try Data([0xFF, 0xFE, 0x00]).write(to: URL(fileURLWithPath: binary))
        let text = #expect(throws: ConfigurationError.self) { try directory.load { $0.config = binary } }
        #expect(text?.description == "\(binary): not UTF-8 text")
    }

    @Test func secretsStayOutOfDescriptions() throws {
        let environment = ["REDIS_URL": "redis://:hunter2@localhost", "PERILUNE_TOKEN": "hunter2"]
        for environment in [environment, [:]] {
            let configuration = try ConfigurationDirectory().load(environment)
            var text = "\(configuration) \(String(reflecting: configuration))"
            dump(configuration, to: &text)
            #expect(!text.contains("hunter2"))
            if case .generated(let token) = configuration.tokenSource { #expect(!text.contains(token)) }
        }
    }

    @Test func secretsStayOutOfErrors() throws {
        for yaml in ["token: [hunter2]", "token: hun ter2", "read_token: hun\tter2", "token: {hunter2: hunter2}"] {
            let directory = try ConfigurationDirectory(yaml: yaml)
            let error = #expect(throws: ConfigurationError.self) { try directory.load() }
            #expect(error?.description.contains("ter2") == false, "\(yaml)")
        }
        let directory = try ConfigurationDirectory()
        let file = try directory.write("hunter2 hunter3", to: "token")
        let error = #expect(throws: ConfigurationError.self) { try directory.load { $0.tokenFile = file } }
        #expect(error?.description.contains("hunter") == false)
    }
}
