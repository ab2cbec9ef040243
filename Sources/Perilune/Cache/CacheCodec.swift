#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// How values of a region become bytes and come back.
///
/// What cannot be read back is a miss, and counted: it never is another value. When the form of a type changes in a way
/// that old bytes would still be read, raise ``CacheType/schema``.
public struct CacheCodec<Value>: Sendable {
    /// Makes bytes of a value.
    public let encode: @Sendable (Value) throws -> [UInt8]
    /// Makes a value of bytes.
    public let decode: @Sendable ([UInt8]) throws -> Value

    /// Creates a codec.
    public init(
        encode: @escaping @Sendable (Value) throws -> [UInt8], decode: @escaping @Sendable ([UInt8]) throws -> Value
    ) {
        self.encode = encode
        self.decode = decode
    }
}

extension CacheCodec where Value: Codable & SendableMetatype {
    /// JSON with sorted keys, so that a value that has not changed has the same bytes: see ``TTLAdvice``.
    public static var json: CacheCodec {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return json(encoder: encoder, decoder: JSONDecoder())
    }

    /// JSON as an encoder and a decoder make and read it. They must not be changed any more.
    public static func json(encoder: JSONEncoder, decoder: JSONDecoder) -> CacheCodec {
        CacheCodec(
            encode: { Array(try encoder.encode($0)) }, decode: { try decoder.decode(Value.self, from: Data($0)) })
    }
}

extension CacheCodec where Value == [UInt8] {
    /// The bytes themselves.
    public static var bytes: CacheCodec { CacheCodec(encode: { $0 }, decode: { $0 }) }
}

extension CacheCodec where Value == String {
    /// The text's UTF-8.
    public static var text: CacheCodec {
        CacheCodec(
            encode: { Array($0.utf8) },
            decode: { bytes in
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "not UTF-8"))
                }
                return text
            })
    }
}

extension CacheCodec where Value == Data {
    /// The bytes themselves.
    public static var data: CacheCodec { CacheCodec(encode: { Array($0) }, decode: { Data($0) }) }
}
