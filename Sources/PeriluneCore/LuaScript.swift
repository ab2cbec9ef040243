import Crypto

/// A script: its text, and the SHA-1 digest by which engines know it.
///
/// Scripts are made once and shared; engines keep what they compiled or loaded by ``sha``. Generated bindings hold
/// one as a static constant.
public final class LuaScript: Sendable {
    /// The name from the header annotation, for example `ratelimit.token_bucket`.
    public let name: String
    /// The exact text, as hashed and sent.
    public let source: String
    /// The lower-case hexadecimal SHA-1 of ``source``.
    public let sha: String
    /// Whether running the script twice has the effect of running it once, so that an engine may send it again when
    /// the first answer was lost.
    public let isRepeatable: Bool
    /// `EVALSHA` and the digest as they stand in every call's bytes.
    package let encodedCall: [UInt8]

    /// Creates a script from its text.
    ///
    /// - Complexity: O(length of `source`), for the digest.
    public init(name: String, source: String, isRepeatable: Bool = false) {
        self.name = name
        self.source = source
        self.sha = Self.sha(of: source.utf8)
        self.isRepeatable = isRepeatable
        encodedCall = Array("$7\r\nEVALSHA\r\n$40\r\n\(sha)\r\n".utf8)
    }

    /// The lower-case hexadecimal SHA-1 of some bytes, as Redis computes it for scripts.
    package static func sha(of bytes: some Sequence<UInt8>) -> String {
        var digest = Insecure.SHA1()
        digest.update(data: Array(bytes))
        return hexadecimal(digest.finalize())
    }
}

/// Bytes as lower-case hexadecimal digits.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
