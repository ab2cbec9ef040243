/// Percent-encoding (RFC 3986, 2.1).
enum PercentEncoding {
    /// Undoes it.
    ///
    /// - Parameter plusIsSpace: Whether `+` is a space, as it is in what forms send.
    /// - Returns: `nil` for a `%` without two hexadecimal digits after it.
    static func decoded(_ text: some StringProtocol, plusIsSpace: Bool = false) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        func digit() -> UInt8? {
            guard let byte = rest.popFirst() else { return nil }
            return Character(UnicodeScalar(byte)).hexDigitValue.flatMap(UInt8.init(exactly:))
        }
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = digit(), let low = digit() else { return nil }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return bytes
    }
}
