#if TLS
    import PeriluneIO
    import PeriluneTestSupport
    import Testing

    @Suite("TLS sessions in memory")
    struct TLSSessionTests {
        private let authority: CertificateAuthority

        init() throws { authority = try CertificateAuthority() }

        private func makeSession(
            to host: String = "localhost", trust: TLSContext.Trust? = nil, certificate: TLSContext.Certificate? = nil,
            serverName: String? = nil
        ) throws -> TLSSession {
            let context = try TLSContext(
                trust: trust ?? .file(authority.certificateFile), certificate: certificate, serverName: serverName)
            return try TLSSession(context, host: host)
        }

        private func makePeer(
            _ names: String = "DNS:localhost", _ validity: CertificateAuthority.Validity = .now, isOld: Bool = false
        ) throws -> TLSPeer {
            try TLSPeer(authority.issue("server", for: names, validity), isOld: isOld)
        }

        /// Carries what travels to and fro until nothing moves any more.
        ///
        /// - Parameter step: The most bytes carried at once.
        private func carry(_ session: TLSSession, _ peer: TLSPeer, step: Int = .max) {
            while true {
                let output = Array(session.output.prefix(step))
                session.sent(output.count)
                peer.receive(output)
                let space = session.inputSpace
                let input = peer.takeOutput(atMost: min(step, space.count))
                space.copyBytes(from: input)
                session.received(input.count)
                if output.isEmpty, input.isEmpty { return }
            }
        }

        /// Goes on with the handshake until it is over.
        private func shakeHands(_ session: TLSSession, _ peer: TLSPeer, step: Int = .max) throws {
            var rounds = 0
            while try !session.handshake() {
                carry(session, peer, step: step)
                rounds += 1
                try #require(rounds < 100)
            }
            carry(session, peer, step: step)
        }

        /// The error that a handshake is expected to end in.
        private func refusal(_ session: TLSSession, _ peer: TLSPeer) -> SystemError? {
            let error = #expect(throws: SystemError.self) { try shakeHands(session, peer) }
            carry(session, peer)
            return error
        }

        private func write(_ bytes: [UInt8], to session: TLSSession) -> Socket.Outcome {
            bytes.withUnsafeBytes { session.write($0) }
        }

        /// Reads once.
        private func read(_ session: TLSSession, atMost limit: Int = 1 << 16) -> (Socket.Outcome, [UInt8]) {
            var bytes = [UInt8](repeating: 0, count: limit)
            let outcome = bytes.withUnsafeMutableBytes { session.read(into: $0) }
            guard case .bytes(let count) = outcome else { return (outcome, []) }
            return (outcome, Array(bytes.prefix(count)))
        }

        @Test("What one side writes the other reads, however it is cut", arguments: [1, 7, .max], [false, true])
        func exchange(step: Int, isOld: Bool) throws {
            let (session, peer) = try (makeSession(), makePeer(isOld: isOld))
            try shakeHands(session, peer, step: step)
            #expect(peer.requestedName == "localhost")
            #expect(write(Array("question".utf8), to: session) == .bytes(8))
            carry(session, peer, step: step)
            #expect(peer.received == Array("question".utf8))
            peer.write("answer".utf8)
            carry(session, peer, step: step)
            #expect(read(session).1 == Array("answer".utf8))
            #expect(read(session).0 == .wouldBlock)
            #expect(!session.holdsInput)
        }

        @Test("Megabytes go both ways through buffers of a fixed size")
        func large() throws {
            let (session, peer) = try (makeSession(), makePeer())
            try shakeHands(session, peer)
            let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            var taken = 0
            var waits = 0
            while taken < bytes.count {
                switch write(Array(bytes[taken...]), to: session) {
                case .bytes(let count):
                    taken += count
                case .wouldBlock:
                    waits += 1
                    carry(session, peer)
                case let outcome:
                    Issue.record("\(outcome)")
                    return
                }
            }
            carry(session, peer)
            #expect(peer.received == bytes)
            #expect(waits > 10)

            peer.write(bytes)
            var received: [UInt8] = []
            while received.count < bytes.count {
                carry(session, peer)
                let (outcome, part) = read(session, atMost: 50_000)
                guard !part.isEmpty else {
                    Issue.record("\(outcome)")
                    return
                }
                received += part
            }
            #expect(received == bytes)
        }

        @Test("What does not fit the caller's memory is held, and said to be")
        func held() throws {
            let (session, peer) = try (makeSession(), makePeer())
            try shakeHands(session, peer)
            _ = read(session)
            peer.write("0123456789".utf8)
            carry(session, peer)
            #expect(read(session, atMost: 4).1 == Array("0123".utf8))
            #expect(session.holdsInput)
            #expect(read(session, atMost: 100).1 == Array("456789".utf8))
            #expect(!session.holdsInput)
        }

        @Test("The peer's end comes after its last bytes, and ours reaches the peer")
        func end() throws {
            let (session, peer) = try (makeSession(), makePeer())
            try shakeHands(session, peer)
            peer.write("last".utf8)
            peer.close()
            carry(session, peer)
            #expect(read(session).1 == Array("last".utf8))
            #expect(session.holdsInput)
            #expect(read(session).0 == .endOfFile)
            #expect(read(session).0 == .endOfFile)
            session.close()
            carry(session, peer)
            #expect(peer.isClosed)
        }

        @Test(
            "A certificate of this server is accepted",
            arguments: [
                ("localhost", "DNS:localhost"), ("LocalHost.", "DNS:localhost"), ("a.example.com", "DNS:*.example.com"),
                ("127.0.0.1", "IP:127.0.0.1"), ("::1", "IP:::1"), ("fe80::1%eth0", "IP:fe80::1"),
            ])
        func accepted(host: String, names: String) throws {
            try shakeHands(makeSession(to: host), makePeer(names))
        }

        @Test(
            "A certificate of another server is refused",
            arguments: [
                ("other", "DNS:localhost", "hostname mismatch"), ("server", "DNS:localhost", "hostname mismatch"),
                ("a.b.example.com", "DNS:*.example.com", "hostname mismatch"),
                ("127.0.0.1", "DNS:127.0.0.1", "IP address mismatch"),
                ("127.0.0.2", "IP:127.0.0.1", "IP address mismatch"),
            ])
        func mismatch(host: String, names: String, reason: String) throws {
            let peer = try makePeer(names)
            let error = refusal(try makeSession(to: host), peer)
            #expect(error?.description == "TLS: certificate verify failed: \(reason)")
            #expect(error?.isLasting == true)
            // The server is told why.
            #expect(peer.failure != nil)
        }

        @Test("The name that the certificate must bear can be another than the host's")
        func serverName() throws {
            let (session, peer) = try (makeSession(to: "10.0.0.1", serverName: "localhost"), makePeer())
            try shakeHands(session, peer)
            #expect(peer.requestedName == "localhost")
            #expect(refusal(try makeSession(serverName: "other"), try makePeer()) != nil)
        }

        @Test(
            "A host without a name is refused before anything is sent", arguments: ["", ".", "localhost\0.example.com"])
        func noName(host: String) throws {
            let error = #expect(throws: SystemError.self) { try makeSession(to: host) }
            #expect(error?.isLasting == true)
        }

        @Test("A certificate that is not valid today is refused")
        func dates() throws {
            let expired = refusal(try makeSession(), try makePeer("DNS:localhost", .past))
            #expect(expired?.description == "TLS: certificate verify failed: certificate has expired")
            let early = refusal(try makeSession(), try makePeer("DNS:localhost", .future))
            #expect(early?.description == "TLS: certificate verify failed: certificate is not yet valid")
        }

        @Test("A certificate of an unknown authority is refused, unless none is looked at")
        func authorities() throws {
            let stranger = try CertificateAuthority(name: "Stranger")
            let error = refusal(try makeSession(trust: .file(stranger.certificateFile)), try makePeer())
            #expect(
                error?.reason.hasPrefix("certificate verify failed: unable to get local issuer certificate") == true)
            #expect(error?.isLasting == true)
            #expect(refusal(try makeSession(trust: .system), try makePeer()) != nil)
            let unchecked = try TLSSession(TLSContext(trust: nil), host: "other")
            try shakeHands(unchecked, makePeer("DNS:localhost", .past))
        }

        @Test("A client without the certificate that the server wants hears so", arguments: [false, true])
        func clientCertificates(isOld: Bool) throws {
            let files = try authority.issue("server", for: "DNS:localhost")
            let client = try authority.issue("client", for: "DNS:client", keyPassword: "hunter2")
            let certificate = TLSContext.Certificate(
                chainFile: client.certificate, keyFile: client.key, keyPassword: "hunter2")
            let known = try makeSession(certificate: certificate)
            let welcoming = try TLSPeer(files, clientAuthority: authority.certificateFile, isOld: isOld)
            try shakeHands(known, welcoming)
            #expect(welcoming.failure == nil)
            #expect(read(known).0 == .wouldBlock)

            let unknown = try makeSession()
            let strict = try TLSPeer(files, clientAuthority: authority.certificateFile, isOld: isOld)
            var error: SystemError?
            do {
                // In TLS 1.3 the server answers when for the client the handshake is over.
                try shakeHands(unknown, strict)
                if case .failed(let failure) = read(unknown).0 { error = failure }
            } catch let failure as SystemError {
                error = failure
            }
            #expect(error?.reason.hasPrefix("the server refuses: ") == true, "\(String(describing: error))")
            #expect(error?.isLasting == true)
        }

        @Test("A server that does not speak TLS is told from one that does")
        func plainServer() throws {
            let session = try makeSession()
            _ = try session.handshake()
            let answer = Array("-ERR unknown command\r\n".utf8)
            session.inputSpace.copyBytes(from: answer)
            session.received(answer.count)
            let error = #expect(throws: SystemError.self) { try session.handshake() }
            #expect(error?.reason.hasPrefix("the server does not speak TLS") == true)
            #expect(error?.isLasting == true)
        }

        @Test("A record that was changed on its way breaks the session for good")
        func tampered() throws {
            let (session, peer) = try (makeSession(), makePeer())
            try shakeHands(session, peer)
            _ = read(session)
            peer.write("answer".utf8)
            var bytes = peer.takeOutput()
            bytes[bytes.count - 1] ^= 1
            session.inputSpace.copyBytes(from: bytes)
            session.received(bytes.count)
            for _ in 0..<2 {
                guard case .failed(let error) = read(session).0 else {
                    Issue.record("a changed record was read")
                    return
                }
                #expect(!error.isLasting)
                #expect(error.reason == "decryption failed or bad record mac")
            }
            guard case .failed = write([1], to: session) else {
                Issue.record("a broken session takes bytes")
                return
            }
        }

        @Test("Files that cannot be used are named")
        func files() throws {
            let (client, other) = try (
                authority.issue("client", for: "DNS:c", keyPassword: "right"), authority.issue("other", for: "DNS:o")
            )
            let trust = TLSContext.Trust.file(authority.certificateFile)
            func reason(_ trust: TLSContext.Trust, _ certificate: TLSContext.Certificate? = nil) -> String? {
                let error = #expect(throws: SystemError.self) { try TLSContext(trust: trust, certificate: certificate) }
                #expect(error?.isLasting == true)
                return error?.reason
            }
            func certificate(_ chain: String, _ key: String, _ password: String? = nil) -> TLSContext.Certificate {
                TLSContext.Certificate(chainFile: chain, keyFile: key, keyPassword: password)
            }
            #expect(reason(.file("/nonexistent")) == "/nonexistent: No such file or directory")
            #expect(reason(.directory("/nonexistent")) == "/nonexistent: No such file or directory")
            #expect(reason(.file(client.key))?.hasPrefix("\(client.key): ") == true)
            #expect(reason(trust, certificate("/nonexistent", client.key)) == "/nonexistent: No such file or directory")
            #expect(
                reason(trust, certificate(client.certificate, "/nonexistent"))
                    == "/nonexistent: No such file or directory")
            #expect(
                reason(trust, certificate(client.certificate, other.key))?.hasPrefix(
                    "\(other.key): key values mismatch")
                    == true)
            // Nobody is asked for a password at the terminal.
            for password in [nil, "wrong", String(repeating: "x", count: 5000)] {
                let text = reason(trust, certificate(client.certificate, client.key, password))
                #expect(text?.hasPrefix("\(client.key): ") == true)
                #expect(text?.contains("wrong") == false)
            }
            _ = try TLSContext(trust: trust, certificate: certificate(client.certificate, client.key, "right"))
        }
    }
#endif
