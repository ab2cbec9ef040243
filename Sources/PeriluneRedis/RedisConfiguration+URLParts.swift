extension RedisConfiguration {
    /// The parts of a URL that names hosts.
    struct Parts {
        /// The schemes of such URLs.
        enum Scheme {
            case redis, sentinel, cluster

            /// A URL that is right.
            var example: String {
                switch self {
                case .redis: "redis://host:6379/0"
                case .sentinel: "redis+sentinel://host:26379,host2:26379/service/0"
                case .cluster: "redis+cluster://host:6379,host2:6379"
                }
            }

            /// What messages show of a URL that may hold a password where none is expected.
            var hidden: String {
                switch self {
                case .redis: "redis://…"
                case .sentinel: "redis+sentinel://…"
                case .cluster: "redis+cluster://…"
                }
            }

            var standardPort: Int {
                self == .sentinel ? RedisConfiguration.standardSentinelPort : RedisConfiguration.standardPort
            }
        }

        let scheme: Scheme
        let user: (username: String?, password: String?)
        /// The hosts and ports.
        let authority: Substring
        /// What follows the first slash.
        let path: Substring

        /// Takes apart what follows the scheme and its slashes.
        init(_ text: Substring, scheme: Scheme) throws(RedisConfigurationError) {
            var rest = text
            user = try Self.takeUser(from: &rest)
            guard !rest.contains(where: { $0 == "?" || $0 == "#" }) else {
                // Not what follows it: `?password=` is an option that other clients know.
                throw RedisConfigurationError(
                    scheme.hidden, "options after ? and # are not known here; write \(scheme.example)")
            }
            let slash = rest.firstIndex(of: "/") ?? rest.endIndex
            self.scheme = scheme
            authority = rest[..<slash]
            path = rest[slash...].dropFirst()
        }

        /// Takes `user:password@` off the front. The password ends at the last `@` before the path, so that one with
        /// an `@` in it does not become part of the host, and then of messages.
        static func takeUser(
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
                throw RedisConfigurationError(
                    "user@", "a user without a password; write user:password@ or :password@")
            }
            let name = try decoded(user[..<colon], name: "user")
            let password = try decoded(user[user.index(after: colon)...], name: "password")
            guard !password.isEmpty else {
                throw RedisConfigurationError(
                    "user:@", "the password is empty; write user:password@ or leave both out")
            }
            return (name.isEmpty ? nil : name, password)
        }

        /// The places of a list with commas between them.
        func endpoints() throws(RedisConfigurationError) -> [Endpoint] {
            var endpoints: [Endpoint] = []
            for text in authority.split(separator: ",", omittingEmptySubsequences: false) {
                let (host, port) = try hostAndPort(text)
                endpoints.append(.tcp(host: host, port: port))
            }
            return endpoints
        }

        func hostAndPort(_ text: Substring) throws(RedisConfigurationError) -> (String, Int) {
            func failure(_ value: Substring, _ reason: String) -> RedisConfigurationError {
                // Without an `@` the text may be a password, or end with one.
                user.password != nil
                    ? RedisConfigurationError(String(value), reason)
                    : RedisConfigurationError(scheme.hidden, "\(reason); \(Self.passwordNeedsAt)")
            }
            let host: Substring
            var rest: Substring
            if text.hasPrefix("[") {
                guard let bracket = text.firstIndex(of: "]") else {
                    throw failure(text, "no ] after the IPv6 address; write [::1]:\(scheme.standardPort)")
                }
                host = text[text.index(after: text.startIndex)..<bracket]
                rest = text[text.index(after: bracket)...]
            } else {
                host = text.prefix { $0 != ":" }
                rest = text[host.endIndex...]
            }
            guard !host.isEmpty else { throw failure(text, "no host; write \(scheme.example)") }
            guard !rest.isEmpty else { return (String(host), scheme.standardPort) }
            guard rest.popFirst() == ":", !rest.contains(":") else {
                throw failure(
                    text, "not host:port; an IPv6 address stands in brackets: [::1]:\(scheme.standardPort)")
            }
            guard let port = Self.decimal(rest) else {
                throw failure(rest, "not a port; write a number from 1 to 65535")
            }
            guard (1...65535).contains(port) else {
                throw RedisConfigurationError(String(rest), "not a port; write a number from 1 to 65535")
            }
            return (String(host), port)
        }

        static let passwordNeedsAt = "a password needs @ after it"

        func database(_ text: Substring) throws(RedisConfigurationError) -> Int {
            // `redis://user:12/rest-of-the-password` has a host and a port by accident.
            let isShown = user.password != nil || !authority.contains(":")
            return try Self.database(text, shown: isShown ? String(text) : scheme.hidden)
        }

        /// - Parameter shown: What the message shows of the text.
        static func database(_ text: Substring, shown: String) throws(RedisConfigurationError) -> Int {
            guard let number = decimal(text) else {
                throw RedisConfigurationError(shown, "not a database; write its number, for example 0")
            }
            return number
        }
    }
}

extension RedisConfiguration.Parts {
    static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// Digits only: `Int.init` would also take a sign.
    static func decimal(_ text: some StringProtocol) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(text)
    }

    /// - Parameter name: What the text is, for the message, which does not show the text.
    static func decoded(_ text: Substring, name: String) throws(RedisConfigurationError) -> String {
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
