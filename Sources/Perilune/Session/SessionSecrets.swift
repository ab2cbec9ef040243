import Crypto
import PeriluneCore

/// The keys of a store of sessions. All processes that share sessions share them.
public struct SessionSecrets: Sendable {
    let token: SymmetricKey
    let shard: SymmetricKey
    let request: SymmetricKey
    /// For the notes that lead from an old id to a new one; `nil` for those who follow any.
    let note: SymmetricKey?
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
        self.init(SymmetricKey(data: tokenKey), encryption)
    }

    private init(_ key: SymmetricKey, _ encryption: SessionKeyRing?, followsAnyNote: Bool = false) {
        func derived(_ purpose: StaticString) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: key, info: Array("perilune.session.\(purpose)".utf8), outputByteCount: 32)
        }
        token = derived("token")
        shard = derived("shard")
        request = derived("request")
        note = followsAnyNote ? nil : derived("note")
        self.encryption = encryption
    }

    /// The secrets of those who have to do with ids and never with tokens.
    static func withoutTokens(encryption: SessionKeyRing?) -> SessionSecrets {
        SessionSecrets(SymmetricKey(size: .bits256), encryption, followsAnyNote: true)
    }

    /// What a note at an old id says: the new id, and a code that only the services can make.
    ///
    /// - Parameter purpose: Whom it leads to the new id.
    func note(from old: SessionID, to new: SessionID, for purpose: NotePurpose) -> String {
        guard let note else { return "\(new)." }
        let code = HMAC<SHA256>.authenticationCode(for: Self.noteContent(old, new, purpose), using: note)
        return "\(new).\(Base64URL.encode(code))"
    }

    /// Whether a code is that of a note that leads somebody to the new id.
    func isNote(_ code: String, from old: SessionID, to new: SessionID, for purpose: NotePurpose) -> Bool {
        guard let note else { return true }
        guard let code = Base64URL.decode(code.utf8) else { return false }
        // One that readers follow is followed by whoever ends a session, too.
        let purposes: [NotePurpose] = purpose == .ending ? [.ending, .reading] : [.reading]
        return purposes.contains { purpose in
            HMAC<SHA256>.isValidAuthenticationCode(
                code, authenticating: Self.noteContent(old, new, purpose), using: note)
        }
    }

    private static func noteContent(_ old: SessionID, _ new: SessionID, _ purpose: NotePurpose) -> [UInt8] {
        Array("\(old) \(new) \(purpose.rawValue)".utf8)
    }

    /// Whom a note leads to a session's new id.
    enum NotePurpose: String {
        /// Whoever ends the session.
        case ending
        /// Whoever reads or changes it, too.
        case reading

        /// - Parameter grace: How long readers are led there.
        init(grace: Duration) { self = grace > .zero ? .reading : .ending }
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
