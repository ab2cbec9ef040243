/// Reads the parts of requests from a client's bytes, as far as they have come: lengths, the arguments behind them, and
/// lines of words.
///
/// A part that is not whole leaves the offset where it is, and is read again from its beginning when more has come.
struct RESPLengthReader {
    let bytes: UnsafeRawBufferPointer
    /// Where the next part begins.
    private(set) var offset: Int
    let limits: RESPRequestDecoder.Limits

    init(bytes: UnsafeRawBufferPointer, offset: Int, limits: RESPRequestDecoder.Limits) {
        self.bytes = bytes
        self.offset = offset
        self.limits = limits
    }

    /// The byte with which the next part begins; `nil` when it has not come.
    var first: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// One argument with its length in front.
    ///
    /// - Returns: Where its bytes are; `nil` when it is not whole yet.
    mutating func readArgument() throws(RESPRequestError) -> Range<Int>? {
        guard let type = first else { return try waitForMore() }
        guard type == UInt8(ascii: "$") else {
            let shown = type >= 32 && type < 127 ? String(UnicodeScalar(type)) : "?"
            throw RESPRequestError("expected '$', got '\(shown)'")
        }
        let start = offset
        guard let length = try readLength("bulk length", "bulk count string", limits.argumentBytes) else {
            return try waitForMore()
        }
        guard length >= 0 else { throw RESPRequestError("invalid bulk length") }
        let end = offset + length
        // What stands behind the bytes is not looked at, as redis-server does not.
        guard end + 2 <= bytes.count else {
            guard end <= limits.requestBytes else { throw RESPRequestError("too big request") }
            offset = start
            return try waitForMore()
        }
        defer { offset = end + 2 }
        return offset..<end
    }

    /// More bytes are needed, unless there are too many already.
    private func waitForMore() throws(RESPRequestError) -> Range<Int>? {
        guard bytes.count <= limits.requestBytes else { throw RESPRequestError("too big request") }
        return nil
    }

    /// The number between a type and the end of its line; `nil` when the line is not whole yet.
    mutating func readLength(
        _ name: StaticString, _ lineName: StaticString, _ limit: Int
    ) throws(RESPRequestError) -> Int? {
        var end = offset + 1
        var value = 0
        var isNegative = false
        if end < bytes.count, bytes[end] == UInt8(ascii: "-") {
            isNegative = true
            end += 1
        }
        let firstDigit = end
        while end < bytes.count, case let digit = bytes[end] &- UInt8(ascii: "0"), digit <= 9 {
            // Whatever is above the limit is as wrong as one above it.
            value = min(value * 10 + Int(digit), limit + 1)
            end += 1
        }
        guard end + 1 < bytes.count else {
            if end < bytes.count, bytes[end] != UInt8(ascii: "\r") { throw RESPRequestError("invalid \(name)") }
            guard end - offset <= limits.lineBytes else { throw RESPRequestError("too big \(lineName)") }
            return nil
        }
        guard bytes[end] == UInt8(ascii: "\r"), end > firstDigit, value <= limit else {
            throw RESPRequestError("invalid \(name)")
        }
        offset = end + 2
        return isNegative ? -value : value
    }

    /// A line of words, for people who type; `nil` when it is not whole yet.
    mutating func readLine() throws(RESPRequestError) -> InlineWords? {
        let rest = bytes[offset...]
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
            guard rest.count <= limits.lineBytes else { throw RESPRequestError("too big inline request") }
            return nil
        }
        var line = rest[..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard line.count <= limits.lineBytes else { throw RESPRequestError("too big inline request") }
        guard let words = InlineWords(line) else { throw RESPRequestError("unbalanced quotes in request") }
        offset = end + 1
        return words
    }
}
