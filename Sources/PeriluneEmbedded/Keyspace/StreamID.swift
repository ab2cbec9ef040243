/// The identifier of a stream's entry: a time, and a number that tells apart the entries of one millisecond.
struct StreamID: Hashable, Sendable {
    /// Milliseconds since 1970, unless whoever added the entry has chosen something else.
    var milliseconds: UInt64
    var sequence: UInt64

    init(_ milliseconds: UInt64, _ sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    /// What no entry has.
    static let zero = StreamID(0, 0)
    static let max = StreamID(.max, .max)

    /// The identifier that follows; `nil` after the last.
    var next: StreamID? {
        if sequence < .max { return StreamID(milliseconds, sequence + 1) }
        return milliseconds < .max ? StreamID(milliseconds + 1, 0) : nil
    }

    /// The identifier in front; `nil` for the first.
    var previous: StreamID? {
        if sequence > 0 { return StreamID(milliseconds, sequence - 1) }
        return milliseconds > 0 ? StreamID(milliseconds - 1, .max) : nil
    }

    /// `milliseconds-sequence`, as replies have it.
    var bytes: [UInt8] { Array("\(milliseconds)-\(sequence)".utf8) }
}

extension StreamID: Comparable {
    @inline(__always)
    static func < (lhs: StreamID, rhs: StreamID) -> Bool {
        lhs.milliseconds < rhs.milliseconds
            || lhs.milliseconds == rhs.milliseconds && lhs.sequence < rhs.sequence
    }
}

// MARK: - Text

extension StreamID {
    /// `milliseconds-sequence`, or milliseconds alone.
    ///
    /// - Parameter missing: The sequence of an identifier that has none.
    init?(_ text: ByteSlice, missing: UInt64 = 0) {
        guard let (milliseconds, sequence) = Self.parts(of: text) else { return nil }
        guard let sequence else {
            self.init(milliseconds, missing)
            return
        }
        guard let number = sequence.lenientInteger else { return nil }
        self.init(milliseconds, number)
    }

    /// An identifier, or `-` and `+` for the first and the last there is.
    init?(bound text: ByteSlice, missing: UInt64 = 0) {
        if text.isText("-") {
            self = .zero
        } else if text.isText("+") {
            self = .max
        } else {
            self.init(text, missing: missing)
        }
    }

    /// What stands in front of the first `-` and behind it.
    static func parts(of text: ByteSlice) -> (milliseconds: UInt64, sequence: ByteSlice?)? {
        guard text.count < 128 else { return nil }
        let text = text.upToNull
        let dash = text.buffer.firstIndex(of: UInt8(ascii: "-"))
        guard let milliseconds = text.prefix(dash ?? text.count).lenientInteger else { return nil }
        return (milliseconds, dash.map { text.dropFirst($0 + 1) })
    }
}

extension ByteSlice {
    /// The bytes up to the first that is 0, where text ends for the server in some places.
    var upToNull: ByteSlice { prefix(buffer.firstIndex(of: 0) ?? count) }

    func prefix(_ number: Int) -> ByteSlice { ByteSlice(start: start, count: min(number, count)) }

    func dropFirst(_ number: Int) -> ByteSlice {
        let dropped = min(number, count)
        return ByteSlice(start: start + dropped, count: count - dropped)
    }

    /// Whether the bytes are a text, up to one that is 0.
    func isText(_ text: StaticString) -> Bool {
        let text = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        return upToNull.buffer.elementsEqual(text)
    }

    /// The number that the bytes are, read as leniently as a server reads the parts of an identifier: white space,
    /// zeros and a sign may stand in front. A negative number counts from the largest down, unless it is in canonical
    /// form, in which it is none.
    fileprivate var lenientInteger: UInt64? {
        if let integer { return UInt64(exactly: integer) }
        return Decimal.unsigned(buffer.drop { $0 == UInt8(ascii: " ") || (0x09...0x0d).contains($0) })
    }
}
