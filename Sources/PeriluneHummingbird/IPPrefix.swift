/// A block of addresses in CIDR notation, for example `10.0.0.0/8`.
public struct IPPrefix: Sendable, Hashable {
    /// The first address of the block.
    public let address: IPAddress
    /// How many leading bits all addresses of the block share.
    public let length: Int

    /// Creates the block around an address.
    ///
    /// - Parameters:
    ///   - address: Any address of the block.
    ///   - length: How many leading bits count, from 0 to 32 for IPv4 and to 128 for IPv6; values outside are moved
    ///     to the nearest of these.
    public init(_ address: IPAddress, length: Int) {
        let length = min(max(length, 0), address.width)
        self.address = address.masked(to: length)
        self.length = length
    }

    /// Whether an address lies in the block. No IPv6 block contains an IPv4 address, nor the other way round.
    ///
    /// - Complexity: O(1).
    public func contains(_ other: IPAddress) -> Bool {
        other.family == address.family && other.masked(to: length) == address
    }

    /// The machine itself: `127.0.0.0/8` and `::1/128`.
    public static let loopback = [
        IPPrefix(IPAddress(ipv4: 0x7F00_0000), length: 8), IPPrefix(IPAddress(ipv6: 1), length: 128),
    ]

    /// The networks that are not routed on the Internet: `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16` (RFC 1918)
    /// and `fc00::/7` (RFC 4193).
    public static let privateNetworks = [
        IPPrefix(IPAddress(ipv4: 0x0A00_0000), length: 8), IPPrefix(IPAddress(ipv4: 0xAC10_0000), length: 12),
        IPPrefix(IPAddress(ipv4: 0xC0A8_0000), length: 16), IPPrefix(IPAddress(ipv6: 0xFC00 << 112), length: 7),
    ]
}

extension IPPrefix: LosslessStringConvertible {
    /// Reads a block such as `10.0.0.0/8` or `2001:db8::/32`, or an address, which is a block of one.
    ///
    /// - Returns: `nil` when it is neither, or when the length is more than the address has bits.
    public init?(_ description: String) {
        let parts = description.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(text: first) else { return nil }
        guard parts.count == 2 else {
            self.init(address, length: address.width)
            return
        }
        guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
            var length = Int(parts[1])
        else { return nil }
        if address.family == .ipv4, first.contains(":") {
            // A block of IPv4 addresses in their IPv6 form; a shorter one would hold more than those.
            guard length >= 96 else { return nil }
            length -= 96
        }
        guard length <= address.width else { return nil }
        self.init(address, length: length)
    }

    public var description: String { "\(address)/\(length)" }
}
