#if TLS
    import COpenSSL

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #elseif canImport(Darwin)
        import Darwin
    #endif

    /// What the TLS connections to a server have in common: whom to trust, and how to show who we are.
    ///
    /// Files are read once, when it is made. TLS 1.2 is the oldest version spoken.
    ///
    /// `@unchecked Sendable` because nothing is changed after it was made, and OpenSSL counts references atomically.
    package final class TLSContext: @unchecked Sendable {
        /// The certificates from which a server's must come.
        package enum Trust: Sendable, Hashable {
            /// Those that the system's OpenSSL trusts, or that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
            case system
            /// Those in a PEM file.
            case file(String)
            /// Those in a directory, each in a file that is named by its hash (`openssl rehash`).
            case directory(String)
        }

        /// What a client shows to a server that asks who it is.
        package struct Certificate: Sendable {
            /// A PEM file with the certificate, followed by those between it and the root.
            package let chainFile: String
            /// A PEM file with the certificate's private key.
            package let keyFile: String
            /// What the key is encrypted with.
            package let keyPassword: String?

            package init(chainFile: String, keyFile: String, keyPassword: String?) {
                self.chainFile = chainFile
                self.keyFile = keyFile
                self.keyPassword = keyPassword
            }
        }

        /// A process that ends while connections stand must not have OpenSSL taken away from under its loop's thread.
        private static let isSetUp = OPENSSL_init_ssl(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1

        let handle: OpaquePointer
        /// The name that the server's certificate must bear; `nil` stands for the host that is connected to.
        let serverName: String?

        /// Reads what is needed.
        ///
        /// - Parameter trust: `nil` takes any certificate of anybody.
        /// - Throws: When a file cannot be read or is not what it should be. The error is lasting.
        package init(trust: Trust?, certificate: Certificate? = nil, serverName: String? = nil) throws(SystemError) {
            ERR_clear_error()
            guard Self.isSetUp, let handle = SSL_CTX_new(TLS_client_method()) else { throw .setting("OpenSSL") }
            self.handle = handle
            self.serverName = serverName
            guard pssl_restrict(handle) == 1 else { throw .setting("TLS 1.2") }
            SSL_CTX_set_verify(handle, trust == nil ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nil)
            if let trust { try use(trust) }
            if let certificate { try use(certificate) }
        }

        deinit {
            SSL_CTX_free(handle)
        }

        private func use(_ trust: Trust) throws(SystemError) {
            switch trust {
            case .system:
                guard SSL_CTX_set_default_verify_paths(handle) == 1 else { throw .setting("the system's certificates") }
            case .file(let path):
                guard SSL_CTX_load_verify_file(handle, path) == 1 else { throw .setting(path) }
            case .directory(let path):
                // OpenSSL looks into it only when it needs a certificate.
                guard access(path, R_OK | X_OK) == 0 else {
                    throw SystemError("TLS", reason: "\(path): \(String(cString: strerror(errno)))", isLasting: true)
                }
                guard SSL_CTX_load_verify_dir(handle, path) == 1 else { throw .setting(path) }
            }
        }

        private func use(_ certificate: Certificate) throws(SystemError) {
            guard SSL_CTX_use_certificate_chain_file(handle, certificate.chainFile) == 1 else {
                throw .setting(certificate.chainFile)
            }
            // Without a callback OpenSSL would ask at the terminal.
            SSL_CTX_set_default_passwd_cb(handle) { buffer, size, _, password in
                guard let buffer, let password else { return -1 }
                let length = strlen(password.assumingMemoryBound(to: CChar.self))
                guard length <= Int(size) else { return -1 }
                memcpy(buffer, password, length)
                return Int32(length)
            }
            var isRead = false
            if var password = certificate.keyPassword?.utf8CString.map({ $0 }) {
                password.withUnsafeMutableBytes { bytes in
                    SSL_CTX_set_default_passwd_cb_userdata(handle, bytes.baseAddress)
                    isRead = SSL_CTX_use_PrivateKey_file(handle, certificate.keyFile, SSL_FILETYPE_PEM) == 1
                    SSL_CTX_set_default_passwd_cb_userdata(handle, nil)
                }
            } else {
                isRead = SSL_CTX_use_PrivateKey_file(handle, certificate.keyFile, SSL_FILETYPE_PEM) == 1
            }
            guard isRead, SSL_CTX_check_private_key(handle) == 1 else { throw .setting(certificate.keyFile) }
        }
    }
#else
    /// Stands where TLS is left out (the package's trait `TLS`): there is none.
    package enum TLSContext: Sendable {}
#endif
