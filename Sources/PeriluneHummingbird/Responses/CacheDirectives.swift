import HTTPTypes

/// What the `Cache-Control` of a request or of a response says (RFC 9111, section 5.2, and RFC 5861).
///
/// Times are in seconds. What is no time counts as none at all, `max-age=tomorrow` as `max-age=0`; of several the shortest
/// counts; and what is longer than 68 years counts as that. `private` and `no-cache` for certain fields count as for all.
/// Unknown directives say nothing.
struct CacheDirectives: Sendable, Hashable {
    struct Flags: OptionSet, Sendable, Hashable {
        let rawValue: UInt8
        static let noStore = Flags(rawValue: 1)
        static let noCache = Flags(rawValue: 2)
        static let isPrivate = Flags(rawValue: 4)
        static let isPublic = Flags(rawValue: 8)
        /// `must-revalidate`.
        static let mustRevalidate = Flags(rawValue: 16)
        /// `proxy-revalidate`.
        static let proxyRevalidate = Flags(rawValue: 32)
        /// `only-if-cached`.
        static let onlyIfCached = Flags(rawValue: 64)
    }

    /// The longest time: what a time counts as that is longer.
    static let longest = 1 << 31

    private(set) var flags: Flags = []
    /// `max-age`.
    private(set) var maxAge: Int?
    /// `s-maxage`.
    private(set) var sharedMaxAge: Int?
    /// `stale-while-revalidate`.
    private(set) var staleWhileRevalidate: Int?
    /// `stale-if-error`.
    private(set) var staleIfError: Int?
    /// `max-stale`; without a time any.
    private(set) var maxStale: Int?
    /// `min-fresh`.
    private(set) var minFresh: Int?

    /// Creates directives that say nothing.
    init() {}

    /// Reads the fields of a request or of a response.
    ///
    /// - Complexity: O(length).
    init(_ fields: HTTPFields) {
        var isPresent = false
        for value in fields[values: .cacheControl] {
            isPresent = true
            read(value.utf8)
        }
        // Whoever knows no Cache-Control says it like this.
        if !isPresent, fields[values: .pragma].contains(where: { $0.lowercased().contains("no-cache") }) {
            flags.insert(.noCache)
        }
    }

    private mutating func read(_ text: String.UTF8View) {
        var rest = text[...]
        while true {
            rest = rest.drop { $0 == UInt8(ascii: ",") || Self.isSpace($0) }
            guard !rest.isEmpty else { return }
            let name = rest.prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ",") && !Self.isSpace($0) }
            rest = rest.dropFirst(name.count).drop(while: Self.isSpace)
            var value: [UInt8]?
            if rest.first == UInt8(ascii: "=") {
                rest = rest.dropFirst().drop(while: Self.isSpace)
                value = Self.argument(&rest)
            }
            // What else there is before the comma belongs to nothing.
            rest = rest.drop { $0 != UInt8(ascii: ",") }
            note(String(decoding: name, as: UTF8.self).lowercased(), value)
        }
    }

    private mutating func note(_ name: String, _ value: [UInt8]?) {
        switch name {
        case "no-store": flags.insert(.noStore)
        case "no-cache": flags.insert(.noCache)
        case "private": flags.insert(.isPrivate)
        case "public": flags.insert(.isPublic)
        case "must-revalidate": flags.insert(.mustRevalidate)
        case "proxy-revalidate": flags.insert(.proxyRevalidate)
        case "only-if-cached": flags.insert(.onlyIfCached)
        case "max-age": Self.lower(&maxAge, Self.seconds(value))
        case "s-maxage": Self.lower(&sharedMaxAge, Self.seconds(value))
        case "stale-while-revalidate": Self.lower(&staleWhileRevalidate, Self.seconds(value))
        case "stale-if-error": Self.lower(&staleIfError, Self.seconds(value))
        case "max-stale": Self.lower(&maxStale, value == nil ? Self.longest : Self.seconds(value))
        case "min-fresh": Self.lower(&minFresh, Self.seconds(value))
        default: break
        }
    }

    private static func lower(_ time: inout Int?, _ other: Int) { time = min(time ?? other, other) }

    /// Reads the token or the quoted string that comes next.
    private static func argument(_ rest: inout Substring.UTF8View) -> [UInt8] {
        guard rest.first == UInt8(ascii: "\"") else {
            let token = rest.prefix { $0 != UInt8(ascii: ",") && !isSpace($0) }
            rest = rest.dropFirst(token.count)
            return Array(token)
        }
        rest = rest.dropFirst()
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { break }
            text.append(byte == UInt8(ascii: "\\") ? rest.popFirst() ?? byte : byte)
        }
        return text
    }

    static func seconds(_ digits: some Collection<UInt8>) -> Int {
        guard !digits.isEmpty else { return 0 }
        var seconds = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return 0 }
            seconds = min(seconds * 10 + Int(digit - UInt8(ascii: "0")), longest)
        }
        return seconds
    }

    private static func seconds(_ digits: [UInt8]?) -> Int { seconds(digits ?? []) }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
