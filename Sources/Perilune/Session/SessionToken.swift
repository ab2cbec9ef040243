import PeriluneCore

/// What a client shows to be taken for the owner of a session: `v1.<shard>.<secret>`, with 256 random bits.
///
/// Whoever has it is the client, so it belongs into one cookie or header and nowhere else. Its description, and with it
/// every log, shows the shard only; ``text`` is the token itself.
public struct SessionToken: Sendable {
    /// The text that goes to the client.
    public let text: String
    /// The shard that the session lies in, from 0.
    let shard: Int

    /// Makes a new token.
    init(shard: Int) {
        var generator = SystemRandomNumberGenerator()
        var secret: [UInt8] = []
        secret.reserveCapacity(32)
        for _ in 0..<4 {
            withUnsafeBytes(of: generator.next() as UInt64) { secret.append(contentsOf: $0) }
        }
        self.shard = shard
        text = "v1.\(shard)." + Base64URL.encode(secret)
    }

    /// Reads a token that a client sent.
    ///
    /// - Throws: ``SessionTokenError``.
    /// - Complexity: O(1): a text that is too long is not looked at.
    public init(_ text: some StringProtocol) throws(SessionTokenError) {
        guard text.utf8.count <= 64 else { throw .malformed }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].first == UInt8(ascii: "v") else { throw .malformed }
        guard parts[0].elementsEqual("v1".utf8) else { throw .unknownVersion }
        guard let shard = Self.shard(parts[1]), parts[2].count == 43, Base64URL.decode(parts[2]) != nil else {
            throw .malformed
        }
        self.shard = shard
        self.text = String(text)
    }

    /// Reads the number of a shard: decimal, without leading zeros, below ``SessionConfiguration/mostShards``.
    static func shard(_ digits: some Collection<UInt8>) -> Int? {
        guard (1...4).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number < SessionConfiguration.mostShards ? number : nil
    }
}

extension SessionToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `v1.17.…`: without the secret.
    public var description: String { "v1.\(shard).…" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a text is no token or no id of a session.
public enum SessionTokenError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Not of the form of a token or an id.
    case malformed
    /// A token of a version that this library does not know.
    case unknownVersion

    public var description: String {
        switch self {
        case .malformed: "not a session's token or id"
        case .unknownVersion: "a session's token of an unknown version"
        }
    }
}
