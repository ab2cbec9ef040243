import Crypto

/// How keys are named: `<namespace>:{<tag>}:<kind>:<id>`.
///
/// Redis Cluster hashes what stands between the first `{` and the next `}`, so the tag decides which keys live
/// together. User text goes into the tag escaped and bounded in length: no identifier, whatever its characters, can
/// leave its tag, collide with another identifier, or make a key of unbounded size.
public struct KeySpace: Sendable, Hashable {
    /// The first part of every key.
    public let namespace: String

    /// The longest text, in UTF-8 bytes after escaping, that appears in a tag as it is. Longer text is replaced by its
    /// SHA-256.
    public static let longestTag = 128

    /// The namespace used when none is given: `p`.
    public static let standard = KeySpace(unchecked: "p")

    private init(unchecked namespace: String) {
        self.namespace = namespace
    }

    /// Creates a key space.
    ///
    /// - Parameter namespace: 1 to 64 of the characters `A-Z a-z 0-9 . _ -`.
    /// - Throws: ``KeyError/invalidName(_:)``.
    public init(namespace: String) throws(KeyError) {
        try Self.validate(name: namespace)
        self.namespace = namespace
    }

    /// Checks a name that operators choose: a namespace, a policy, a limit.
    ///
    /// - Throws: ``KeyError/invalidName(_:)`` unless it has 1 to 64 of the characters `A-Z a-z 0-9 . _ -`.
    public static func validate(name: String) throws(KeyError) {
        let isValid = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isValid, (1...64).contains(name.utf8.count) else { throw .invalidName(name) }
    }

    /// Creates the family of keys of one kind and id, to be completed by a tag.
    ///
    /// - Parameters:
    ///   - kind: A short constant of the service, for example `tb`.
    ///   - id: A name as ``validate(name:)`` wants it.
    public func family(kind: StaticString, id: String) throws(KeyError) -> KeyFamily {
        try Self.validate(name: id)
        return family(kind: kind, validated: id)
    }

    /// Creates the family of keys of one kind and an id that was validated before.
    package func family(kind: StaticString, validated id: String) -> KeyFamily {
        KeyFamily(prefix: namespace + ":{", suffix: "}:\(kind):" + id)
    }
}

/// The keys that differ only in their tag.
public struct KeyFamily: Sendable, Hashable {
    let prefix: String
    let suffix: String

    /// The key with a tag made of user text.
    ///
    /// - Parameter text: Any text that is not empty.
    /// - Throws: ``KeyError/emptyIdentifier``. An empty tag is no tag for Redis Cluster.
    /// - Complexity: O(length of `text`); one allocation for common identifiers.
    public func key(tag text: String) throws(KeyError) -> RedisKey {
        guard !text.isEmpty else { throw .emptyIdentifier }
        let tag = KeyFamily.tag(for: text)
        var name = ""
        name.reserveCapacity(prefix.utf8.count + tag.utf8.count + suffix.utf8.count)
        name += prefix
        name += tag
        name += suffix
        return RedisKey(name)
    }

    /// The text as it may stand in a tag: braces, percent signs and control characters percent-encoded, long text
    /// replaced by its digest. One to one: a digest begins with `%sha256-`, which no escaped text does.
    static func tag(for text: String) -> String {
        let utf8 = text.utf8
        if utf8.count <= KeySpace.longestTag, utf8.allSatisfy({ !needsEscape($0) }) { return text }
        var escaped: [UInt8] = []
        for byte in utf8 {
            if escaped.count > KeySpace.longestTag { break }
            if needsEscape(byte) {
                escaped.append(UInt8(ascii: "%"))
                escaped.append(contentsOf: hexadecimal(CollectionOfOne(byte)).utf8)
            } else {
                escaped.append(byte)
            }
        }
        guard escaped.count > KeySpace.longestTag else { return String(decoding: escaped, as: UTF8.self) }
        return "%sha256-" + hexadecimal(SHA256.hash(data: Array(utf8)))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}")
            || byte == UInt8(ascii: "%")
    }
}

/// Why a key cannot be made.
public enum KeyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The identifier is empty.
    case emptyIdentifier
    /// The name is not 1 to 64 of the characters `A-Z a-z 0-9 . _ -`.
    case invalidName(String)

    public var description: String {
        switch self {
        case .emptyIdentifier: "the identifier is empty"
        case .invalidName(let name):
            "\"\(name.prefix(80))\" is not a name of 1 to 64 of the characters A-Z a-z 0-9 . _ -"
        }
    }
}
