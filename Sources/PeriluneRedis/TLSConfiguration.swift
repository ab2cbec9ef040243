#if TLS
    import PeriluneIO

    /// How connections are encrypted: whom to trust, and how to show who we are.
    ///
    /// TLS 1.2 is the oldest version spoken. A server's certificate must come from ``trustRoots``, be valid today, and
    /// bear the name or the address that is connected to among its alternative names.
    ///
    /// ```swift
    /// var configuration = try RedisConfiguration(url: "rediss://redis.example.com:6380")
    /// configuration.tls?.trustRoots = .file("/etc/redis/ca.pem")
    /// configuration.tls?.clientCertificate = .init(
    ///     chainFile: "/etc/service/client.pem", keyFile: "/etc/service/client.key")
    /// ```
    ///
    /// The files are read once, when the engine is made. What is wrong with them is the error of every call, as
    /// ``EngineError/Code/misconfigured``; so is a certificate that one side refuses.
    public struct TLSConfiguration: Sendable {
        /// The certificates from which a server's must come.
        public enum TrustRoots: Sendable, Hashable {
            /// Those that the system's OpenSSL trusts, or those that the environment variables `SSL_CERT_FILE` and
            /// `SSL_CERT_DIR` name.
            case system
            /// Those in a PEM file, and no others.
            case file(String)
            /// Those in a directory, each in a PEM file named by its hash, as `openssl rehash` does.
            case directory(String)
        }

        /// What is asked of a server's certificate.
        public enum Verification: Sendable, Hashable {
            /// That it is valid, comes from the trust roots, and is this server's.
            case full
            /// Nothing. Whoever can reach into the network can read and change everything.
            case none
        }

        /// What the client shows to a server that asks who it is.
        public struct ClientCertificate: Sendable {
            /// A PEM file with the certificate, followed by those between it and the root.
            public var chainFile: String
            /// A PEM file with the certificate's private key.
            public var keyFile: String
            /// What the key is encrypted with; `nil` when it is not.
            public var keyPassword: String?

            /// Names the files.
            public init(chainFile: String, keyFile: String, keyPassword: String? = nil) {
                self.chainFile = chainFile
                self.keyFile = keyFile
                self.keyPassword = keyPassword
            }
        }

        /// The certificates from which the server's must come.
        public var trustRoots: TrustRoots
        /// What is asked of the server's certificate.
        public var verification: Verification
        /// What the client shows to a server that asks who it is.
        public var clientCertificate: ClientCertificate?
        /// The name, or the address, that the server's certificate must bear; `nil` stands for the host that is connected
        /// to.
        public var serverName: String?

        /// Creates a configuration.
        public init(
            trustRoots: TrustRoots = .system, verification: Verification = .full,
            clientCertificate: ClientCertificate? = nil, serverName: String? = nil
        ) {
            self.trustRoots = trustRoots
            self.verification = verification
            self.clientCertificate = clientCertificate
            self.serverName = serverName
        }

        /// Reads the files.
        func makeContext() throws(SystemError) -> TLSContext {
            let trust: TLSContext.Trust? =
                switch (verification, trustRoots) {
                case (.none, _): nil
                case (.full, .system): .system
                case (.full, .file(let path)): .file(path)
                case (.full, .directory(let path)): .directory(path)
                }
            return try TLSContext(
                trust: trust,
                certificate: clientCertificate.map {
                    TLSContext.Certificate(
                        chainFile: $0.chainFile, keyFile: $0.keyFile, keyPassword: $0.keyPassword)
                },
                serverName: serverName)
        }
    }

    // The synthesized texts would show the password.
    extension TLSConfiguration.ClientCertificate: CustomStringConvertible, CustomDebugStringConvertible,
        CustomReflectable
    {
        /// The names of the files; never the password.
        public var description: String { "\(chainFile), \(keyFile)" }

        public var debugDescription: String { description }

        public var customMirror: Mirror { Mirror(self, children: ["chainFile": chainFile, "keyFile": keyFile]) }
    }
#endif
