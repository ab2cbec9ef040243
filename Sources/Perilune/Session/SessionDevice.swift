/// What a user is shown about a session to tell it from the others.
public struct SessionDevice: Sendable, Hashable, Codable {
    /// What the user or the client calls it. At most 64 bytes are kept.
    public let name: String?
    /// Where it connected from. At most 64 bytes are kept.
    public let address: String?
    /// What the client says it is. At most 192 bytes are kept.
    public let userAgent: String?

    /// Creates a description. Text comes from clients: control characters are left out, and what is too long is cut.
    public init(name: String? = nil, address: String? = nil, userAgent: String? = nil) {
        self.name = name.map { Self.tidy($0, 64) }
        self.address = address.map { Self.tidy($0, 64) }
        self.userAgent = userAgent.map { Self.tidy($0, 192) }
    }

    private static func tidy(_ text: String, _ limit: Int) -> String {
        var tidy = ""
        var size = 0
        // No more than can stay is looked at; the text may be of any length.
        for scalar in text.unicodeScalars.prefix(2 * limit) where scalar.properties.generalCategory != .control {
            size += UTF8.width(scalar)
            if size > limit { break }
            tidy.unicodeScalars.append(scalar)
        }
        return tidy
    }
}
