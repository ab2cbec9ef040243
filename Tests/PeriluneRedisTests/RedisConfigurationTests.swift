import PeriluneRedis
import Testing

@Suite("Redis URLs")
struct RedisConfigurationTests {
    @Test(
        "A URL names host, port and database",
        arguments: [
            ("redis://localhost", RedisConfiguration.Endpoint.tcp(host: "localhost", port: 6379), 0),
            ("redis://localhost/", .tcp(host: "localhost", port: 6379), 0),
            ("REDIS://10.0.0.1:7000/3", .tcp(host: "10.0.0.1", port: 7000), 3),
            ("redis://[::1]:7000", .tcp(host: "::1", port: 7000), 0),
            ("redis://[fe80::1%eth0]/2", .tcp(host: "fe80::1%eth0", port: 6379), 2),
            ("unix:///run/redis.sock", .unixSocket(path: "/run/redis.sock"), 0),
            ("unix:///run/a%20b%3f.sock?db=5", .unixSocket(path: "/run/a b?.sock"), 5),
        ])
    func endpoints(url: String, endpoint: RedisConfiguration.Endpoint, database: Int) throws {
        let configuration = try RedisConfiguration(url: url)
        #expect(configuration.servers == .standalone(endpoint))
        #expect(configuration.database == database)
        #expect(configuration.username == nil)
        #expect(configuration.password == nil)
    }

    @Test(
        "A URL names sentinels and their service",
        arguments: [
            ("redis+sentinel://a/main", [.tcp(host: "a", port: 26379)], "main", 0),
            (
                "redis+sentinel://a:1,b,[::1]:3/my%2Fmain/2",
                [.tcp(host: "a", port: 1), .tcp(host: "b", port: 26379), .tcp(host: "::1", port: 3)], "my/main", 2
            ),
            ("Redis+Sentinel://a/main/", [.tcp(host: "a", port: 26379)], "main", 0),
        ] as [(String, [RedisConfiguration.Endpoint], String, Int)])
    func sentinels(url: String, endpoints: [RedisConfiguration.Endpoint], service: String, database: Int) throws {
        let configuration = try RedisConfiguration(url: url)
        #expect(configuration.servers == .sentinel(endpoints, service: service))
        #expect(configuration.database == database)
    }

    @Test(
        "A URL names nodes of a cluster",
        arguments: [
            ("redis+cluster://a", [.tcp(host: "a", port: 6379)]),
            ("redis+cluster://a:1,b/", [.tcp(host: "a", port: 1), .tcp(host: "b", port: 6379)]),
            ("redis+cluster://[::1]:1,b:2/0", [.tcp(host: "::1", port: 1), .tcp(host: "b", port: 2)]),
        ] as [(String, [RedisConfiguration.Endpoint])])
    func clusters(url: String, endpoints: [RedisConfiguration.Endpoint]) throws {
        #expect(try RedisConfiguration(url: url).servers == .cluster(endpoints))
    }

    @Test(
        "User and password are percent-decoded",
        arguments: [
            ("redis://:secret@h", nil, "secret"),
            ("redis://ann:secret@h:1/2", "ann", "secret"),
            ("redis://ann:p%40ss%3A%2F%25@h", "ann", "p@ss:/%"),
            ("redis://ann:a:b@h", "ann", "a:b"),
            ("redis://ann:a@b@h", "ann", "a@b"),
            ("unix://:secret@/run/s", nil, "secret"),
            ("redis+sentinel://:secret@h,i/main", nil, "secret"),
            ("redis+cluster://ann:a@b@h:1,i", "ann", "a@b"),
        ] as [(String, String?, String)])
    func credentials(url: String, username: String?, password: String) throws {
        let configuration = try RedisConfiguration(url: url)
        #expect(configuration.username == username)
        #expect(configuration.password == password)
    }

    @Test(
        "A wrong URL is refused with the value and what would be right",
        arguments: [
            ("localhost:6379", "not a URL"),
            ("", "not a URL"),
            ("http://localhost", "not a scheme for Redis"),
            ("redis://", "no host"),
            ("redis://:6379", "no host"),
            ("redis://h:0", "not a port"),
            ("redis://h:65536", "not a port"),
            ("redis://h:+80", "not a port"),
            ("redis://h:", "not a port"),
            ("redis://::1", "no host"),
            ("redis://fe80::1", "brackets"),
            ("redis://[::1", "no ]"),
            ("redis://[::1]x", "not host:port"),
            ("redis://h/x", "not a database"),
            ("redis://h/-1", "not a database"),
            ("redis://h/1/2", "not a database"),
            ("redis://h?db=1", "options"),
            ("redis://ann@h", "user without a password"),
            ("redis://ann:@h", "password is empty"),
            ("redis://ann:%4@h", "hexadecimal"),
            ("redis://ann:%FF@h", "not UTF-8"),
            ("unix://run/redis.sock", "absolute path"),
            ("unix://", "absolute path"),
            ("unix:///s?database=1", "not an option"),
            ("unix:///s?db=x", "not a database"),
            ("redis+sentinel://localhost", "no service"),
            ("redis+sentinel://localhost//0", "no service"),
            ("redis+sentinel://localhost/a%0Ab", "no service"),
            ("redis+sentinel:///main", "no host"),
            ("redis+sentinel://a,,b/main", "no host"),
            ("redis+sentinel://a,/main", "no host"),
            ("redis+sentinel://a:0/main", "not a port"),
            ("redis+sentinel://a/main/x", "not a database"),
            ("redis+sentinel://a/main/1/2", "not a database"),
            ("redis+sentinel://a/main?db=1", "options"),
            ("redis+sentinel://a/%4/1", "hexadecimal"),
            ("redis+cluster://", "no host"),
            ("redis+cluster://a,:1", "no host"),
            ("redis+cluster://a:1,b:x", "not a port"),
            ("redis+cluster://a/1", "no databases but 0"),
            ("redis+cluster://a#1", "options"),
        ])
    func refused(url: String, reason: String) {
        let error = #expect(throws: RedisConfigurationError.self) { try RedisConfiguration(url: url) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    @Test(
        "No message and no description shows a password",
        arguments: [
            "redis://ann:hunter2@h", "redis://ann:hunter2@", "redis://ann:hunter2@h:x", "redis://ann:hunter2@h/x",
            "rediss://ann:hunter2@h", "http://ann:hunter2@h", "ann:hunter2@h", "redis://ann:hunter2%@h",
            "redis://ann:hunter2/x@h", "redis://ann:x/hunter2@h", "redis://ann:hunter2@h?x", "unix://a:hunter2@run",
            "redis://ann:hunter2/@h:1", "redis://a:hunter2@[::1", "redis://hunter2@h", "redis://a:b?hunter2@h:x",
            "redis://a:b#hunter2@h:x", "unix://a:b/hunter2@/run", "redis://hunter2:x@h:y", "redis://u:12/hunter2",
            "redis://h?password=hunter2", "redis://u:hun?hunter2", "redis://u:1#hunter2", "unix://:hunter2/path",
            "unix://hunter2", "unix:///s?password=hunter2", "unix:///s?hunter2@", "unix:///s?:hunter2",
            "unix://u:hunter2",
            "u:hunter2://h", "redis://u:hunter2/0", "redis+sentinel://:hunter2@a,b/main", "redis+sentinel://hunter2",
            "redis+sentinel://u:hunter2,b/main", "redis+sentinel://a,u:hunter2/main", "redis+sentinel://u:hunter2@a",
            "redis+sentinel://u:1/main/hunter2", "redis+sentinel://u:1?hunter2", "redis+sentinel://u:hunter2@a,b:x/m",
            "redis+cluster://:hunter2@a,b", "redis+cluster://u:hunter2,b", "redis+cluster://u:1,b:hunter2",
            "redis+cluster://u:1/hunter2", "redis+cluster://u:hunter2@a/1", "redis+cluster://u:1#hunter2",
        ])
    func secrecy(url: String) {
        do {
            let configuration = try RedisConfiguration(url: url)
            #expect(!"\(configuration)".contains("hunter2"))
            #expect(!String(reflecting: configuration).contains("hunter2"))
            var dumped = ""
            dump(configuration, to: &dumped)
            #expect(!dumped.contains("hunter2"))
        } catch {
            #expect(!"\(error)".contains("hunter2"))
        }
    }

    @Test(
        "No message shows a password that has lost its @",
        arguments: [
            ("redis://:hunter2", "redis://…", "no host"), ("redis://user:hunter2", "redis://…", "not a port"),
            ("redis://:hunter2%40host:6379", "redis://…", "no host"),
            ("redis://user:hunter2:6379", "redis://…", "not host:port"),
            ("redis://[::1]:hunter2", "redis://…", "not a port"), ("redis://[user:hunter2", "redis://…", "no ]"),
            ("redis://[::1]hunter2", "redis://…", "not host:port"),
        ])
    func lostAt(url: String, value: String, reason: String) {
        let error = #expect(throws: RedisConfigurationError.self) { try RedisConfiguration(url: url) }
        #expect(error?.value == value)
        #expect(error?.reason.hasPrefix(reason) == true)
        #expect(error?.reason.contains("a password needs @ after it") == true)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test("What is shown of a wrong URL is no secret")
    func shown() {
        for (url, value) in [
            ("redis://h:65536", "65536"), ("redis://h/x", "x"), ("redis://ann:secret@h:x", "x"),
            ("redis://ann:secret@h:1/x", "x"), ("unix:///s?database=1", "database"), ("unix:///s?db=x", "x"),
            ("http://h", "http://"), ("unix:///a%00?x", "unix:///a%00"),
        ] {
            let error = #expect(throws: RedisConfigurationError.self) { try RedisConfiguration(url: url) }
            #expect(error?.value == value)
        }
    }

    @Test("The description is a URL of the same server")
    func description() throws {
        for url in [
            "redis://h:1/2", "redis://[::1]:6379/0", "unix:///run/s?db=3", "redis+sentinel://a:1,[::1]:2/main/3",
            "redis+cluster://a:1,[::1]:2",
        ] {
            #expect(try RedisConfiguration(url: url).description == url)
        }
    }

    #if TLS
        @Test("A rediss URL is a redis URL with TLS that verifies")
        func tls() throws {
            let configuration = try RedisConfiguration(url: "rediss://ann:hunter2@h:6380/2")
            #expect(configuration.servers == .standalone(.tcp(host: "h", port: 6380)))
            #expect(configuration.username == "ann")
            #expect(configuration.password == "hunter2")
            #expect(configuration.database == 2)
            #expect(configuration.tls?.verification == .full)
            #expect(configuration.tls?.trustRoots == .system)
            #expect(configuration.description == "rediss://h:6380/2")
            #expect(try RedisConfiguration(url: "rediss://[::1]").description == "rediss://[::1]:6379/0")
            #expect(try RedisConfiguration(url: "redis://h").tls == nil)
            for url in ["rediss+sentinel://a:1,b:2/main/0", "rediss+cluster://a:1,b:2"] {
                let several = try RedisConfiguration(url: url)
                #expect(several.tls?.verification == .full)
                #expect(several.description == url)
            }
        }

        @Test("The password of a client's key is not shown")
        func keyPassword() throws {
            let certificate = TLSConfiguration.ClientCertificate(
                chainFile: "/c.pem", keyFile: "/c.key", keyPassword: "hunter2")
            let configuration = TLSConfiguration(clientCertificate: certificate)
            var text = "\(configuration) \(certificate) \(String(reflecting: certificate))"
            dump(configuration, to: &text)
            #expect(text.contains("/c.key"))
            #expect(!text.contains("hunter2"))
        }
    #else
        @Test("Without the trait TLS a rediss URL is refused, and the trait is named")
        func noTLS() {
            for scheme in ["rediss", "rediss+sentinel", "rediss+cluster"] {
                let error = #expect(throws: RedisConfigurationError.self) {
                    try RedisConfiguration(url: "\(scheme)://ann:hunter2@h/main")
                }
                #expect(error?.value == "\(scheme)://")
                #expect(error?.reason.contains("trait TLS") == true)
            }
        }
    #endif
}
