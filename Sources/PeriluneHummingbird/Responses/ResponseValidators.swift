import Crypto
import HTTPTypes
import NIOCore
import PeriluneCore

/// The conditions of a request for something newer than what its client has (RFC 9110, section 13).
enum ResponseValidators {
    /// A strong entity tag made of a content: the first half of its SHA-256.
    ///
    /// - Complexity: O(bytes).
    static func entityTag(of content: ByteBuffer) -> String {
        var hash = SHA256()
        content.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
        return "\"\(hexadecimal(hash.finalize().prefix(16)))\""
    }

    /// Whether a client has a response already, as far as it says.
    ///
    /// - Parameters:
    ///   - request: The fields of the request.
    ///   - response: The fields of the response.
    static func isKnown(_ response: HTTPFields, to request: HTTPFields) -> Bool {
        let conditions = request[values: .ifNoneMatch]
        guard conditions.isEmpty else {
            guard let tag = response[.eTag].flatMap({ opaque($0.utf8) }) else {
                return conditions.contains { $0.utf8.elementsEqual("*".utf8) }
            }
            return conditions.contains { names(tag, in: $0) }
        }
        guard let since = request[.ifModifiedSince].flatMap({ HTTPDate.time($0) }),
            let modified = response[.lastModified].flatMap({ HTTPDate.time($0) })
        else { return false }
        return modified <= since
    }

    /// Whether a list of entity tags has one that is the same but for whether it is weak.
    private static func names(_ tag: [UInt8], in list: String) -> Bool {
        var rest = list.utf8[...]
        while true {
            rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: ",") }
            guard let first = rest.first else { return false }
            if first == UInt8(ascii: "*") { return true }
            let prefix = rest.prefix { $0 != UInt8(ascii: "\"") }
            guard let end = rest.dropFirst(prefix.count + 1).firstIndex(of: UInt8(ascii: "\"")) else { return false }
            if opaque(rest[...end]) == tag { return true }
            rest = rest[rest.index(after: end)...]
        }
    }

    /// What stands between the quotes of an entity tag.
    private static func opaque(_ tag: some Collection<UInt8>) -> [UInt8]? {
        var rest = Array(tag)[...]
        if rest.starts(with: "W/".utf8) { rest = rest.dropFirst(2) }
        guard rest.count >= 2, rest.first == UInt8(ascii: "\""), rest.last == UInt8(ascii: "\"") else { return nil }
        let text = rest.dropFirst().dropLast()
        return text.contains(UInt8(ascii: "\"")) ? nil : Array(text)
    }
}
