/// What the cache made of a request, as a member of `Cache-Status` (RFC 9211).
struct CacheStatus: Sendable, Hashable {
    /// Why a handler was called.
    enum Forward: String, Sendable, Hashable {
        /// The cache was not asked.
        case bypass
        /// The method is not one whose responses are stored.
        case method
        /// Nothing is stored for the URL.
        case uriMiss = "uri-miss"
        /// Another variant is.
        case varyMiss = "vary-miss"
        /// What is stored is stale.
        case stale
        /// The client wants something newer.
        case request
        /// What is stored cannot be reached, or another request has to be waited for that takes too long.
        case miss
    }

    /// `nil` for a hit.
    var forward: Forward?
    /// The status that a handler answered with when the client gets another one.
    var forwardStatus: Int?
    /// How long a hit is fresh from now on, in seconds; negative when it no longer is.
    var ttl: Int?
    var isStored = false
    var detail: String?

    /// The member of a cache with a name; `nil` when that cannot be written.
    func member(name: String) -> String? {
        guard
            name.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
        else { return nil }
        var text = Self.isToken(name) ? name : "\"\(name)\""
        text += forward.map { "; fwd=\($0.rawValue)" } ?? "; hit"
        if let forwardStatus { text += "; fwd-status=\(forwardStatus)" }
        if let ttl { text += "; ttl=\(ttl)" }
        if isStored { text += "; stored" }
        if let detail { text += "; detail=\(detail)" }
        return text
    }

    private static func isToken(_ name: String) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
        guard let first = name.utf8.first, isLetter(first) else { return false }
        return name.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "-._:/".utf8.contains($0) }
    }
}
