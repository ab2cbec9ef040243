#if TLS
    import COpenSSL

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #elseif canImport(Darwin)
        import Darwin
    #endif

    extension SystemError {
        /// Takes what OpenSSL has to say out of this thread's queue.
        ///
        /// - Parameter subject: What cannot be used, for example a file.
        static func setting(_ subject: String) -> SystemError {
            SystemError("TLS", reason: "\(subject): \(takeReason().text)", isLasting: true)
        }

        /// Takes what OpenSSL has to say about a session out of this thread's queue.
        ///
        /// - Parameter isEstablished: Whether the handshake was over. Before that, everything but a lost connection is
        ///   a matter of how the two sides are set up.
        static func session(_ session: OpaquePointer, isEstablished: Bool) -> SystemError {
            let (code, text) = takeReason()
            guard code.library == ERR_LIB_SSL else {
                return SystemError("TLS", reason: text, isLasting: !isEstablished)
            }
            switch code.reason {
            case SSL_R_CERTIFICATE_VERIFY_FAILED:
                let reason = String(cString: X509_verify_cert_error_string(SSL_get_verify_result(session)))
                return SystemError("TLS", reason: "\(text): \(reason)", isLasting: true)
            case SSL_R_WRONG_VERSION_NUMBER where !isEstablished:
                return SystemError("TLS", reason: "the server does not speak TLS: \(text)", isLasting: true)
            case SSL_AD_REASON_OFFSET...SSL_AD_REASON_OFFSET + 255:
                let alert = code.reason - SSL_AD_REASON_OFFSET
                // In TLS 1.3 the server looks at the client's certificate when for the client the handshake is over.
                return SystemError(
                    "TLS", reason: "the server refuses: \(text)",
                    isLasting: !isEstablished || refusalsOfCertificates.contains(alert))
            default:
                return SystemError("TLS", reason: text, isLasting: !isEstablished)
            }
        }

        /// The alerts from `bad_certificate` to `certificate_unknown`, `unknown_ca`, `access_denied` and
        /// `certificate_required`. (RFC 8446, section 6.)
        private static let refusalsOfCertificates: Set<Int32> = [42, 43, 44, 45, 46, 48, 49, 116]

        /// The first error of this thread's queue, which is the cause of the others, and empties the queue.
        private static func takeReason() -> (code: (library: Int32, reason: Int32), text: String) {
            let code = ERR_get_error()
            ERR_clear_error()
            let parts = (library: ERR_GET_LIB(code), reason: ERR_GET_REASON(code))
            if parts.library == ERR_LIB_SYS { return (parts, String(cString: strerror(parts.reason))) }
            return (parts, ERR_reason_error_string(code).map { String(cString: $0) } ?? "unknown error")
        }
    }
#endif
