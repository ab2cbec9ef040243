/// Where the values of a cache region are loaded from: `https://host/path/{key}`.
///
/// A key takes the place of every `{key}`, percent-encoded to the last byte that is not a letter, a digit or one of
/// `- . _ ~`. So it stays within the segment of the path, or the value of the query, that the template has for it, and
/// nothing in it can name another host.
public struct OriginTemplate: Sendable, Hashable, CustomStringConvertible {
    /// The longest key that is asked for, in bytes.
    public static let longestKey = 4_096
    private static let placeholder = "{key}"

    /// The template as it was written.
    public let description: String
    /// What stands before, between and behind the keys.
    private let parts: [String]

    /// Reads a template.
    ///
    /// - Returns: `nil` for anything but an `http:` or `https:` URL with a path that has `{key}` in its path or query, and
    ///   neither credentials nor a fragment.
    public init?(_ text: String) {
        guard text.utf8.count <= 2_048, text.utf8.allSatisfy({ Self.isAllowed($0) }),
            let scheme = ["https://", "http://"].first(where: { text.lowercased().hasPrefix($0) })
        else { return nil }
        let rest = text.dropFirst(scheme.utf8.count)
        let authority = rest.prefix { $0 != "/" }
        guard Self.isAuthority(authority), authority.endIndex < rest.endIndex else { return nil }
        let parts = Self.split(text)
        guard parts.count > 1, !parts.contains(where: { $0.contains("{") || $0.contains("}") }) else { return nil }
        guard Self.stays(parts.joined(separator: "x")) else { return nil }
        description = text
        self.parts = parts
    }

    /// The URL of a key.
    ///
    /// - Returns: `nil` for a key that has none: an empty or too long one, and one with a part `.` or `..` between slashes,
    ///   which clients and servers take for a way to another directory, encoded or not.
    public func url(for key: String) -> String? {
        guard !key.isEmpty, key.utf8.count <= Self.longestKey else { return nil }
        let steps = key.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
        guard !steps.contains(where: { $0 == "." || $0 == ".." }) else { return nil }
        let url = parts.joined(separator: Self.encoded(key))
        // A dot that the template has beside the key may make one.
        return Self.stays(url) ? url : nil
    }

    /// Whether no segment of a URL's path leads elsewhere.
    private static func stays(_ url: String) -> Bool {
        let path = url.prefix { $0 != "?" }
        return !path.split(separator: "/").contains { $0 == "." || $0 == ".." }
    }

    private static func encoded(_ key: String) -> String {
        var text: [UInt8] = []
        for byte in key.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.append(byte)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func split(_ text: String) -> [String] {
        var parts: [String] = [""]
        var rest = text[...]
        while let character = rest.first {
            if rest.hasPrefix(placeholder) {
                rest = rest.dropFirst(placeholder.count)
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
                rest = rest.dropFirst()
            }
        }
        return parts
    }

    /// What may stand in a URL (RFC 3986) without a fragment, and the braces.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !##""#<>\^`|"##.utf8.contains(byte)
    }

    /// Whether a text is a host, or an address, with a port or without.
    private static func isAuthority(_ text: Substring) -> Bool {
        var host = text
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            let port = text[text.index(after: colon)...]
            guard port.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(port), (1...65_535).contains(number)
            else { return false }
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast()
            return address.contains(":") && address.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        }
        return !host.isEmpty && host.utf8.count <= 255
            && host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "." || $0 == "_") }
    }
}
