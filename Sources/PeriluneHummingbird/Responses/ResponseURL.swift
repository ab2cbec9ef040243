import Perilune

/// The URL of a request, as far as responses are told apart by it: the host, the path and the query.
///
/// The path is what the client has sent, byte for byte: two spellings of one path are two URLs. A router tells `/a%2Fb`
/// from `/a/b`, and a cache that did not could be made to give the answer of one to those who ask for the other.
struct ResponseURL: Sendable, Hashable {
    /// The longest path and query together, in bytes.
    static let longest = 8_192

    /// Empty when it does not count.
    let host: String
    /// The path, and the query behind a question mark.
    let target: String

    /// Creates the URL of a request.
    ///
    /// - Parameters:
    ///   - authority: The host, `nil` when it is not known.
    ///   - path: The path and the query.
    /// - Returns: `nil` for what cannot be told apart safely: a host of other characters than hosts have, a target that
    ///   does not begin with a slash, or a long one.
    init?(authority: String?, path: String?, usesHost: Bool, query: ResponseCachePolicy.Query) {
        guard let path, path.utf8.first == UInt8(ascii: "/"), path.utf8.count <= Self.longest else { return nil }
        if usesHost {
            let host = authority ?? ""
            guard host.utf8.count <= 255, host.utf8.allSatisfy(Self.isHostByte) else { return nil }
            self.host = host.lowercased()
        } else {
            host = ""
        }
        let bytes = path.utf8.prefix { $0 != UInt8(ascii: "#") }
        guard query == .sorted, let mark = bytes.firstIndex(of: UInt8(ascii: "?")) else {
            target = String(decoding: bytes, as: UTF8.self)
            return
        }
        let names = bytes[bytes.index(after: mark)...].split(
            separator: UInt8(ascii: "&"), omittingEmptySubsequences: false
        ).enumerated().map { (offset: $0.offset, text: Array($0.element)) }
        // Values of one name stay in their order, which may mean something.
        let sorted = names.sorted { one, other in
            let (first, second) = (Self.name(one.text), Self.name(other.text))
            if first.elementsEqual(second) { return one.offset < other.offset }
            return first.lexicographicallyPrecedes(second)
        }
        let text = Array(bytes[...mark]) + sorted.map(\.text).joined(separator: [UInt8(ascii: "&")])
        target = String(decoding: text, as: UTF8.self)
    }

    private static func name(_ parameter: [UInt8]) -> ArraySlice<UInt8> {
        parameter.prefix { $0 != UInt8(ascii: "=") }
    }

    /// Letters, digits, and what else names, addresses and ports are written with; not a slash, which begins the path.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
            true
        default: false
        }
    }

    /// The key of the URL's entry.
    var key: CacheKey { CacheKey("r:\(host)\(target)") }

    /// The key of the entry of some of its variants.
    ///
    /// - Parameters:
    ///   - generation: Of the URL's entry: with that its variants go.
    ///   - bucket: Which of them.
    func key(generation: UInt64, bucket: Int) -> CacheKey {
        CacheKey("v:\(String(generation, radix: 16)):\(bucket):\(host)\(target)")
    }
}
