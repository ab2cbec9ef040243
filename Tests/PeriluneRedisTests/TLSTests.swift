#if TLS
    import PeriluneCore
    import PeriluneRedis
    import PeriluneTestSupport
    import Testing

    @Suite("Engine over TLS", .enabled(if: RedisServer.isInstalled))
    struct TLSTests {
        /// What most of the tests need, made once.
        private struct Site {
            let authority: CertificateAuthority
            let client: TLSConfiguration.ClientCertificate
            /// Takes every client.
            let open: TLSRedisServer
            /// Wants to see certificates.
            let strict: TLSRedisServer

            init() throws {
                authority = try CertificateAuthority()
                let server = try authority.issue("server", for: "DNS:localhost,IP:127.0.0.1")
                let files = try authority.issue("client", for: "DNS:client", keyPassword: "secret")
                client = .init(chainFile: files.certificate, keyFile: files.key, keyPassword: "secret")
                open = try TLSRedisServer.start(server, authority: authority)
                strict = try TLSRedisServer.start(server, authority: authority, wantsCertificates: true)
            }
        }

        private static let site = Result { try Site() }

        private func tlsSettings(
            _ url: String, trust authority: CertificateAuthority, timeout: Duration = .seconds(60)
        ) throws -> RedisConfiguration {
            var configuration = try settings(url, timeout: timeout)
            configuration.tls?.trustRoots = .file(authority.certificateFile)
            return configuration
        }

        /// The error of a call with a configuration that cannot work.
        private func refusal(_ configuration: RedisConfiguration) async throws -> EngineError? {
            try await withEngine(configuration) { engine in
                let error = await failure { _ = try await engine.ping() }
                #expect(error?.code == .misconfigured)
                #expect(error?.mayHaveRun == false)
                return error
            }
        }

        @Test("Scripts run on a server whose certificate comes from a trusted authority")
        func trusted() async throws {
            let site = try Self.site.get()
            for url in [site.open.url, "rediss://127.0.0.1:\(site.open.port)"] {
                try await withEngine(tlsSettings(url, trust: site.authority)) { engine in
                    #expect(try await engine.call(Scripts.echo, keys: [], arguments: ["hello"]) == .bulk("hello"))
                    _ = try await engine.ping()
                }
            }
        }

        @Test("Messages come, and commands wait, on connections of their own that are encrypted, too")
        func ownConnections() async throws {
            let site = try Self.site.get()
            try await withEngine(tlsSettings(site.open.url, trust: site.authority)) { engine in
                var messages = try await engine.subscribe(to: ["news"]).makeAsyncIterator()
                let payload = [UInt8](repeating: 7, count: 1 << 20)
                for _ in 0..<10 { try await engine.publish(.bytes(payload), to: "news") }
                for _ in 0..<10 {
                    let event = try await messages.next()
                    #expect(event == .message(RedisMessage(channel: "news", payload: payload)))
                }
                _ = try await engine.send(RedisCommand("RPUSH", ["queue", "a"]))
                let popped = try await engine.sendBlocking(RedisCommand("BLPOP", ["queue", 0]))
                #expect(popped == .array([.bulk("queue"), .bulk("a")]))
            }
            try await withEngine(settings(site.open.url)) { engine in
                let error = await failure { _ = try await engine.subscribe(to: ["news"]) }
                #expect(error?.code == .misconfigured)
            }
        }

        @Test("A server whose authority is not trusted is refused with the reason, and not as one that is down")
        func untrusted() async throws {
            let site = try Self.site.get()
            let error = try await refusal(settings(site.open.url))
            #expect(error?.message.contains("certificate verify failed: ") == true)
        }

        @Test("A server with another name is refused, unless its name is given")
        func names() async throws {
            let site = try Self.site.get()
            let server = try TLSRedisServer.start(
                site.authority.issue("elsewhere", for: "DNS:redis.example.com"), authority: site.authority)
            var configuration = try tlsSettings(server.url, trust: site.authority)
            let error = try await refusal(configuration)
            #expect(error?.message.contains("hostname mismatch") == true)
            configuration.tls?.serverName = "redis.example.com"
            try await withEngine(configuration) { _ = try await $0.ping() }
        }

        @Test("A certificate that has expired is refused, unless verification is turned off by name")
        func expired() async throws {
            let site = try Self.site.get()
            let server = try TLSRedisServer.start(
                site.authority.issue("expired", for: "DNS:localhost", .past), authority: site.authority)
            var configuration = try tlsSettings(server.url, trust: site.authority)
            let error = try await refusal(configuration)
            #expect(error?.message.contains("certificate has expired") == true)
            configuration.tls?.verification = .none
            try await withEngine(configuration) { _ = try await $0.ping() }
        }

        @Test("A server that wants a certificate lets in who shows one")
        func clientCertificate() async throws {
            let site = try Self.site.get()
            var configuration = try tlsSettings(site.strict.url, trust: site.authority)
            configuration.tls?.clientCertificate = site.client
            try await withEngine(configuration) { _ = try await $0.ping() }
        }

        @Test("A server that wants a certificate refuses who shows none, with the reason, every time")
        func noClientCertificate() async throws {
            let site = try Self.site.get()
            let configuration = try tlsSettings(site.strict.url, trust: site.authority)
            for _ in 0..<20 {
                let error = try await refusal(configuration)
                #expect(error?.message.contains("certificate required") == true, "\(String(describing: error))")
            }
        }

        @Test("A file that cannot be read is named by every call")
        func files() async throws {
            let site = try Self.site.get()
            var configuration = try settings(site.open.url)
            configuration.tls?.trustRoots = .file("/nonexistent/ca.pem")
            let error = try await refusal(configuration)
            #expect(error?.message == "TLS: /nonexistent/ca.pem: No such file or directory")
        }

        @Test("A server that answers in plain text is refused")
        func plainServer() async throws {
            let server = try FakeServer { peer in
                peer.write("-ERR unknown command\r\n")
                peer.ignoreTheRest()
            }
            let error = try await refusal(settings("rediss://127.0.0.1:\(server.port)"))
            #expect(error?.message.contains("does not speak TLS") == true)
        }

        @Test("A configuration with TLS and a Unix socket is as plain as the socket")
        func unixSocket() async throws {
            let site = try Self.site.get()
            var configuration = try settings("unix://\(site.open.server.unixSocket)")
            configuration.tls = TLSConfiguration()
            try await withEngine(configuration) { _ = try await $0.ping() }
        }

        @Test("A password and a database work as they do without TLS")
        func authentication() async throws {
            let site = try Self.site.get()
            let server = try TLSRedisServer.start(
                site.authority.issue("guarded", for: "DNS:localhost"), authority: site.authority,
                arguments: ["--requirepass", "hunter2"])
            let url = "rediss://:hunter2@localhost:\(server.port)/3"
            try await withEngine(tlsSettings(url, trust: site.authority)) { engine in
                let reply = try await engine.send(RedisCommand("CLIENT", ["INFO"]))
                #expect("\(reply)".contains("db=3"))
            }
        }

        @Test("Values of several megabytes go both ways")
        func large() async throws {
            let site = try Self.site.get()
            try await withEngine(tlsSettings(site.open.url, trust: site.authority)) { engine in
                let value = String((0..<700_000).lazy.map { "\($0 % 10)23456789" }.joined().prefix(6_000_000))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<2 {
                        group.addTask {
                            let key = RedisArgument.string("tls:large:\(number)")
                            let stored = try await engine.send(RedisCommand("SET", [key, .string(value)]))
                            #expect(stored == .status("OK"))
                            #expect(try await engine.send(RedisCommand("GET", [key])) == .bulk(value))
                            _ = try await engine.send(RedisCommand("DEL", [key]))
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        @Test("Many concurrent callers each get their own answer")
        func concurrent() async throws {
            let site = try Self.site.get()
            try await withEngine(tlsSettings(site.open.url, trust: site.authority)) { engine in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for caller in 0..<64 {
                        group.addTask {
                            for number in 0..<100 {
                                let word = RedisArgument.string("\(caller)-\(number)")
                                let reply = try await engine.call(Scripts.echo, keys: [], arguments: [word])
                                #expect(reply == .bulk("\(caller)-\(number)"))
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        @Test("A connection that is killed is replaced, and no answer reaches another caller")
        func killed() async throws {
            let site = try Self.site.get()
            let server = try TLSRedisServer.start(
                site.authority.issue("interrupted", for: "DNS:localhost"), authority: site.authority)
            try await withEngine(tlsSettings(server.url, trust: site.authority)) { engine in
                try await withEngine(settings(server.server.url)) { other in
                    for round in 0..<10 {
                        let calls = (0..<50).map { number in
                            Task {
                                let word = String(repeating: "\(number);", count: 2000)
                                do throws(EngineError) {
                                    let reply = try await engine.send(RedisCommand("ECHO", [.string(word)]))
                                    #expect(reply == .bulk(word))
                                } catch {
                                    #expect(error.code == .connectionLost)
                                    #expect(error.mayHaveRun)
                                }
                            }
                        }
                        _ = try await other.send(RedisCommand("CLIENT", ["KILL", "SKIPME", "yes"]))
                        for call in calls { await call.value }
                        // Sent again should it meet the end of the connection.
                        let echo = RedisCommand("ECHO", [.integer(round)], isRepeatable: true)
                        #expect(try await engine.send(echo) == .bulk("\(round)"))
                    }
                }
            }
        }

        @Test("A server that dies in the middle of large answers fails them, and is found again when it is back")
        func restarted() async throws {
            let site = try Self.site.get()
            let server = try TLSRedisServer.start(
                site.authority.issue("mortal", for: "DNS:localhost"), authority: site.authority)
            var configuration = try tlsSettings(server.url, trust: site.authority)
            configuration.circuitBreaker.failures = .max
            try await withEngine(configuration) { engine in
                let value = RedisArgument.string(String(repeating: "x", count: 4_000_000))
                _ = try await engine.send(RedisCommand("SET", ["large", value]))
                let answered = Locked(Set<Int>())
                let calls = (0..<8).map { number in
                    Task { () -> EngineError? in
                        do throws(EngineError) {
                            while true {
                                _ = try await engine.send(RedisCommand("GET", ["large"]))
                                answered.withLock { _ = $0.insert(number) }
                            }
                        } catch {
                            return error
                        }
                    }
                }
                // From then on more is asked for than fits into what lies between server and client.
                try await until { answered.withLock { $0.count } >= calls.count }
                server.server.pause()
                try await until { engine.metrics.inFlight >= calls.count }
                server.server.kill()
                // Those that were under way are lost; those that come later wait for the server.
                let first = await withTaskGroup(of: EngineError?.self) { group in
                    for call in calls { group.addTask { await call.value } }
                    let first = await group.next() ?? nil
                    for call in calls { call.cancel() }
                    return first
                }
                #expect(first?.code == .connectionLost)
                try server.server.resume()
                #expect(try await engine.send(RedisCommand("EXISTS", ["large"])) == .integer(0))
            }
        }
    }
#endif
