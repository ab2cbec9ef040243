import Crypto
import PeriluneCore

/// The tokens that open the management API. Only their SHA-256 is kept.
public struct AccessTokens: Sendable {
    /// What a token allows.
    public enum Scope: Int, Sendable, Hashable, Comparable {
        /// To look.
        case read
        /// To look and to change.
        case admin

        public static func < (lhs: Scope, rhs: Scope) -> Bool { lhs.rawValue < rhs.rawValue }
    }

    private let admin: SHA256Digest
    private let read: SHA256Digest?

    /// Creates the set of tokens.
    ///
    /// - Parameters:
    ///   - admin: Opens everything.
    ///   - read: Opens what changes nothing; `nil` for no such token.
    public init(admin: String, read: String? = nil) {
        self.admin = Self.digest(admin)
        self.read = read.map(Self.digest)
    }

    /// What a token allows; `nil` when it is none of these.
    ///
    /// Takes the same time whatever the token is: digests are compared, all of them and all of each, so that time
    /// tells nothing about how much of a guess is right.
    func scope(of token: String) -> Scope? {
        let presented = Self.digest(token)
        let isAdmin = Self.areEqual(presented, admin)
        let isRead = Self.areEqual(presented, read ?? presented) && read != nil
        return isAdmin ? .admin : isRead ? .read : nil
    }

    /// A new token: 256 random bits as 43 characters of base64url (RFC 4648).
    public static func randomToken() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64URL.encode((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// Whether a token can be sent at all (RFC 6750, 2.1): not empty, no spaces, no control characters, ASCII only.
    static func isSendable(_ token: String) -> Bool {
        !token.isEmpty && token.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private static func digest(_ token: String) -> SHA256Digest {
        SHA256.hash(data: Array(token.utf8))
    }

    private static func areEqual(_ lhs: SHA256Digest, _ rhs: SHA256Digest) -> Bool {
        zip(lhs, rhs).reduce(UInt8.zero) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
