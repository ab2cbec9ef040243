import Testing

@testable import PeriluneHummingbird

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("2001:db8::1", "2001:db8::1"), ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"), ("::", "::"), ("::1", "::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("fe80::", "fe80::"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"), ("::192.0.2.1", "::c000:201"),
    ])
    func readsAndWritesAddresses(text: String, canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.-4", "01.2.3.4", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4\0", ":::",
        "1::2::3", "12345::", "g::1", "[::1]", "::1%lo", "1.2.3.4:80", "localhost", "١.٢.٣.٤", "1.2.3.4\r\n",
        String(repeating: "1", count: 1_000_000),
    ])
    func refusesWhatIsNoAddress(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), (" \t192.0.2.1\t ", "192.0.2.1"), ("192.0.2.1:4711", "192.0.2.1"),
        ("[2001:db8::1]", "2001:db8::1"), ("[2001:db8::1]:443", "2001:db8::1"), ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:80", "fe80::1"), ("::ffff:10.0.0.1", "10.0.0.1"), ("2001:db8::1", "2001:db8::1"),
    ])
    func readsForwardedEntries(text: String, address: String) {
        #expect(IPAddress(forwarded: text)?.description == address)
    }

    @Test(arguments: [
        "", " ", "unknown", "_hidden", "192.0.2.1:", "192.0.2.1:99999", "192.0.2.1:8 0", "[192.0.2.1]", "[::1", "::1]",
        "[::1]x", "[::1]:", "[::1]:port", "192.0.2.1%eth0", "fe80::1%", "\"192.0.2.1\"", "for=192.0.2.1",
        "192.0.2.1;by=x", String(repeating: "a", count: 100_000),
    ])
    func refusesMalformedEntries(text: String) {
        #expect(IPAddress(forwarded: text) == nil)
    }
}

@Suite struct IPPrefixTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.1.2.3/8", "10.9.9.9", true),
        ("0.0.0.0/0", "203.0.113.1", true), ("0.0.0.0/0", "::1", false), ("::/0", "192.0.2.1", false),
        ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false), ("192.0.2.1/32", "192.0.2.1", true),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false),
        ("::1/128", "::1", true), ("::ffff:10.0.0.0/104", "10.1.1.1", true), ("192.0.2.128/25", "192.0.2.127", false),
    ])
    func containsItsAddresses(prefix: String, address: String, isInside: Bool) throws {
        let prefix = try #require(IPPrefix(prefix))
        #expect(prefix.contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "x/8",
        "10.0.0.0/ 8", "::ffff:10.0.0.0/95", "10.0.0.0/1000", "10.0.0.0/८",
    ])
    func refusesWhatIsNoBlock(text: String) {
        #expect(IPPrefix(text) == nil)
    }

    @Test func clampsLengths() throws {
        let address = try #require(IPAddress("192.0.2.1"))
        #expect(IPPrefix(address, length: 99).description == "192.0.2.1/32")
        #expect(IPPrefix(address, length: -1).description == "0.0.0.0/0")
    }

    @Test(arguments: ["127.0.0.1", "::1"]) func loopbackIsTheMachineItself(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(IPPrefix.loopback.contains { $0.contains(address) })
        #expect(!IPPrefix.privateNetworks.contains { $0.contains(address) })
    }

    @Test(arguments: [
        ("10.0.0.1", true), ("172.16.0.1", true), ("172.31.255.255", true), ("172.32.0.1", false),
        ("192.168.1.1", true), ("fd00::1", true), ("fe80::1", false), ("203.0.113.1", false),
    ])
    func knowsPrivateNetworks(text: String, isPrivate: Bool) throws {
        let address = try #require(IPAddress(text))
        #expect(IPPrefix.privateNetworks.contains { $0.contains(address) } == isPrivate)
    }
}
