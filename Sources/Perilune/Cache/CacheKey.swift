import Crypto

/// The key of a value in a ``CacheRegion``.
///
/// Two keys are the same when their bytes are. Keys of up to 1024 bytes of UTF-8 stand in the engine as they are, so that
/// patterns find them; longer ones are replaced by their SHA-256 (`%sha256-` and 64 hexadecimal digits), bytes that are
/// not UTF-8 by their base64url (`%bytes-`), and a key that begins with `%` gets another one before it. No two keys
/// have one name.
public struct CacheKey: Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The longest key, in bytes, that is stored as it is.
    public static let longest = 1024

    /// What stands for the key in the engine.
    public let name: String

    /// Creates a key from text.
    ///
    /// - Complexity: O(length); nothing is copied for keys that are stored as they are.
    public init(_ text: String) {
        let utf8 = text.utf8
        if utf8.count > Self.longest {
            name = Self.digest(utf8)
        } else if utf8.first == UInt8(ascii: "%") {
            name = "%" + text
        } else {
            name = text
        }
    }

    /// Creates a key from any bytes: from those of a text the same key as from the text.
    public init(bytes: some Collection<UInt8>) {
        if bytes.count > Self.longest {
            self.init(name: Self.digest(bytes))
        } else if let text = String(validating: bytes, as: UTF8.self) {
            self.init(text)
        } else {
            self.init(name: "%bytes-" + Base64URL.encode(Array(bytes)))
        }
    }

    /// The key that has a name.
    init?(named name: [UInt8]) {
        guard let name = String(validating: name, as: UTF8.self) else { return nil }
        self.init(name: name)
    }

    private init(name: String) { self.name = name }

    public init(stringLiteral value: String) {
        self.init(value)
    }

    public var description: String { name }

    static func digest(_ bytes: some Collection<UInt8>) -> String {
        "%sha256-" + hexadecimal(SHA256.hash(data: Array(bytes)))
    }
}

extension CacheKey: Hashable {
    public static func == (lhs: CacheKey, rhs: CacheKey) -> Bool {
        // Texts that are not the same have other bytes. Those that are the same may have other bytes too, unless they are
        // ASCII: only then are there as many units of UTF-16. So a hit of the near cache counts no reference here.
        guard lhs.name == rhs.name else { return false }
        let count = lhs.name.utf8.count
        return count == rhs.name.utf8.count
            && (count == lhs.name.utf16.count || lhs.name.utf8.elementsEqual(rhs.name.utf8))
    }

    public func hash(into hasher: inout Hasher) {
        var name = self.name
        name.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
