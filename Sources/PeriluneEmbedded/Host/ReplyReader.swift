import PeriluneCore

/// Reads the replies that the host makes of scripts' results.
///
/// The host writes RESP2 that it made itself, at any depth; the client's decoder reads what strangers send and stops
/// at the depth hiredis does.
struct ReplyReader {
    private var rest: UnsafeRawBufferPointer

    /// A reply in RESP2 as a value.
    static func reply(_ bytes: [UInt8]) -> RedisReply {
        bytes.withUnsafeBytes { bytes in
            var reader = ReplyReader(rest: bytes)
            return reader.next()
        }
    }

    private mutating func next() -> RedisReply {
        guard let type = rest.first else { return .null }
        let line = line()
        switch type {
        case UInt8(ascii: ":"): return .integer(Self.number(line))
        case UInt8(ascii: "+"): return .status(String(decoding: line, as: UTF8.self))
        case UInt8(ascii: "-"): return .error(RedisError(String(decoding: line, as: UTF8.self)))
        case UInt8(ascii: "$"):
            let length = Self.number(line)
            guard length >= 0, length + 2 <= rest.count else { return .null }
            let bytes = Array(rest[..<(rest.startIndex + length)])
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(length + 2))
            return .bulk(bytes)
        default:
            let count = Self.number(line)
            guard count >= 0 else { return .null }
            var elements: [RedisReply] = []
            elements.reserveCapacity(min(count, 1024))
            for _ in 0..<count { elements.append(next()) }
            return .array(elements)
        }
    }

    /// What stands between the type and the line's end, which is taken off.
    private mutating func line() -> UnsafeRawBufferPointer {
        let end = rest.firstIndex(of: UInt8(ascii: "\r")) ?? rest.endIndex
        let line = UnsafeRawBufferPointer(rebasing: rest[(rest.startIndex + 1)..<end])
        rest = UnsafeRawBufferPointer(rebasing: rest[min(end + 2, rest.endIndex)...])
        return line
    }

    private static func number(_ digits: UnsafeRawBufferPointer) -> Int {
        Int(String(decoding: digits, as: UTF8.self)) ?? -1
    }
}
