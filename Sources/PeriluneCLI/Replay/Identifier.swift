import PeriluneCore
import PeriluneHummingbird

/// Who a request is counted for.
enum IdentifierField: String, CaseIterable {
    /// The client's address, of IPv6 only its network, or its host name where the server looks names up.
    case ip
    /// The authenticated user. Requests without one are counted together, under `-`.
    case user
    /// The path without its query.
    case path
    /// The user agent. Requests without one are counted together, under `-`.
    case userAgent = "user-agent"

    /// The identifier of a request.
    ///
    /// - Parameters:
    ///   - request: The parsed line.
    ///   - line: The line itself.
    func identifier(of request: AccessLogLine, in line: Span<UInt8>) -> Identifier {
        switch self {
        case .ip: Identifier(host: line.extracting(request.host))
        case .user: Identifier(line.extracting(request.user))
        case .path: Identifier(line.extracting(request.path(in: line)))
        case .userAgent: Identifier(line.extracting(request.userAgent ?? 0..<0))
        }
    }
}

/// The text by which a limiter knows a client; never empty, and of bounded length.
///
/// Two identifiers are the same when their bytes are, as for the keys of the engine.
struct Identifier: Hashable {
    /// The text.
    let name: String

    /// The longest text in bytes. A path or a user agent may have 64 KiB; of longer ones the beginning is kept and a
    /// digest of the whole stands for the rest, so that different ones stay different.
    static let longestName = 512

    /// Creates an identifier from a field of a log line.
    ///
    /// - Parameter field: Any bytes; those that are not UTF-8 are replaced, and nothing at all is `-`.
    init(_ field: Span<UInt8>) {
        guard !field.isEmpty else {
            self.name = "-"
            return
        }
        let text = field.withUnsafeBufferPointer { bytes in
            let kept = bytes.count <= Self.longestName ? bytes[...] : bytes.prefix(Self.longestName / 2)
            let text = String(decoding: kept, as: UTF8.self)
            return kept.count == bytes.count ? text : text + "…" + LuaScript.sha(of: bytes)
        }
        self.name = text
    }

    private init(name: String) {
        self.name = name
    }

    static func == (lhs: Identifier, rhs: Identifier) -> Bool {
        lhs.name.utf8.elementsEqual(rhs.name.utf8)
    }

    func hash(into hasher: inout Hasher) {
        var name = self.name
        name.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension Identifier {
    /// How many leading bits of an IPv6 address tell one client from another: the middleware's default.
    private static let ipv6PrefixLength = 64

    /// Creates the identifier of the client that the first field of a line names, as `RateLimitMiddleware` counts
    /// clients: an IPv6 address by its network, an IPv4 address in its IPv6 form as what it is, each in one spelling.
    ///
    /// - Parameter field: An address, perhaps with a port, or a host name, which is taken as it is.
    init(host field: Span<UInt8>) {
        // Most lines end here: what has no colon is a name, or an IPv4 address, of which there is one spelling.
        guard field.contains(UInt8(ascii: ":")),
            let address = field.withUnsafeBufferPointer({ IPAddress(forwarded: String(decoding: $0, as: UTF8.self)) })
        else {
            self.init(field)
            return
        }
        switch address.family {
        case .ipv4: self.init(name: address.description)
        case .ipv6: self.init(name: IPPrefix(address, length: Self.ipv6PrefixLength).description)
        }
    }
}

extension Span<UInt8> {
    fileprivate func contains(_ byte: UInt8) -> Bool {
        for index in indices where self[index] == byte { return true }
        return false
    }
}
