/// Makes the key of a call: of a function, and of the arguments that its result depends on.
///
/// Each part stands in parentheses, the function's name first, as in
/// `(48:App/Reports.swift Reports.report(id:Int)->Report)(42)`. Within them stands what the part appends, or one atom:
///
/// | part | atom |
/// |---|---|
/// | text | its length in bytes of UTF-8, `:`, and the bytes |
/// | integer | decimal digits, after `-` if it is negative |
/// | `Bool` | `t` or `f` |
/// | `Double`, `Float` | the bits as hexadecimal digits |
///
/// So parts end where they end, and different parts of the same types never make the same key. ``CacheKey`` says what
/// becomes of long keys. The key depends on nothing else: not on the process, the machine, the build, or hashing.
public struct CacheKeyEncoder: Sendable {
    /// UTF-8.
    private var bytes: [UInt8] = []

    /// Begins the key of a call.
    ///
    /// - Parameter function: A name that no other function has.
    public init(function: String) {
        bytes.reserveCapacity(function.utf8.count + 64)
        append(function)
    }

    private init() {}

    /// Appends a part.
    ///
    /// - Complexity: O(bytes of the part).
    public mutating func append(_ part: some CacheKeyPart) {
        bytes.append(UInt8(ascii: "("))
        part.encode(into: &self)
        bytes.append(UInt8(ascii: ")"))
    }

    /// Appends parts whose order says nothing, in an order that only depends on what they are.
    ///
    /// - Complexity: O(*n* log *n*) for *n* parts.
    public mutating func append(unordered parts: some Sequence<some CacheKeyPart>) {
        let encoded = parts.map { part in
            var encoder = CacheKeyEncoder()
            encoder.append(part)
            return encoder.bytes
        }
        for part in encoded.sorted(by: { $0.lexicographicallyPrecedes($1) }) { bytes += part }
    }

    /// The key with another part.
    public consuming func adding(_ part: some CacheKeyPart) -> CacheKeyEncoder {
        append(part)
        return self
    }

    /// The key with the instance of a method as another part.
    public consuming func adding(instance: some CacheKeyPart) -> CacheKeyEncoder {
        append(instance)
        return self
    }

    /// The key with a type as another part.
    ///
    /// - Throws: ``CacheKeyError/privateType(_:)`` for a type that is, or is made of, one that is private or local: such types
    ///   have no name of their own.
    public consuming func adding(type: any Any.Type) throws(CacheKeyError) -> CacheKeyEncoder {
        let name = String(reflecting: type)
        guard !name.contains("(unknown context at ") else { throw .privateType(String(describing: type)) }
        append(name)
        return self
    }

    /// The key.
    public var key: CacheKey { CacheKey(bytes: bytes) }

    // MARK: For the parts that come with the library

    mutating func append(text: some StringProtocol) {
        append(atom: String(text.utf8.count))
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(atom: String) {
        bytes.append(contentsOf: atom.utf8)
    }
}

// What the compiler says where something is to be part of a key that cannot be.
extension CacheKeyEncoder {
    @_disfavoredOverload
    @available(*, unavailable, message: "a part of a key conforms to CacheKeyPart, or is named in 'ignoring:'")
    public consuming func adding<Part>(_ part: Part) -> CacheKeyEncoder { self }

    @_disfavoredOverload
    @available(
        *, unavailable,
        message: """
            the result of a method may depend on its instance: the type conforms to CacheKeyPart, or 'self' is named in \
            'ignoring:'
            """
    )
    public consuming func adding<Part>(instance: Part) -> CacheKeyEncoder { self }
}

/// Why a call has no key.
public enum CacheKeyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The type is private or local, or made of such a type. Two of them may have the same name.
    case privateType(String)

    public var description: String {
        switch self {
        case .privateType(let name):
            "\(name) is private or local, so that it cannot be told from another by its name: "
                + "make it internal, or give the cached function a 'key:'"
        }
    }
}
