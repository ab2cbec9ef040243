/// A tag of values in a ``CacheRegion``: what can be invalidated together.
///
/// A tag is any string of bytes; two tags are the same when their bytes are. Tags of more than 1024 bytes are replaced by
/// their SHA-256, as keys are, see ``CacheKey``.
///
/// A tag costs nothing until it is invalidated, and then about 90 bytes. ``CacheRegion/run()`` forgets invalidations that are
/// older than every value, where a shard has more than 1000.
public struct CacheTag: Sendable, Hashable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The field of the tag in a shard's control hash: `t`, then the tag.
    let field: [UInt8]

    /// Creates a tag from text.
    public init(_ text: String) {
        self.init(bytes: text.utf8)
    }

    /// Creates a tag from any bytes.
    public init(bytes: some Collection<UInt8>) {
        var field: [UInt8] = [UInt8(ascii: "t")]
        if bytes.count > CacheKey.longest {
            field += Array(CacheKey.digest(bytes).utf8)
        } else {
            // As with keys, so that no tag is what stands for another.
            if bytes.first == UInt8(ascii: "%") { field.append(UInt8(ascii: "%")) }
            field += bytes
        }
        self.field = field
    }

    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// A tag as it stands in an entry.
    init(stored: ArraySlice<UInt8>) {
        field = [UInt8(ascii: "t")] + stored
    }

    /// The tag as it stands in an entry and in messages.
    var stored: ArraySlice<UInt8> { field.dropFirst() }

    public var description: String { String(decoding: stored, as: UTF8.self) }
}
