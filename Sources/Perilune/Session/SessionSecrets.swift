import Crypto
import PeriluneCore

/// The keys of a store of sessions. All processes that share sessions share them.
public struct SessionSecrets: Sendable {
    let token: SymmetricKey
    let shard: SymmetricKey
    let request: SymmetricKey
    /// The keys that data is sealed with; `nil` when it is stored as it is.
    public let encryption: SessionKeyRing?

    /// Creates the set of keys.
    ///
    /// - Parameters:
    ///   - tokenKey: At least 32 random bytes, by which tokens become ids. With another key all sessions are lost.
    ///   - encryption: The keys that data is sealed with; `nil` to store it as it is.
    /// - Throws: ``SessionConfigurationError/invalidKeyLength(_:)``.
    public init(tokenKey: [UInt8], encryption: SessionKeyRing? = nil) throws(SessionConfigurationError) {
        guard tokenKey.count >= 32 else { throw .invalidKeyLength(tokenKey.count) }
        let key = SymmetricKey(data: tokenKey)
        func derived(_ purpose: StaticString) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: key, info: Array("perilune.session.\(purpose)".utf8), outputByteCount: 32)
        }
        token = derived("token")
        shard = derived("shard")
        request = derived("request")
        self.encryption = encryption
    }

    /// The id of the session that a token is for: the first 128 bits of its HMAC-SHA-256.
    func id(of token: SessionToken) -> SessionID {
        let code = HMAC<SHA256>.authenticationCode(for: Array(token.text.utf8), using: self.token)
        return SessionID(shard: token.shard, hash: Base64URL.encode(code.prefix(16)))
    }

    /// The shard that the sessions of a user lie in. Tells nobody who it is.
    func shard(of user: String, of count: Int) -> Int {
        let code = HMAC<SHA256>.authenticationCode(for: Array(user.utf8), using: shard)
        return Int(code.prefix(8).reduce(UInt64.zero) { $0 << 8 | UInt64($1) } % UInt64(count))
    }

    /// What a form must send back to prove that its page was made for a session.
    func requestToken(for id: SessionID) -> String {
        Base64URL.encode(HMAC<SHA256>.authenticationCode(for: Array(id.description.utf8), using: request))
    }

    /// Whether a form's text is the session's ``requestToken(for:)``. Takes the same time whatever the text is.
    func isRequestToken(_ text: some StringProtocol, for id: SessionID) -> Bool {
        guard text.utf8.count <= 64, let code = Base64URL.decode(text.utf8) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            code, authenticating: Array(id.description.utf8), using: request)
    }
}
