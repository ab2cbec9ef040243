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
    /// How many arguments the request under way has, and how many of them were read; `nil` between requests.
    private var pending: (count: Int, read: Int)?
    /// Where the arguments read so far lie in the input. What stands behind these is left from earlier requests.
    private var ranges: [Range<Int>] = []

    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Whether nothing is left of what was received.
    package var isEmpty: Bool { input.count == cursor && pending == nil }

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

    // MARK: Reading

    /// Reads the next request, and calls a function with it that must not use the decoder.
    ///
    /// - Returns: Whether there was a whole one.
    /// - Throws: ``RESPRequestError``; then the decoder is of no more use.
    package func withNext(_ body: (RESPRequest) -> Void) throws(RESPRequestError) -> Bool {
        dropRead()
        // What is read is looked at from here, and not through the object for every length: the checks for overlapping
        // accesses that its variables have took as long as the reading.
        var reader = RESPLengthReader(bytes: input.bytes, offset: cursor, limits: limits)
        defer { cursor = reader.offset }
        while pending == nil {
            guard let first = reader.first else { return false }
            guard first == UInt8(ascii: "*") else {
                guard let line = try reader.readLine() else { return false }
                if line.ranges.isEmpty { continue }
                line.withRequest(body)
                return true
            }
            guard let count = try reader.readLength("multibulk length", "mbulk count string", reader.limits.arguments)
            else { return false }
            if count > 0 { pending = (count, 0) }  // an empty request is none
        }
        return try readArguments(&reader, body)
    }

    private func dropRead() {
        guard pending == nil, cursor > 0 else { return }
        input.consume(cursor)
        cursor = 0
    }

    private func readArguments(
        _ reader: inout RESPLengthReader, _ body: (RESPRequest) -> Void
    ) throws(RESPRequestError) -> Bool {
        guard case (let count, var read)? = pending else { return false }
        var ranges: [Range<Int>] = []
        swap(&ranges, &self.ranges)
        defer { swap(&ranges, &self.ranges) }
        while read < count {
            guard let argument = try reader.readArgument() else {
                pending = (count, read)
                return false
            }
            if read < ranges.count { ranges[read] = argument } else { ranges.append(argument) }
            read += 1
        }
        pending = nil
        ranges.withUnsafeBufferPointer {
            body(RESPRequest(bytes: reader.bytes, ranges: UnsafeBufferPointer(rebasing: $0[..<count])))
        }
        if ranges.capacity > 4096 { ranges = [] }
        return true
    }
}

/// The arguments of one request, the command's name first. Valid as long as the call that hands it out.
package struct RESPRequest {
    let bytes: UnsafeRawBufferPointer
    let ranges: UnsafeBufferPointer<Range<Int>>

    /// - Parameters:
    ///   - bytes: Where the arguments lie.
    ///   - ranges: Which of the bytes are which argument's; at least one.
    package init(bytes: UnsafeRawBufferPointer, ranges: UnsafeBufferPointer<Range<Int>>) {
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
