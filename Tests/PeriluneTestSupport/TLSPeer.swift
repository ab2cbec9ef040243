#if TLS
    import COpenSSL

    /// The server's end of a TLS connection, without a socket.
    package final class TLSPeer {
        private let context: OpaquePointer
        private let ssl: OpaquePointer
        private let input: OpaquePointer
        private let outbox: OpaquePointer

        /// The plaintext that has come.
        package private(set) var received: [UInt8] = []
        /// Whether the client has said that nothing more comes.
        package private(set) var isClosed = false
        /// The error that ended it, in OpenSSL's words.
        package private(set) var failure: String?

        /// - Parameters:
        ///   - clientAuthority: The file of the authority from which the client's certificate must come; `nil` asks for
        ///     none.
        ///   - isOld: Whether it speaks TLS 1.2 at most.
        package init(
            _ files: CertificateAuthority.Files, clientAuthority: String? = nil, isOld: Bool = false
        ) throws {
            guard let context = SSL_CTX_new(TLS_server_method()),
                let ssl = Self.session(context, files, clientAuthority),
                let input = BIO_new(BIO_s_mem()), let outbox = BIO_new(BIO_s_mem())
            else { throw CertificateAuthority.Failure(step: "server") }
            if isOld { SSL_set_options(ssl, 1 << 29) }
            SSL_set_bio(ssl, input, outbox)
            SSL_set_accept_state(ssl)
            (self.context, self.ssl, self.input, self.outbox) = (context, ssl, input, outbox)
        }

        deinit {
            SSL_free(ssl)
            SSL_CTX_free(context)
        }

        private static func session(
            _ context: OpaquePointer, _ files: CertificateAuthority.Files, _ clientAuthority: String?
        ) -> OpaquePointer? {
            guard SSL_CTX_use_certificate_file(context, files.certificate, SSL_FILETYPE_PEM) == 1,
                SSL_CTX_use_PrivateKey_file(context, files.key, SSL_FILETYPE_PEM) == 1
            else { return nil }
            if let clientAuthority {
                guard SSL_CTX_load_verify_file(context, clientAuthority) == 1 else { return nil }
                SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
            }
            return SSL_new(context)
        }

        /// The name that the client asked for.
        package var requestedName: String? {
            SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
        }

        /// Takes what travels, and does what follows from it.
        package func receive(_ bytes: some Collection<UInt8>) {
            let bytes = Array(bytes)
            BIO_write(input, bytes, Int32(bytes.count))
            var space = [UInt8](repeating: 0, count: 1 << 16)
            while failure == nil {
                ERR_clear_error()
                let count = SSL_read(ssl, &space, Int32(space.count))
                guard count <= 0 else {
                    received.append(contentsOf: space.prefix(Int(count)))
                    continue
                }
                switch SSL_get_error(ssl, count) {
                case SSL_ERROR_WANT_READ: break
                case SSL_ERROR_ZERO_RETURN: isClosed = true
                default: failure = ERR_reason_error_string(ERR_peek_error()).map { String(cString: $0) } ?? "unknown"
                }
                return
            }
        }

        /// Encrypts plaintext. Only after the handshake.
        package func write(_ bytes: some Collection<UInt8>) {
            let bytes = Array(bytes)
            SSL_write(ssl, bytes, Int32(bytes.count))
        }

        /// Says that nothing more comes.
        package func close() {
            SSL_shutdown(ssl)
        }

        /// Takes out what is to travel.
        package func takeOutput(atMost limit: Int = .max) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: min(limit, Int(BIO_ctrl_pending(outbox))))
            let count = BIO_read(outbox, &bytes, Int32(bytes.count))
            return Array(bytes.prefix(Int(max(0, count))))
        }
    }
#endif
