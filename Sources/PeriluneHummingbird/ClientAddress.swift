import HTTPTypes
public import Hummingbird
public import NIOCore

/// Finds the address of the client behind proxies.
///
/// `X-Forwarded-For` grows from left to right: each proxy appends the peer it saw. So only the right end is known to be
/// true, as far as the proxies that wrote it are one's own, and what stands left of the first address that is not a
/// trusted proxy was written by that address: by whoever wants to be someone else.
struct ClientAddress: Sendable {
    /// The proxies that are believed.
    var trustedProxies: [IPPrefix] = []
    /// Whether peers on a Unix domain socket are believed.
    var trustsUnixSockets = false
    /// How many leading bits of an IPv6 address tell one client from another.
    var ipv6PrefixLength = 64

    /// The peer at the other end of the connection.
    enum Peer: Sendable, Hashable {
        case address(IPAddress)
        case unixSocket
    }

    /// The address of the client.
    ///
    /// - Parameters:
    ///   - peer: Who sent the request.
    ///   - forwardedFor: The values of all `X-Forwarded-For` fields, in order.
    /// - Returns: The peer unless it is trusted; else the first address from the right that is not, or the last
    ///   trusted one before an entry that is not an address. `nil` where nothing trustworthy names an address.
    /// - Complexity: O(number of entries).
    func resolve(peer: Peer?, forwardedFor: [String]) -> IPAddress? {
        var client: IPAddress?
        switch peer {
        case .address(let address):
            guard isTrusted(address) else { return address }
            client = address
        case .unixSocket:
            guard trustsUnixSockets else { return nil }
        case nil:
            return nil
        }
        for field in forwardedFor.reversed() {
            for entry in field.split(separator: ",").reversed() where !entry.allSatisfy(\.isWhitespace) {
                guard let address = IPAddress(forwarded: entry) else { return client }
                guard isTrusted(address) else { return address }
                client = address
            }
        }
        return client
    }

    /// The identifier of an address: `ip:192.0.2.1`, `ip:2001:db8:1:2::/64`.
    func identifier(of address: IPAddress) -> String {
        guard address.family == .ipv6, ipv6PrefixLength < 128 else { return "ip:\(address)" }
        return "ip:\(IPPrefix(address, length: ipv6PrefixLength))"
    }

    private func isTrusted(_ address: IPAddress) -> Bool {
        trustedProxies.contains { $0.contains(address) }
    }
}

extension ClientAddress.Peer {
    /// The peer at the other end of a connection; `nil` when its address has no known form.
    init?(_ socketAddress: SocketAddress) {
        if case .unixDomainSocket = socketAddress {
            self = .unixSocket
        } else {
            guard let text = socketAddress.ipAddress, let address = IPAddress(forwarded: text) else { return nil }
            self = .address(address)
        }
    }
}

extension ClientIdentifier {
    /// The client's address: `ip:` and the address, of IPv6 only its network.
    ///
    /// - Parameters:
    ///   - trustedProxies: The proxies whose `X-Forwarded-For` is believed. From any other peer the header is ignored,
    ///     as anyone can write anything into it. With none, the peer of the connection is the client.
    ///   - trustsUnixSockets: Whether peers on a Unix domain socket are such proxies. They have no address of their
    ///     own: without this, or without the header, they are not identified.
    ///   - ipv6PrefixLength: How many leading bits of an IPv6 address count, from 0 to 128. By default 64: a customer
    ///     is given at least a network of that size, and with each of its 2^64 addresses would be a new client.
    ///   - remoteAddress: The address of the connection's peer.
    public static func clientAddress(
        trustedProxies: [IPPrefix] = [], trustsUnixSockets: Bool = false, ipv6PrefixLength: Int = 64,
        remoteAddress: @escaping @Sendable (Context) -> SocketAddress?
    ) -> ClientIdentifier {
        let resolver = ClientAddress(
            trustedProxies: trustedProxies, trustsUnixSockets: trustsUnixSockets, ipv6PrefixLength: ipv6PrefixLength)
        return ClientIdentifier { request, context in
            let peer = remoteAddress(context).flatMap(ClientAddress.Peer.init)
            return resolver.resolve(peer: peer, forwardedFor: request.headers[values: .xForwardedFor])
                .map(resolver.identifier)
        }
    }
}

extension ClientIdentifier where Context: RemoteAddressRequestContext {
    /// The client's address: `ip:` and the address, of IPv6 only its network.
    ///
    /// See ``clientAddress(trustedProxies:trustsUnixSockets:ipv6PrefixLength:remoteAddress:)``.
    public static func clientAddress(
        trustedProxies: [IPPrefix] = [], trustsUnixSockets: Bool = false, ipv6PrefixLength: Int = 64
    ) -> ClientIdentifier {
        clientAddress(
            trustedProxies: trustedProxies, trustsUnixSockets: trustsUnixSockets, ipv6PrefixLength: ipv6PrefixLength,
            remoteAddress: { $0.remoteAddress })
    }
}
