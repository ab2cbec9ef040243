import PeriluneCore

/// The public name of a session: its shard, and a keyed hash of its token.
///
/// May be shown, logged and put into URLs: nobody can make the token of it.
public struct SessionID: Sendable, Hashable {
    /// The shard that the session lies in, from 0.
    public let shard: Int
    /// 128 bits in base64url: 22 characters.
    let hash: String

    init(shard: Int, hash: String) {
        self.shard = shard
        self.hash = hash
    }

    /// Reads an id as ``description`` writes it.
    ///
    /// - Throws: ``SessionTokenError/malformed``.
    public init(_ text: some StringProtocol) throws(SessionTokenError) {
        // Before anything that takes time: the text may be of any length.
        guard text.utf8.count <= 32, let dot = text.utf8.firstIndex(of: UInt8(ascii: ".")),
            let shard = SessionToken.shard(text.utf8[..<dot])
        else { throw .malformed }
        let hash = text.utf8[text.utf8.index(after: dot)...]
        guard hash.count == 22, Base64URL.decode(hash) != nil else { throw .malformed }
        self.init(shard: shard, hash: String(decoding: hash, as: UTF8.self))
    }
}

extension SessionID: CustomStringConvertible {
    /// The shard, a dot, and 22 characters: `17.kq3p…`.
    public var description: String { "\(shard).\(hash)" }
}

extension SessionID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self = try Self(try container.decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
