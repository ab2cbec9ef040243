#if TLS
    import COpenSSL

    /// Issues certificates for the servers and clients of a test, into files of a folder that goes with it.
    ///
    /// `@unchecked Sendable` because its key and certificate are not changed after they were made.
    package final class CertificateAuthority: @unchecked Sendable {
        /// Why there is no certificate.
        package struct Failure: Error {
            let step: String
        }

        /// A certificate and its key, as PEM files.
        package struct Files: Sendable {
            package let certificate: String
            package let key: String
        }

        /// When a certificate is valid.
        package enum Validity: Sendable {
            case now
            case past
            case future

            /// Seconds from now.
            var range: (from: Int, to: Int) {
                switch self {
                case .now: (-3600, 86400)
                case .past: (-86400, -3600)
                case .future: (86400, 2 * 86400)
                }
            }
        }

        private let folder: TemporaryFolder
        private let key: OpaquePointer
        private let certificate: OpaquePointer
        private let name: String

        /// The PEM file of the authority's own certificate.
        package var certificateFile: String { folder.path + "/authority.pem" }

        package init(name: String = "Test Authority") throws {
            self.name = name
            folder = try TemporaryFolder()
            key = try Self.makeKey()
            certificate = try Self.makeCertificate(
                of: key, named: name, issuer: name, signedBy: key, .now,
                extensions: [(NID_basic_constraints, "critical,CA:TRUE")])
            try Self.write(certificateFile) { PEM_write_bio_X509($0, certificate) }
        }

        deinit {
            X509_free(certificate)
            EVP_PKEY_free(key)
        }

        /// Issues a certificate.
        ///
        /// - Parameters:
        ///   - name: The common name, and the name of the files.
        ///   - alternativeNames: Whom it is for, for example `DNS:localhost,IP:127.0.0.1`.
        ///   - keyPassword: What the key's file is encrypted with.
        package func issue(
            _ name: String, for alternativeNames: String, _ validity: Validity = .now, keyPassword: String? = nil
        ) throws -> Files {
            let files = Files(certificate: "\(folder.path)/\(name).pem", key: "\(folder.path)/\(name).key")
            let ownKey = try Self.makeKey()
            defer { EVP_PKEY_free(ownKey) }
            let issued = try Self.makeCertificate(
                of: ownKey, named: name, issuer: self.name, signedBy: key, validity,
                extensions: [(NID_subject_alt_name, alternativeNames)])
            defer { X509_free(issued) }
            try Self.write(files.certificate) { PEM_write_bio_X509($0, issued) }
            try Self.write(files.key) { file in
                guard let keyPassword else { return PEM_write_bio_PrivateKey(file, ownKey, nil, nil, 0, nil, nil) }
                var password = Array(keyPassword.utf8)
                return PEM_write_bio_PrivateKey(
                    file, ownKey, EVP_aes_128_cbc(), &password, Int32(password.count), nil, nil)
            }
            return files
        }

        private static func makeKey() throws -> OpaquePointer {
            let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil)
            defer { EVP_PKEY_CTX_free(context) }
            var key: OpaquePointer?
            guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
                EVP_PKEY_generate(context, &key) == 1, let key
            else { throw Failure(step: "key") }
            return key
        }

        private static func makeCertificate(
            of key: OpaquePointer, named name: String, issuer: String, signedBy issuerKey: OpaquePointer,
            _ validity: Validity, extensions: [(Int32, String)]
        ) throws -> OpaquePointer {
            guard let certificate = X509_new() else { throw Failure(step: "certificate") }
            var isDone = false
            defer { if !isDone { X509_free(certificate) } }
            X509_set_version(certificate, 2)
            ASN1_INTEGER_set(X509_get_serialNumber(certificate), Int(UInt32.random(in: 1...UInt32.max)))
            X509_gmtime_adj(X509_getm_notBefore(certificate), validity.range.from)
            X509_gmtime_adj(X509_getm_notAfter(certificate), validity.range.to)
            X509_set_pubkey(certificate, key)
            for (text, field) in [
                (name, X509_get_subject_name(certificate)), (issuer, X509_get_issuer_name(certificate)),
            ] {
                X509_NAME_add_entry_by_txt(field, "CN", MBSTRING_UTF8, text, -1, -1, 0)
            }
            for (kind, value) in extensions {
                guard let made = X509V3_EXT_conf_nid(nil, nil, kind, value) else { throw Failure(step: value) }
                X509_add_ext(certificate, made, -1)
                X509_EXTENSION_free(made)
            }
            guard X509_sign(certificate, issuerKey, EVP_sha256()) > 0 else { throw Failure(step: "signature") }
            isDone = true
            return certificate
        }

        private static func write(_ path: String, _ body: (OpaquePointer) -> Int32) throws {
            guard let file = BIO_new_file(path, "w") else { throw Failure(step: path) }
            defer { BIO_free(file) }
            guard body(file) == 1 else { throw Failure(step: path) }
        }
    }
#endif
