/// What a user is shown about a session to tell it from the others.
public struct SessionDevice: Sendable, Hashable {
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

extension SessionDevice {
    /// A 0, then of each of the three its size in a byte, 255 when there is none, and the text.
    var packed: [UInt8] {
        [name, address, userAgent].reduce(into: [0]) { bytes, text in
            bytes.append(text.map { UInt8(clamping: $0.utf8.count) } ?? 255)
            bytes += (text ?? "").utf8
        }
    }

    /// Reads what ``packed`` wrote; `nil` for anything else.
    init?(packed: [UInt8]) {
        var rest = packed[...]
        guard rest.popFirst() == 0 else { return nil }
        var texts: [String?] = []
        for _ in 0..<3 {
            guard let size = rest.popFirst() else { return nil }
            if size == 255 {
                texts.append(nil)
                continue
            }
            guard size <= rest.count, let text = String(validating: rest.prefix(Int(size)), as: UTF8.self) else {
                return nil
            }
            texts.append(text)
            rest = rest.dropFirst(Int(size))
        }
        guard rest.isEmpty else { return nil }
        self.init(name: texts[0], address: texts[1], userAgent: texts[2])
    }
}
