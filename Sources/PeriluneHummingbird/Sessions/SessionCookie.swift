import Perilune

/// The cookie that carries a session's token.
///
/// By default `__Host-sid` with `Path=/`, `Secure`, `HttpOnly` and `SameSite=Lax`, and without `Domain`. The prefix makes
/// browsers refuse a cookie of that name that another host of the domain, or a page without encryption, has set.
public struct SessionCookie: Sendable, Hashable {
    /// With which requests from other sites a browser sends the cookie.
    public enum SameSite: String, Sendable, Hashable, CaseIterable {
        /// With those that open a page, and change nothing.
        case lax = "Lax"
        /// With none. A user who comes by a link from elsewhere is not logged in at first.
        case strict = "Strict"
        /// With all of them. Only with `Secure`.
        case none = "None"
    }

    /// How long a browser keeps the cookie.
    public enum Persistence: Sendable, Hashable {
        /// Until the session's deadline, so that a user who comes back is still logged in.
        ///
        /// `Max-Age` is what is left to the deadline when the client gets its token: the whole lifetime when a session
        /// begins or becomes a user's, and the rest of it after a rotation. The use of a session does not move the
        /// deadline, so the cookie is sent with a new token only. The idle timeout is the server's to keep, as it does in
        /// any case; of a session that was idle too long the browser keeps a token that leads nowhere.
        case untilDeadline
        /// Until the browser is closed, or longer in a browser that restores what was open. No `Max-Age`.
        case untilBrowserCloses
    }

    /// The name.
    public let name: String
    /// With which requests from other sites it is sent.
    public let sameSite: SameSite
    /// Whether it is sent over encrypted connections only.
    public let isSecure: Bool
    /// How long a browser keeps it.
    public let persistence: Persistence

    /// `__Host-sid`, `SameSite=Lax`, until the session's deadline.
    public static let standard = SessionCookie(
        validated: "__Host-sid", sameSite: .lax, isSecure: true, persistence: .untilDeadline)

    private init(validated name: String, sameSite: SameSite, isSecure: Bool, persistence: Persistence) {
        self.name = name
        self.sameSite = sameSite
        self.isSecure = isSecure
        self.persistence = persistence
    }

    /// Creates a cookie.
    ///
    /// - Parameters:
    ///   - name: The name; `nil` for `__Host-sid`, or `sid` when it is not secure.
    ///   - sameSite: With which requests from other sites it is sent.
    ///   - isSecure: Whether it is sent over encrypted connections only. `false` is for development without TLS.
    ///   - persistence: How long a browser keeps it.
    /// - Throws: ``SessionCookieError``.
    public init(
        name: String? = nil, sameSite: SameSite = .lax, isSecure: Bool = true,
        persistence: Persistence = .untilDeadline
    ) throws(SessionCookieError) {
        let name = name ?? (isSecure ? "__Host-sid" : "sid")
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(Self.isTokenCharacter) else {
            throw .invalidName(name)
        }
        if !isSecure {
            let lowercased = name.lowercased()
            guard !["__host-", "__secure-", "__http-"].contains(where: lowercased.hasPrefix) else {
                throw .prefixNeedsSecure(name)
            }
            guard sameSite != .none else { throw .sameSiteNeedsSecure }
        }
        self.init(validated: name, sameSite: sameSite, isSecure: isSecure, persistence: persistence)
    }

    /// The characters of a token (RFC 9110, section 5.6.2).
    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

/// Why a cookie cannot carry sessions.
public enum SessionCookieError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Not 1 to 64 of the characters of a token (RFC 9110).
    case invalidName(String)
    /// The name has a prefix that browsers accept with `Secure` only.
    case prefixNeedsSecure(String)
    /// `SameSite=None` without `Secure`, which browsers refuse.
    case sameSiteNeedsSecure

    public var description: String {
        switch self {
        case .invalidName(let name):
            "\"\(name.prefix(80))\" is not a cookie's name of 1 to 64 letters, digits and !#$%&'*+-.^_`|~"
        case .prefixNeedsSecure(let name): "a cookie named \(name) must be secure"
        case .sameSiteNeedsSecure: "a cookie with SameSite=None must be secure"
        }
    }
}

extension SessionCookie {
    /// The value of `Set-Cookie` that gives a client its token.
    ///
    /// - Parameter maxAge: What is left to the session's deadline, in seconds.
    func setting(_ token: SessionToken, maxAge: Int) -> String {
        switch persistence {
        case .untilDeadline: "\(name)=\(token.text); Path=/; Max-Age=\(maxAge)" + attributes
        case .untilBrowserCloses: "\(name)=\(token.text); Path=/" + attributes
        }
    }

    /// The value of `Set-Cookie` that makes a client forget its token.
    var removal: String { "\(name)=; Path=/; Max-Age=0" + attributes }

    private var attributes: String {
        (isSecure ? "; Secure" : "") + "; HttpOnly; SameSite=\(sameSite.rawValue)"
    }

    /// Looks for the cookie in the values of `Cookie` fields.
    ///
    /// What is not a token is passed over. Of several tokens none is taken: a browser does not tell which of them
    /// another host of the domain has set.
    ///
    /// - Complexity: O(length of the values). Nothing is copied but a token.
    func credential(in values: [String]) -> SessionCredential {
        var found = SessionCredential()
        var isAmbiguous = false
        for value in values {
            var rest = value.utf8[...]
            while !rest.isEmpty {
                let pair = rest.prefix { $0 != UInt8(ascii: ";") }
                rest = rest[pair.endIndex...].dropFirst()
                guard let text = self.value(of: pair) else { continue }
                found.isPresent = true
                guard let token = try? SessionToken(Substring(text)) else { continue }
                if let other = found.token, other.text != token.text { isAmbiguous = true }
                found.token = token
            }
        }
        if isAmbiguous { found.token = nil }
        return found
    }

    /// What a pair of name and value gives the cookie; `nil` when it is about another one.
    private func value(of pair: Substring.UTF8View) -> Substring.UTF8View? {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let pair = pair.drop(while: isBlank)
        guard pair.starts(with: name.utf8) else { return nil }
        var value = pair.dropFirst(name.utf8.count)
        guard value.popFirst() == UInt8(ascii: "=") else { return nil }
        while let last = value.last, isBlank(last) { value = value.dropLast() }
        return value
    }
}
