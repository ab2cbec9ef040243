#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

extension String: CacheKeyPart {
    /// Appends the bytes: two strings are different parts if they only look the same.
    public func encode(into key: inout CacheKeyEncoder) { key.append(text: self) }
}

extension Substring: CacheKeyPart {
    public func encode(into key: inout CacheKeyEncoder) { key.append(text: self) }
}

extension Character: CacheKeyPart {
    public func encode(into key: inout CacheKeyEncoder) { key.append(text: String(self)) }
}

extension Bool: CacheKeyPart {
    public func encode(into key: inout CacheKeyEncoder) { key.append(atom: self ? "t" : "f") }
}

extension CacheKeyPart where Self: BinaryInteger {
    public func encode(into key: inout CacheKeyEncoder) { key.append(atom: String(self)) }
}

extension Int: CacheKeyPart {}
extension Int8: CacheKeyPart {}
extension Int16: CacheKeyPart {}
extension Int32: CacheKeyPart {}
extension Int64: CacheKeyPart {}
extension Int128: CacheKeyPart {}
extension UInt: CacheKeyPart {}
extension UInt8: CacheKeyPart {}
extension UInt16: CacheKeyPart {}
extension UInt32: CacheKeyPart {}
extension UInt64: CacheKeyPart {}
extension UInt128: CacheKeyPart {}

extension Double: CacheKeyPart {
    /// Appends the bits: zero and negative zero are different parts.
    public func encode(into key: inout CacheKeyEncoder) { key.append(atom: String(bitPattern, radix: 16)) }
}

extension Float: CacheKeyPart {
    /// Appends the bits: zero and negative zero are different parts.
    public func encode(into key: inout CacheKeyEncoder) { key.append(atom: String(bitPattern, radix: 16)) }
}

extension Duration: CacheKeyPart {
    public func encode(into key: inout CacheKeyEncoder) { key.append(attoseconds) }
}

extension UUID: CacheKeyPart {
    public func encode(into key: inout CacheKeyEncoder) { key.append(text: uuidString) }
}

extension Date: CacheKeyPart {
    public func encode(into key: inout CacheKeyEncoder) { key.append(timeIntervalSinceReferenceDate) }
}

extension URL: CacheKeyPart {
    public func encode(into key: inout CacheKeyEncoder) { key.append(text: absoluteString) }
}

extension Data: CacheKeyPart {
    public func encode(into key: inout CacheKeyEncoder) { key.append(text: base64EncodedString()) }
}
