extension RedisConfiguration {
    /// The port of a URL that names none.
    public static let standardPort = 6379

    /// Reads a URL: `redis://[[user]:password@]host[:port][/database]`, the same with `rediss://` for TLS, or
    /// `unix://[[user]:password@]/path[?db=n]`.
    ///
    /// User, password and path may be percent-encoded; an IPv6 address stands in brackets.
    ///
    /// - Throws: ``RedisConfigurationError`` when the text is not such a URL. Its message never shows the password.
    public init(url: String) throws(RedisConfigurationError) {
        guard let colon = url.firstRange(of: "://") else {
            // Without a scheme anything may be in there, a password too.
            throw RedisConfigurationError("", "not a URL; write redis://host:6379/0 or unix:///path/to/socket")
        }
        let scheme = String(url[..<colon.lowerBound]).lowercased()
        switch scheme {
        case "redis": try self.init(afterRedisScheme: url[colon.upperBound...])
        case "unix": try self.init(afterUnixScheme: url[colon.upperBound...])
        case "rediss":
            #if TLS
                try self.init(afterRedisScheme: url[colon.upperBound...])
                tls = TLSConfiguration()
            #else
                throw RedisConfigurationError(
                    "rediss://", "TLS is left out of this build; enable the trait TLS of the package perilune")
            #endif
        case "redis+sentinel":
            throw RedisConfigurationError("redis+sentinel://", "Sentinel is not supported; use redis://")
        case "redis+cluster":
            throw RedisConfigurationError("redis+cluster://", "Redis Cluster is not supported; use redis://")
        default:
            // A password may stand before the slashes, too, but then hardly in the form of a scheme.
            let isScheme = scheme.utf8.allSatisfy(Self.isNameCharacter)
            throw RedisConfigurationError(
                isScheme ? "\(scheme)://" : "", "not a scheme for Redis; use redis://, rediss:// or unix://")
        }
    }

    private init(afterRedisScheme text: Substring) throws(RedisConfigurationError) {
        var rest = text
        let user = try Self.takeUser(from: &rest)
        guard !rest.contains(where: { $0 == "?" || $0 == "#" }) else {
            // Not what follows it: `?password=` is an option that other clients know.
            throw RedisConfigurationError(
                Self.hidden, "options after ? and # are not known here; write redis://host:port/database")
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let address = rest[..<slash]
        let path = rest[slash...].dropFirst()
        let (host, port) = try Self.hostAndPort(address, isShown: user.password != nil)
        self.init(endpoint: .tcp(host: host, port: port))
        (username, password) = user
        if !path.isEmpty {
            // `redis://user:12/rest-of-the-password` has a host and a port by accident.
            database = try Self.database(path, isShown: user.password != nil || !address.contains(":"))
        }
    }

    private init(afterUnixScheme text: Substring) throws(RedisConfigurationError) {
        var rest = text
        let user = try Self.takeUser(from: &rest)
        let question = rest.firstIndex(of: "?") ?? rest.endIndex
        let path = try Self.decoded(rest[..<question], name: "the path")
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            let shown = rest.hasPrefix("/") ? rest[..<question] : "…"
            throw RedisConfigurationError(
                "unix://\(shown)",
                "not an absolute path; write three slashes: unix:///run/redis.sock; \(Self.passwordNeedsAt)")
        }
        self.init(endpoint: .unixSocket(path: path))
        (username, password) = user
        for option in rest[question...].dropFirst().split(separator: "&") {
            guard option.hasPrefix("db=") else {
                // Its name alone: `password=` is an option that other clients know.
                let name = option.prefix { $0 != "=" }
                throw RedisConfigurationError(
                    name.utf8.allSatisfy(Self.isNameCharacter) ? String(name) : "?…",
                    "not an option of a Unix socket; the only one is db=0")
            }
            database = try Self.database(option.dropFirst(3), isShown: true)
        }
    }

    /// Takes `user:password@` off the front. The password ends at the last `@` before the path, so that one with an
    /// `@` in it does not become part of the host, and then of messages.
    private static func takeUser(
        from rest: inout Substring
    ) throws(RedisConfigurationError) -> (username: String?, password: String?) {
        let authority = rest.prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else {
            // A raw slash in a password would cut it in two, and the rest of it would be shown as a path.
            guard !rest.contains("@") else {
                throw RedisConfigurationError("user:password@", "write / in a user or password as %2F")
            }
            return (nil, nil)
        }
        let user = rest[..<at]
        rest = rest[rest.index(after: at)...]
        guard !rest.contains("@") else {
            throw RedisConfigurationError("user:password@", "write / and @ in a user or password as %2F and %40")
        }
        guard let colon = user.firstIndex(of: ":") else {
            throw RedisConfigurationError("user@", "a user without a password; write user:password@ or :password@")
        }
        let name = try decoded(user[..<colon], name: "user")
        let password = try decoded(user[user.index(after: colon)...], name: "password")
        guard !password.isEmpty else {
            throw RedisConfigurationError("user:@", "the password is empty; write user:password@ or leave both out")
        }
        return (name.isEmpty ? nil : name, password)
    }

    /// - Parameter isShown: Whether messages may show the text. Without an `@` they may not: it may be a password, or
    ///   end with one.
    private static func hostAndPort(
        _ text: Substring, isShown: Bool
    ) throws(RedisConfigurationError) -> (String, Int) {
        func failure(_ value: Substring, _ reason: String) -> RedisConfigurationError {
            RedisConfigurationError(
                isShown ? String(value) : hidden, isShown ? reason : "\(reason); \(passwordNeedsAt)")
        }
        let host: Substring
        var rest: Substring
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else {
                throw failure(text, "no ] after the IPv6 address; write [::1]:6379")
            }
            host = text[text.index(after: text.startIndex)..<bracket]
            rest = text[text.index(after: bracket)...]
        } else {
            host = text.prefix { $0 != ":" }
            rest = text[host.endIndex...]
        }
        guard !host.isEmpty else { throw failure(text, "no host; write redis://host:6379/0") }
        guard !rest.isEmpty else { return (String(host), standardPort) }
        guard rest.popFirst() == ":", !rest.contains(":") else {
            throw failure(text, "not host:port; an IPv6 address stands in brackets: [::1]:6379")
        }
        guard let port = decimal(rest) else {
            throw failure(rest, "not a port; write a number from 1 to 65535")
        }
        guard (1...65535).contains(port) else {
            throw RedisConfigurationError(String(rest), "not a port; write a number from 1 to 65535")
        }
        return (String(host), port)
    }

    /// What messages show of a URL that may hold a password where none is expected.
    private static let hidden = "redis://…"
    private static let passwordNeedsAt = "a password needs @ after it"

    private static func database(_ text: Substring, isShown: Bool) throws(RedisConfigurationError) -> Int {
        guard let number = decimal(text) else {
            throw RedisConfigurationError(
                isShown ? String(text) : hidden, "not a database; write its number, for example 0")
        }
        return number
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// Digits only: `Int.init` would also take a sign.
    private static func decimal(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(text)
    }

    /// - Parameter name: What the text is, for the message, which does not show the text.
    private static func decoded(_ text: Substring, name: String) throws(RedisConfigurationError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                throw RedisConfigurationError(
                    "%", "\(name) has a % without two hexadecimal digits after it; write a % itself as %25")
            }
            bytes.append(high << 4 | low)
        }
        guard let result = String(validating: bytes, as: UTF8.self) else {
            throw RedisConfigurationError("%", "\(name) is not UTF-8 after percent-decoding")
        }
        return result
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
