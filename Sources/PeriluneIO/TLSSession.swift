#if TLS
    import COpenSSL

    /// The client's end of one TLS connection, without its socket: bytes go in and out on both sides.
    ///
    /// On the one side is plaintext, ``write(_:)`` and ``read(into:)``; on the other what travels: ``output`` is to be
    /// sent, and what comes is put into ``inputSpace``. Both are buffers of a fixed size.
    ///
    /// Belongs to one thread at a time.
    package final class TLSSession {
        /// The bytes of each of the two buffers, enough for several records.
        static let bufferSize = 1 << 17
        /// The most plaintext in one record. (RFC 8446, section 5.1.)
        private static let recordSize = 1 << 14
        /// What a record may have besides its plaintext (at most 2048 bytes and a header), and room for what the session
        /// has to say by itself: alerts, new keys.
        private static let overhead = 4096

        private let ssl: OpaquePointer
        /// Where the session's bytes come out and the peer's go in. The session owns the other end of it.
        private let network: OpaquePointer
        private let context: TLSContext
        /// What broke the session.
        private var failure: SystemError?

        /// Whether ``read(into:)`` may have something without more input.
        package private(set) var holdsInput = false

        /// Prepares a session. ``handshake()`` begins it.
        ///
        /// - Parameter host: The name or the numeric address of the server, which its certificate must bear.
        package init(_ context: TLSContext, host: String) throws(SystemError) {
            ERR_clear_error()
            guard let ssl = SSL_new(context.handle) else { throw .setting("OpenSSL") }
            var inner: OpaquePointer?
            var outer: OpaquePointer?
            guard BIO_new_bio_pair(&inner, Self.bufferSize, &outer, Self.bufferSize) == 1, let inner, let outer else {
                SSL_free(ssl)
                throw .setting("OpenSSL")
            }
            SSL_set_bio(ssl, inner, inner)
            SSL_set_connect_state(ssl)
            self.ssl = ssl
            self.network = outer
            self.context = context
            try expect(context.serverName ?? host)
        }

        deinit {
            SSL_free(ssl)
            BIO_free(network)
        }

        /// Sets whom the certificate must be of, and tells the server whom we look for.
        private func expect(_ host: String) throws(SystemError) {
            let name = host.hasSuffix(".") ? String(host.dropLast()) : host
            // OpenSSL takes an empty name for none to be checked, and text as far as its first NUL.
            guard !name.isEmpty, !name.utf8.contains(0) else {
                throw SystemError(
                    "TLS", reason: "the server has no name that a certificate could bear", isLasting: true)
            }
            let parameters = SSL_get0_param(ssl)
            X509_VERIFY_PARAM_set_hostflags(
                parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
            // An IPv6 address may name an interface, which is nobody's business but ours.
            let address = String(name.prefix { $0 != "%" })
            if X509_VERIFY_PARAM_set1_ip_asc(parameters, address) == 1 { return }
            ERR_clear_error()
            guard X509_VERIFY_PARAM_set1_host(parameters, name, 0) == 1, pssl_set_server_name(ssl, name) == 1 else {
                throw .setting("the name \(name)")
            }
        }

        /// Goes on with the handshake as far as the input goes.
        ///
        /// - Returns: Whether it is over. If not, ``output`` is to be sent, and more input, if any is missing, to come.
        /// - Throws: When one side refuses the other. Then ``output`` tells the server why.
        package func handshake() throws(SystemError) -> Bool {
            ERR_clear_error()
            let result = SSL_do_handshake(ssl)
            if result == 1 {
                holdsInput = true
                return true
            }
            switch SSL_get_error(ssl, result) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
                return false
            case SSL_ERROR_ZERO_RETURN:
                throw SystemError("TLS", reason: "the server closed the connection during the handshake")
            default:
                let error = SystemError.session(ssl, isEstablished: false)
                failure = error
                throw error
            }
        }

        // MARK: Plaintext

        /// Encrypts what there is room for in ``output``.
        ///
        /// - Returns: How much of the plaintext was taken, in whole records: what was not taken cannot be read by the
        ///   peer even in part.
        package func write(_ bytes: UnsafeRawBufferPointer) -> Socket.Outcome {
            guard let base = bytes.baseAddress, !bytes.isEmpty else { return .bytes(0) }
            if let failure { return .failed(failure) }
            var total = 0
            while total < bytes.count {
                let count = min(bytes.count - total, Self.recordSize)
                guard Self.bufferSize - BIO_ctrl_pending(network) >= count + Self.overhead else { break }
                var written = 0
                ERR_clear_error()
                guard SSL_write_ex(ssl, base + total, count, &written) == 1 else {
                    let error = SystemError.session(ssl, isEstablished: true)
                    failure = error
                    // What was taken is told first.
                    return total > 0 ? .bytes(total) : .failed(error)
                }
                total += written
            }
            return total > 0 ? .bytes(total) : .wouldBlock
        }

        /// Decrypts what has come.
        ///
        /// - Returns: `.wouldBlock` when more input is needed, `.endOfFile` when the peer has said that nothing more
        ///   comes.
        package func read(into space: UnsafeMutableRawBufferPointer) -> Socket.Outcome {
            guard let base = space.baseAddress, !space.isEmpty else { return .bytes(0) }
            var total = 0
            var end: Socket.Outcome?
            while total < space.count, end == nil {
                var count = 0
                ERR_clear_error()
                if failure == nil, SSL_read_ex(ssl, base + total, space.count - total, &count) == 1 {
                    total += count
                } else {
                    end = endOfReading()
                }
            }
            // What has ended the bytes is found again by the next call, behind them.
            holdsInput = total > 0 && end != .wouldBlock
            return total > 0 ? .bytes(total) : end ?? .wouldBlock
        }

        private func endOfReading() -> Socket.Outcome {
            if let failure { return .failed(failure) }
            let error: SystemError
            switch SSL_get_error(ssl, 0) {
            case SSL_ERROR_WANT_READ:
                return .wouldBlock
            case SSL_ERROR_ZERO_RETURN:
                return .endOfFile
            case SSL_ERROR_WANT_WRITE:
                error = SystemError("TLS", reason: "the server does not take the answers that it asks for")
            default:
                error = .session(ssl, isEstablished: true)
            }
            failure = error
            return .failed(error)
        }

        /// Tells the peer that nothing more comes. Then ``output`` is to be sent.
        package func close() {
            guard failure == nil, SSL_is_init_finished(ssl) == 1 else { return }
            ERR_clear_error()
            SSL_shutdown(ssl)
        }

        // MARK: Ciphertext

        /// Memory for what the peer has sent; then ``received(_:)``. Not empty when reading or the handshake wants more.
        package var inputSpace: UnsafeMutableRawBufferPointer {
            var start: UnsafeMutablePointer<CChar>?
            let count = BIO_nwrite0(network, &start)
            return UnsafeMutableRawBufferPointer(start: start, count: count > 0 ? Int(count) : 0)
        }

        /// Takes over so many bytes that were written into ``inputSpace``.
        package func received(_ count: Int) {
            var start: UnsafeMutablePointer<CChar>?
            BIO_nwrite(network, &start, Int32(clamping: count))
        }

        /// What is to be sent to the peer next, or as much of it as is in one piece; then ``sent(_:)``.
        package var output: UnsafeRawBufferPointer {
            var start: UnsafeMutablePointer<CChar>?
            let count = BIO_nread0(network, &start)
            return UnsafeRawBufferPointer(start: start, count: count > 0 ? Int(count) : 0)
        }

        /// Drops so many bytes at the front of ``output``.
        package func sent(_ count: Int) {
            var start: UnsafeMutablePointer<CChar>?
            BIO_nread(network, &start, Int32(clamping: count))
        }
    }
#endif
