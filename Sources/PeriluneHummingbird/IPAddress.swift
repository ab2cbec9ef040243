#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An IPv4 or IPv6 address.
///
/// An IPv4 address in its IPv6 form (`::ffff:192.0.2.1`, as a dual-stack socket shows it) is the IPv4 address: one
/// client never is two.
public struct IPAddress: Sendable, Hashable {
    /// The version of the protocol the address belongs to.
    public enum Family: Sendable, Hashable {
        /// 32 bits.
        case ipv4
        /// 128 bits.
        case ipv6
    }

    /// Whether this is an IPv4 or an IPv6 address.
    public let family: Family
    /// The address in the lowest 32 or in all 128 bits.
    let bits: UInt128

    init(family: Family, bits: UInt128) {
        self.family = family
        self.bits = bits
    }

    /// Creates an IPv4 address from its 32 bits in host byte order.
    public init(ipv4 bits: UInt32) {
        self.init(family: .ipv4, bits: UInt128(bits))
    }

    /// Creates an address from the 128 bits of an IPv6 address in host byte order.
    public init(ipv6 bits: UInt128) {
        if bits >> 32 == Self.mappedPrefix {
            self.init(family: .ipv4, bits: bits & 0xFFFF_FFFF)
        } else {
            self.init(family: .ipv6, bits: bits)
        }
    }

    /// The upper 96 bits of `::ffff:0:0/96`, under which IPv6 shows IPv4 addresses.
    static let mappedPrefix: UInt128 = 0xFFFF

    /// The number of bits an address of the family has.
    var width: Int { family == .ipv4 ? 32 : 128 }

    /// The address with all but its first bits cleared.
    ///
    /// - Parameter length: How many bits stay, from 0 to the width of the address.
    func masked(to length: Int) -> IPAddress {
        // A shift by the whole width or more gives zero, which is the mask of length 0.
        let mask = ~UInt128.zero << UInt128(width - length)
        return IPAddress(family: family, bits: bits & mask)
    }
}

extension IPAddress: LosslessStringConvertible {
    /// Reads an address such as `192.0.2.1` or `2001:db8::1`: no port, no brackets, no zone.
    ///
    /// - Complexity: O(1): text longer than an address can be is refused unread.
    public init?(_ description: String) {
        self.init(text: description)
    }

    init?(text: some StringProtocol) {
        // Before C sees the text: a NUL would end it early, and what stood behind would be ignored.
        guard (2...45).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAddressCharacter) else { return nil }
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard let bits = Self.bits(of: text, family: AF_INET6, count: 16) else { return nil }
            self.init(ipv6: bits)
        } else {
            guard let bits = Self.bits(of: text, family: AF_INET, count: 4) else { return nil }
            self.init(ipv4: UInt32(truncatingIfNeeded: bits))
        }
    }

    /// What `inet_pton` makes of a text, which is a number in network byte order.
    private static func bits(of text: some StringProtocol, family: Int32, count: Int) -> UInt128? {
        withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { bytes in
            guard String(text).withCString({ inet_pton(family, $0, bytes.baseAddress) }) == 1 else { return nil }
            return bytes.reduce(UInt128.zero) { $0 << 8 | UInt128($1) }
        }
    }

    private static func isAddressCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// The address in the one form that RFC 5952 recommends, so that the same address always reads the same.
    public var description: String {
        switch family {
        case .ipv4:
            return "\(bits >> 24 & 255).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
        case .ipv6:
            let groups = stride(from: 112, through: 0, by: -16).map { UInt16(truncatingIfNeeded: bits >> UInt128($0)) }
            return Self.compressed(groups)
        }
    }

    /// Writes the first longest run of at least two zero groups as `::`.
    private static func compressed(_ groups: [UInt16]) -> String {
        var longest = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > max(longest.count, 1) { longest = start..<index }
            start = index + 1
        }
        func text(_ part: some Sequence<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !longest.isEmpty else { return text(groups) }
        return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
    }
}

extension IPAddress {
    /// Reads an entry of `X-Forwarded-For`: an address, perhaps with spaces around it, in brackets, with a port or
    /// with a zone (`fe80::1%eth0`), which only its own host can interpret and which is dropped.
    ///
    /// - Returns: `nil` for whatever else it is: `unknown`, a name, nothing.
    package init?(forwarded entry: some StringProtocol) {
        // The longest of these: 45 characters of address, a zone of an interface's name, brackets and a port.
        guard entry.utf8.count <= 128 else { return nil }
        var text = Substring(entry)
        while let first = text.utf8.first, Self.isBlank(first) { text.removeFirst() }
        while let last = text.utf8.last, Self.isBlank(last) { text.removeLast() }
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { return nil }
            let rest = text[text.index(after: bracket)...]
            guard rest.isEmpty || rest.hasPrefix(":") && Self.isPort(rest.dropFirst()) else { return nil }
            text = text[..<bracket].dropFirst()
            guard text.contains(":") else { return nil }
        } else if let colon = text.firstIndex(of: ":"), colon == text.lastIndex(of: ":") {
            // One colon alone: an IPv4 address and a port.
            guard Self.isPort(text[text.index(after: colon)...]) else { return nil }
            text = text[..<colon]
        }
        if let percent = text.firstIndex(of: "%") {
            guard text.contains(":"), text.index(after: percent) < text.endIndex else { return nil }
            text = text[..<percent]
        }
        self.init(text: text)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }

    private static func isPort(_ text: Substring) -> Bool {
        (1...5).contains(text.utf8.count)
            && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && UInt16(text) != nil
    }
}
