import Crypto
import HTTPTypes

/// By which fields of a request a response was chosen (RFC 9110, section 12.5.5), and what they said.
///
/// The entry of a URL holds one of its variants. It tells the others' keys: its generation, and a number below
/// ``ResponseCachePolicy/maximumVariants`` made of what the request's fields say. So a URL has so many variants at most,
/// whatever clients send; those with one number take each other's place. When the URL's entry goes, its generation does,
/// and with it all variants.
struct ResponseVariance: Sendable, Hashable {
    /// How many fields a response may depend on.
    static let mostNames = 8

    let generation: UInt64
    /// The names of the fields, in lower case, sorted, each once.
    let names: [String]
    /// SHA-256 of what they said.
    let digest: [UInt8]

    /// Which variant of a URL's a request asks for.
    static func bucket(_ digest: [UInt8], of count: Int) -> Int {
        digest.prefix(2).reduce(0) { $0 << 8 | Int($1) } % max(1, count)
    }

    /// The names in the `Vary` of a response, in lower case, sorted, each once.
    ///
    /// - Returns: `nil` when it depends on anything, or on more than ``mostNames`` fields, or names what is no field.
    static func names(in fields: HTTPFields) -> [String]? {
        var names: Set<String> = []
        for value in fields[values: .vary] {
            for part in value.split(separator: ",") {
                let name = part.filter { $0 != " " && $0 != "\t" }
                if name.isEmpty { continue }
                guard name != "*", let field = HTTPField.Name(name) else { return nil }
                names.insert(field.canonicalName)
            }
        }
        return names.count <= mostNames ? names.sorted() : nil
    }

    /// SHA-256 of what a request says in some fields.
    ///
    /// In fields that are lists of tokens, spaces and (but for `Accept`) upper case say nothing.
    static func digest(_ names: [String], in fields: HTTPFields) -> [UInt8] {
        var hash = SHA256()
        func add(_ bytes: [UInt8]) {
            // The length first, so that no two lists of texts are one text.
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: bytes.count).littleEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: bytes)
        }
        for name in names {
            add(Array(name.utf8))
            guard let field = HTTPField.Name(name), fields.contains(field) else {
                add([0])
                continue
            }
            add(Array(normalised(fields[values: field].joined(separator: ","), of: name).utf8))
        }
        return Array(hash.finalize())
    }

    static func normalised(_ value: String, of name: String) -> String {
        switch name {
        case "accept": return withoutSpaces(value)
        case "accept-charset", "accept-encoding", "accept-language": return withoutSpaces(value).lowercased()
        default: return value
        }
    }

    private static func withoutSpaces(_ value: String) -> String {
        var (isQuoted, isEscaped) = (false, false)
        let bytes = value.utf8.filter { byte in
            if isEscaped {
                isEscaped = false
                return true
            }
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            isEscaped = isQuoted && byte == UInt8(ascii: "\\")
            return isQuoted || (byte != UInt8(ascii: " ") && byte != UInt8(ascii: "\t"))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
