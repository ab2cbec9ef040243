import NIOCore
import Testing

@testable import PeriluneHummingbird

@Suite struct ClientAddressTests {
    /// Proxies at 10.0.0.0/8 and at 2001:db8:aaaa::/48.
    private let resolver = ClientAddress(
        trustedProxies: ["10.0.0.0/8", "2001:db8:aaaa::/48"].compactMap(IPPrefix.init))

    private func resolve(_ peer: String, _ forwardedFor: String...) throws -> String? {
        let address = try #require(IPAddress(peer))
        return resolver.resolve(peer: .address(address), forwardedFor: forwardedFor)?.description
    }

    @Test func anUntrustedPeerIsTheClientWhateverItWrites() throws {
        #expect(try resolve("203.0.113.9", "198.51.100.1") == "203.0.113.9")
        #expect(try resolve("203.0.113.9", "10.0.0.1, 127.0.0.1") == "203.0.113.9")
        #expect(try resolve("203.0.113.9") == "203.0.113.9")
    }

    @Test func theClientIsTheFirstFromTheRightThatIsNoProxy() throws {
        #expect(try resolve("10.0.0.1", "198.51.100.1") == "198.51.100.1")
        #expect(try resolve("10.0.0.1", "198.51.100.1, 10.0.0.2, 10.0.0.3") == "198.51.100.1")
        #expect(try resolve("2001:db8:aaaa::1", "2001:db8:bbbb::2, 2001:db8:aaaa::3") == "2001:db8:bbbb::2")
        #expect(try resolve("::ffff:10.0.0.1", "198.51.100.1, ::ffff:10.0.0.2") == "198.51.100.1")
    }

    @Test func whatTheClientWroteBeforeItsProxyDoesNotCount() throws {
        #expect(try resolve("10.0.0.1", "1.1.1.1, 198.51.100.1") == "198.51.100.1")
        #expect(try resolve("10.0.0.1", "10.9.9.9, 1.1.1.1, 198.51.100.1, 10.0.0.2") == "198.51.100.1")
        #expect(try resolve("10.0.0.1", "1.1.1.1", "198.51.100.1", "10.0.0.2") == "198.51.100.1")
    }

    @Test func aMalformedEntryEndsTheWalkAtTheLastTrustedAddress() throws {
        #expect(try resolve("10.0.0.1", "1.1.1.1, unknown") == "10.0.0.1")
        #expect(try resolve("10.0.0.1", "1.1.1.1, unknown, 10.0.0.2") == "10.0.0.2")
        #expect(try resolve("10.0.0.1", "1.1.1.1, 999.1.1.1") == "10.0.0.1")
        #expect(try resolve("10.0.0.1", "1.1.1.1, \(String(repeating: "9", count: 10_000))") == "10.0.0.1")
    }

    @Test func emptyEntriesAreSkipped() throws {
        #expect(try resolve("10.0.0.1", "") == "10.0.0.1")
        #expect(try resolve("10.0.0.1", " , ,") == "10.0.0.1")
        #expect(try resolve("10.0.0.1", "198.51.100.1,, ,10.0.0.2,") == "198.51.100.1")
    }

    @Test func aChainOfProxiesAloneEndsAtTheirFirst() throws {
        #expect(try resolve("10.0.0.1", "10.0.0.7, 10.0.0.2") == "10.0.0.7")
        #expect(try resolve("10.0.0.1") == "10.0.0.1")
    }

    @Test func portsBracketsAndZonesAreUndone() throws {
        #expect(try resolve("10.0.0.1", "198.51.100.1:50123") == "198.51.100.1")
        #expect(try resolve("10.0.0.1", "[2001:db8:bbbb::2]:50123, 10.0.0.2:80") == "2001:db8:bbbb::2")
        #expect(try resolve("10.0.0.1", "fe80::1%eth0") == "fe80::1")
    }

    @Test func unixSocketsAreBelievedOnlyWhenToldSo() {
        #expect(resolver.resolve(peer: .unixSocket, forwardedFor: ["198.51.100.1"]) == nil)
        var trusting = resolver
        trusting.trustsUnixSockets = true
        let client = trusting.resolve(peer: .unixSocket, forwardedFor: ["1.1.1.1, 198.51.100.1"])
        #expect(client?.description == "198.51.100.1")
        #expect(trusting.resolve(peer: .unixSocket, forwardedFor: ["unknown"]) == nil)
        #expect(trusting.resolve(peer: .unixSocket, forwardedFor: []) == nil)
    }

    @Test func withoutAPeerNobodyIsIdentified() {
        #expect(resolver.resolve(peer: nil, forwardedFor: ["198.51.100.1"]) == nil)
    }

    @Test(arguments: [
        ("192.0.2.1", 64, "ip:192.0.2.1"), ("2001:db8:1:2:3:4:5:6", 64, "ip:2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", 64, "ip:2001:db8:1:2::/64"), ("2001:db8:1:2:3:4:5:6", 48, "ip:2001:db8:1::/48"),
        ("2001:db8::1", 128, "ip:2001:db8::1"), ("::ffff:192.0.2.1", 64, "ip:192.0.2.1"),
    ])
    func groupsIPv6ByNetwork(text: String, length: Int, identifier: String) throws {
        let resolver = ClientAddress(ipv6PrefixLength: length)
        #expect(resolver.identifier(of: try #require(IPAddress(text))) == identifier)
    }

    @Test func readsSocketAddresses() throws {
        let v4 = try SocketAddress(ipAddress: "192.0.2.1", port: 80)
        #expect(ClientAddress.Peer(v4) == IPAddress("192.0.2.1").map(ClientAddress.Peer.address))
        let mapped = try SocketAddress(ipAddress: "::ffff:192.0.2.1", port: 80)
        #expect(ClientAddress.Peer(mapped) == IPAddress("192.0.2.1").map(ClientAddress.Peer.address))
        let v6 = try SocketAddress(ipAddress: "2001:db8::1", port: 80)
        #expect(ClientAddress.Peer(v6) == IPAddress("2001:db8::1").map(ClientAddress.Peer.address))
        let unix = try SocketAddress(unixDomainSocketPath: "/run/x.sock")
        #expect(ClientAddress.Peer(unix) == .unixSocket)
    }
}
