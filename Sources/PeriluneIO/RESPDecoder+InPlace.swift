import PeriluneCore

extension RESPDecoder {
    /// The header of a bulk string.
    enum BulkHeader {
        /// The string's length and where it begins.
        case length(Int, start: Int)
        case null(end: Int)
        case incomplete
        case unusual
        case violation(String)
    }

    /// Decodes a whole reply that is no array, without a copy of its bytes in between.
    func decodeInPlace() -> Attempt {
        let bytes = input.bytes
        guard let type = bytes.first else { return .incomplete }
        switch type {
        case UInt8(ascii: ":"): return decodeInteger(bytes)
        case UInt8(ascii: "$"): return decodeBulk(bytes)
        case UInt8(ascii: "+"): return decodeLine(bytes) { .status($0) }
        case UInt8(ascii: "-"): return decodeLine(bytes) { .error(RedisError($0)) }
        default: return .unusual
        }
    }

    private func decodeInteger(_ bytes: UnsafeRawBufferPointer) -> Attempt {
        switch number(bytes, from: 1) {
        case .value(let value, let end):
            input.consume(end)
            return .reply(.integer(value))
        case .incomplete: return .incomplete
        case .unusual: return .unusual
        }
    }

    private func decodeBulk(_ bytes: UnsafeRawBufferPointer) -> Attempt {
        switch bulkHeader(bytes, from: 1) {
        case .null(let end):
            input.consume(end)
            return .reply(.null)
        case .length(let length, let start):
            guard bytes.count - start >= length + 2 else { return .incomplete }
            guard bytes[start + length] == UInt8(ascii: "\r"), bytes[start + length + 1] == UInt8(ascii: "\n") else {
                return .violation("a string does not end where its length says")
            }
            let string = Array(bytes[start..<start + length])
            input.consume(start + length + 2)
            return .reply(.bulk(string))
        case .incomplete: return .incomplete
        case .unusual: return .unusual
        case .violation(let reason): return .violation(reason)
        }
    }

    private func decodeLine(_ bytes: UnsafeRawBufferPointer, _ make: (String) -> RedisReply) -> Attempt {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\r")), end + 1 < bytes.count else {
            return bytes.count > limits.lineBytes
                ? .violation("a line of more than \(limits.lineBytes) bytes") : .incomplete
        }
        guard bytes[end + 1] == UInt8(ascii: "\n") else { return .unusual }
        let reply = make(String(decoding: bytes[1..<end], as: UTF8.self))
        input.consume(end + 2)
        return .reply(reply)
    }

    /// Reads the length of a bulk string, which begins at an offset. What is unusual but may still be right is left to hiredis.
    func bulkHeader(_ bytes: UnsafeRawBufferPointer, from start: Int) -> BulkHeader {
        switch number(bytes, from: start) {
        case .value(-1, let end): return .null(end: end)
        case .value(let length, _) where length > limits.replyBytes:
            return .violation("a string of \(length) bytes, more than \(limits.replyBytes)")
        case .value(let length, let start) where length >= 0: return .length(length, start: start)
        case .value, .unusual: return .unusual
        case .incomplete: return .incomplete
        }
    }

    private enum Number {
        case value(Int, end: Int)
        case incomplete
        case unusual
    }

    /// Reads a number and the line end after it. Takes up to 18 digits, which cannot overflow, and only
    /// the form in which servers write numbers: no leading zero, no plus sign.
    private func number(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Number {
        var position = start
        let isNegative = bytes.count > start && bytes[start] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let first = position
        var value = 0
        while position < bytes.count {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            guard position - first < 18 else { return .unusual }
            value = value &* 10 &+ Int(digit)
            position += 1
        }
        guard position < bytes.count else { return .incomplete }
        guard bytes[position] == UInt8(ascii: "\r"), position > first else { return .unusual }
        guard bytes[first] != UInt8(ascii: "0") || (position == first + 1 && !isNegative) else { return .unusual }
        guard position + 1 < bytes.count else { return .incomplete }
        guard bytes[position + 1] == UInt8(ascii: "\n") else { return .unusual }
        return .value(isNegative ? 0 &- value : value, end: position + 2)
    }
}
