/// The name of a key in the keyspace.
///
/// A key is any string; two keys are the same when their UTF-8 bytes are. Services do not build keys from user text
/// themselves: ``KeySpace`` lays them out so that user text can never change the hash tag.
public struct RedisKey: Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The text whose UTF-8 bytes are the key.
    public let name: String

    /// Creates a key from its exact name.
    @inlinable
    public init(_ name: String) {
        self.name = name
    }

    @inlinable
    public init(stringLiteral value: String) {
        self.name = value
    }

    public var description: String { name }
}

extension RedisKey: Hashable {
    // Swift compares strings by canonical equivalence ("é" in one scalar equals "é" in two); Redis compares bytes.
    public static func == (lhs: RedisKey, rhs: RedisKey) -> Bool {
        lhs.name.utf8.elementsEqual(rhs.name.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        var name = self.name
        name.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
