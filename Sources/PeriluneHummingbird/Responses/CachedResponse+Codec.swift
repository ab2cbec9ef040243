import HTTPTypes
import NIOCore
public import Perilune

extension CacheCodec where Value == CachedResponse {
    /// The form in which responses are stored.
    ///
    /// A byte that says so (0x72), flags, and then numbers (LEB128: seven bits a byte, the lowest first) and texts (bytes
    /// behind their number): the status, four times in milliseconds; if there is a variance its generation (8 bytes, the
    /// highest first), its digest (32 bytes) and its names; the fields; the content.
    ///
    /// What comes back is checked as if a stranger had written it: it is a response whose fields are fields, or none.
    public static var response: CacheCodec {
        CacheCodec(
            encode: { ResponseForm.encode($0) },
            decode: { bytes in
                guard let response = ResponseForm.decode(bytes) else { throw ResponseForm.Malformed() }
                return response
            })
    }
}

private enum ResponseForm {
    struct Malformed: Error {}

    static let magic: UInt8 = 0x72
    /// The longest time: a hundred years in milliseconds, which no sum of a few overflows.
    static let longestTime = 3_155_760_000_000

    private static let forAuthorized: UInt8 = 1
    private static let allowsStale: UInt8 = 2
    private static let hasVariance: UInt8 = 4

    static func encode(_ response: CachedResponse) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256 + response.fields.count * 48 + response.body.readableBytes)
        bytes.append(magic)
        bytes.append(
            (response.isForAuthorized ? forAuthorized : 0) | (response.allowsStale ? allowsStale : 0)
                | (response.variance == nil ? 0 : hasVariance))
        append(response.status, to: &bytes)
        append(response.lifetime, to: &bytes)
        append(response.initialAge, to: &bytes)
        append(response.staleWhileRevalidate, to: &bytes)
        append(response.staleIfError, to: &bytes)
        if let variance = response.variance {
            withUnsafeBytes(of: variance.generation.bigEndian) { bytes.append(contentsOf: $0) }
            bytes += variance.digest
            append(variance.names.count, to: &bytes)
            for name in variance.names { append(Array(name.utf8), to: &bytes) }
        }
        append(response.fields.count, to: &bytes)
        for field in response.fields {
            append(Array(field.name.rawName.utf8), to: &bytes)
            field.withUnsafeBytesOfValue { append($0, to: &bytes) }
        }
        append(response.body.readableBytesView, to: &bytes)
        return bytes
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        var rest = UInt64(max(0, number))
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func append(_ text: some Collection<UInt8>, to bytes: inout [UInt8]) {
        append(text.count, to: &bytes)
        bytes.append(contentsOf: text)
    }

    static func decode(_ bytes: [UInt8]) -> CachedResponse? {
        var reader = Reader(rest: bytes[...])
        guard reader.byte() == magic, let flags = reader.byte(), flags < 8,
            let status = reader.number(upTo: 599), status == 0 || status >= 200,
            let lifetime = reader.number(upTo: longestTime), let initialAge = reader.number(upTo: longestTime),
            let staleWhileRevalidate = reader.number(upTo: longestTime),
            let staleIfError = reader.number(upTo: longestTime)
        else { return nil }
        var variance: ResponseVariance?
        if flags & hasVariance != 0 {
            variance = reader.variance()
            guard variance != nil else { return nil }
        }
        guard let fields = reader.fields(), let body = reader.text(), reader.rest.isEmpty else { return nil }
        return CachedResponse(
            status: status, fields: fields, body: ByteBuffer(bytes: body), lifetime: lifetime, initialAge: initialAge,
            staleWhileRevalidate: staleWhileRevalidate, staleIfError: staleIfError,
            isForAuthorized: flags & forAuthorized != 0, allowsStale: flags & allowsStale != 0, variance: variance)
    }

    /// Reads from the front of bytes that may be anything. What is not there in full is `nil`.
    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func byte() -> UInt8? { rest.popFirst() }

        mutating func number(upTo most: Int) -> Int? {
            var number: UInt64 = 0
            for shift in stride(from: UInt64(0), to: 63, by: 7) {
                guard let byte = rest.popFirst() else { return nil }
                number |= UInt64(byte & 0x7F) << shift
                guard byte < 0x80 else { continue }
                // There is one way to write a number.
                guard byte != 0 || shift == 0, number <= UInt64(most) else { return nil }
                return Int(number)
            }
            return nil
        }

        mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
            guard count <= rest.count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }

        mutating func text() -> ArraySlice<UInt8>? {
            number(upTo: Int(UInt32.max)).flatMap { bytes($0) }
        }

        mutating func name() -> HTTPField.Name? {
            text().flatMap { String(validating: $0, as: UTF8.self) }.flatMap { HTTPField.Name($0) }
        }

        mutating func variance() -> ResponseVariance? {
            guard let generation = bytes(8), let digest = bytes(32),
                let count = number(upTo: 2 * ResponseVariance.mostNames)
            else { return nil }
            var names: [String] = []
            for _ in 0..<count {
                guard let name = name(), name.rawName == name.canonicalName else { return nil }
                names.append(name.rawName)
            }
            return ResponseVariance(
                generation: generation.reduce(0) { $0 << 8 | UInt64($1) }, names: names, digest: Array(digest))
        }

        mutating func fields() -> HTTPFields? {
            // Each takes three bytes at least: a number that lies reserves nothing.
            guard let count = number(upTo: rest.count / 3) else { return nil }
            var fields = HTTPFields()
            fields.reserveCapacity(count)
            for _ in 0..<count {
                guard let name = name(), let value = text(), HTTPField.isValidValue(value) else { return nil }
                fields.append(HTTPField(name: name, value: value))
            }
            return fields
        }
    }
}
