#if TLS
    /// A redis-server that speaks TLS on a port of its own, besides its plain one.
    package struct TLSRedisServer: Sendable {
        package let server: RedisServer
        /// The loopback port that speaks TLS.
        package let port: Int
        /// The URL of the port, for a certificate that is issued for `localhost`.
        package var url: String { "rediss://localhost:\(port)" }

        /// Starts a server and waits until it answers.
        ///
        /// - Parameters:
        ///   - files: What the server shows. They must stay.
        ///   - authority: From which the clients' certificates must come.
        ///   - wantsCertificates: Whether clients must show one.
        package static func start(
            _ files: CertificateAuthority.Files, authority: CertificateAuthority, wantsCertificates: Bool = false,
            arguments: [String] = []
        ) throws -> TLSRedisServer {
            let settings =
                [
                    "--tls-cert-file", files.certificate, "--tls-key-file", files.key,
                    "--tls-ca-cert-file", authority.certificateFile,
                    "--tls-auth-clients", wantsCertificates ? "yes" : "no",
                ] + arguments
            var lastError: any Error = RedisServer.StartError(description: "no free port")
            // Somebody else may take the port between the search and the start.
            for _ in 0..<4 {
                do {
                    let port = try Loopback.freePort()
                    let server = try RedisServer.start(arguments: ["--tls-port", String(port)] + settings)
                    return TLSRedisServer(server: server, port: port)
                } catch {
                    lastError = error
                }
            }
            throw lastError
        }
    }
#endif
