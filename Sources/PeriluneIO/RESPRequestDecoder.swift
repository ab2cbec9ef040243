/// Why what a client sends is no request. The connection must be closed after it: what follows cannot be told apart
/// from garbage.
package struct RESPRequestError: Error, Sendable, Hashable {
    /// In redis-server's words, for an error reply: `Protocol error: invalid bulk length`.
    package let message: String

    init(_ reason: String) {
        message = "Protocol error: " + reason
    }
}

/// Turns the bytes a client sends into requests, however they were cut on the way: arrays of bulk strings, and lines of
/// words typed by hand.
///
/// Arguments are handed out where they lie in the input; nothing is copied but the words of a line.
package final class RESPRequestDecoder {
    /// How much a client may send before it is cut off. The values are redis-server's, but for the last.
    package struct Limits: Sendable, Hashable {
        /// Arguments of one request.
        package var arguments = 1 << 20
        /// Bytes of one argument.
        package var argumentBytes = 512 << 20
        /// Bytes of a line: an inline request, or a length.
        package var lineBytes = 64 << 10
        /// Bytes of one request as a whole.
        package var requestBytes = 1 << 30

        package init() {}

        /// What a client may send that has not given the password yet.
        package static let unauthenticated = {
            var limits = Limits()
            limits.arguments = 10
            limits.argumentBytes = 16 << 10
            return limits
        }()
    }

    package var limits: Limits
    private let input = ByteBuffer()
    /// How much of the input has been read: the beginning of a request, or a whole one that was handed out.
    private var cursor = 0
    /// Arguments still to come; `nil` between requests.
    private var missing: Int?
    /// Where the arguments read so far lie in the input.
    private var ranges: [Range<Int>] = []
    /// The words of an inline request, one after the other; `nil` when the arguments lie in the input.
    private var words: [UInt8]?

    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Whether nothing is left of what was received.
    package var isEmpty: Bool { input.count == cursor && missing == nil }

    /// Bytes received and not done with.
    package var byteCount: Int { input.count - cursor }

    /// Memory to receive into; then ``received(_:)``.
    package func space() -> UnsafeMutableRawBufferPointer {
        dropRead()
        return input.space(for: 1 << 14)
    }

    /// Takes over so many bytes that were written into ``space()``.
    package func received(_ count: Int) {
        input.commit(count)
    }

    /// Takes over a copy of some bytes.
    package func receive(_ bytes: some Collection<UInt8>) {
        dropRead()
        Array(bytes).withUnsafeBytes { input.append($0) }
    }

    /// Reads the next request.
    ///
    /// - Returns: Whether there is a whole one; ``withArguments(_:)`` has it until the next call.
    /// - Throws: ``RESPRequestError``; then the decoder is of no more use.
    package func next() throws(RESPRequestError) -> Bool {
        if missing == nil { dropRead() }
        words = nil
        while true {
            if missing == nil {
                guard let first = byte(at: cursor) else { return false }
                guard first == UInt8(ascii: "*") else {
                    guard let line = try readLine() else { return false }
                    if line.ranges.isEmpty { continue }
                    (words, ranges) = (line.bytes, line.ranges)
                    return true
                }
                guard let count = try readLength("multibulk length", "mbulk count string", limits.arguments) else {
                    return false
                }
                if count <= 0 { continue }  // an empty request is none
                missing = count
                ranges.removeAll(keepingCapacity: ranges.capacity <= 4096)
            }
            return try readArguments()
        }
    }

    /// The arguments of the request that ``next()`` has read.
    package func withArguments<Result>(_ body: (RESPRequest) -> Result) -> Result {
        if let words { return words.withUnsafeBytes { body(RESPRequest(bytes: $0, ranges: ranges)) } }
        return body(RESPRequest(bytes: input.bytes, ranges: ranges))
    }

    // MARK: Reading

    private func dropRead() {
        guard missing == nil, cursor > 0 else { return }
        input.consume(cursor)
        cursor = 0
    }

    private func byte(at offset: Int) -> UInt8? {
        offset < input.count ? input.bytes[offset] : nil
    }

    private func readArguments() throws(RESPRequestError) -> Bool {
        while let left = missing, left > 0 {
            guard let type = byte(at: cursor) else { return try waitForMore() }
            guard type == UInt8(ascii: "$") else {
                let shown = type >= 32 && type < 127 ? String(UnicodeScalar(type)) : "?"
                throw RESPRequestError("expected '$', got '\(shown)'")
            }
            let start = cursor
            guard let length = try readLength("bulk length", "bulk count string", limits.argumentBytes) else {
                return try waitForMore()
            }
            guard length >= 0 else { throw RESPRequestError("invalid bulk length") }
            // What stands behind the bytes is not looked at, as redis-server does not.
            guard cursor + length + 2 <= input.count else {
                guard cursor + length <= limits.requestBytes else { throw RESPRequestError("too big request") }
                cursor = start
                return try waitForMore()
            }
            ranges.append(cursor..<(cursor + length))
            cursor += length + 2
            missing = left - 1
        }
        missing = nil
        return true
    }

    /// More bytes are needed, unless there are too many already.
    private func waitForMore() throws(RESPRequestError) -> Bool {
        guard input.count <= limits.requestBytes else { throw RESPRequestError("too big request") }
        return false
    }

    /// The number between a type and the end of its line; `nil` when the line is not whole yet.
    private func readLength(
        _ name: String, _ lineName: String, _ limit: Int
    ) throws(RESPRequestError) -> Int? {
        let bytes = input.bytes
        var offset = cursor + 1
        var value = 0
        var isNegative = false
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "-") {
            isNegative = true
            offset += 1
        }
        let firstDigit = offset
        while offset < bytes.count, case let digit = bytes[offset] &- UInt8(ascii: "0"), digit <= 9 {
            // Whatever is above the limit is as wrong as one above it.
            value = min(value * 10 + Int(digit), limit + 1)
            offset += 1
        }
        guard offset + 1 < bytes.count else {
            if offset < bytes.count, bytes[offset] != UInt8(ascii: "\r") { throw RESPRequestError("invalid \(name)") }
            guard offset - cursor <= limits.lineBytes else { throw RESPRequestError("too big \(lineName)") }
            return nil
        }
        guard bytes[offset] == UInt8(ascii: "\r"), offset > firstDigit, value <= limit else {
            throw RESPRequestError("invalid \(name)")
        }
        cursor = offset + 2
        return isNegative ? -value : value
    }

    /// A line of words, for people who type; `nil` when it is not whole yet.
    private func readLine() throws(RESPRequestError) -> InlineWords? {
        let rest = input.bytes[cursor...]
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
            guard rest.count <= limits.lineBytes else { throw RESPRequestError("too big inline request") }
            return nil
        }
        var line = rest[..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard line.count <= limits.lineBytes else { throw RESPRequestError("too big inline request") }
        guard let words = InlineWords(line) else { throw RESPRequestError("unbalanced quotes in request") }
        cursor = end + 1
        return words
    }
}

/// The arguments of one request, the command's name first. Valid as long as the call that hands it out.
package struct RESPRequest {
    let bytes: UnsafeRawBufferPointer
    let ranges: [Range<Int>]

    /// - Parameters:
    ///   - bytes: Where the arguments lie.
    ///   - ranges: Which of the bytes are which argument's; at least one.
    package init(bytes: UnsafeRawBufferPointer, ranges: [Range<Int>]) {
        self.bytes = bytes
        self.ranges = ranges
    }

    /// How many there are, at least one.
    package var count: Int { ranges.count }

    /// One argument's bytes.
    package subscript(index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[ranges[index]])
    }
}
