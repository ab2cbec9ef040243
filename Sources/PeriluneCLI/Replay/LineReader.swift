#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cuts bytes into lines, in a buffer of fixed size.
///
/// ```swift
/// while try lines.advance() { lines.withLine { line in … } }
/// ```
///
/// A line ends with a line feed, or with the bytes. A carriage return before it belongs to the line end. A byte order
/// mark is not part of the line that it stands before; not only the first, as files are put one behind another.
struct LineReader {
    /// The longest line, without its end, that is handed out whole.
    let longestLine: Int

    /// The number of the current line, from 1; 0 before the first.
    private(set) var lineNumber = 0
    /// Whether the current line is longer than ``longestLine``. Then only its beginning is there.
    private(set) var isTooLong = false

    private let source: any ByteSource
    private var buffer: [UInt8]
    /// The current line in the buffer.
    private var line = 0..<0
    /// Where in the buffer the next line begins, and the end of what is read.
    private var unread = 0..<0
    private var isAtEnd = false

    /// Begins before the first line.
    init(_ source: any ByteSource, longestLine: Int = 1 << 16) {
        self.source = source
        self.longestLine = longestLine
        self.buffer = Array(repeating: 0, count: 4 * longestLine)
    }

    /// Goes on to the next line.
    ///
    /// - Returns: Whether there is one.
    mutating func advance() throws(ReplayError) -> Bool {
        isTooLong = false
        var searched = 0
        while true {
            if let end = lineFeed(from: unread.lowerBound + searched) {
                take(upTo: end, next: end + 1)
                return true
            }
            searched = unread.count
            // One more than the longest line, for the carriage return.
            if searched > longestLine + 1 {
                try skipRest()
                return true
            }
            if isAtEnd {
                guard !unread.isEmpty else { return false }
                take(upTo: unread.upperBound, next: unread.upperBound)
                return true
            }
            try fill()
        }
    }

    /// The current line without its end.
    func withLine<Result, Failure: Error>(_ body: (Span<UInt8>) throws(Failure) -> Result) throws(Failure) -> Result {
        try body(buffer.span.extracting(line))
    }

    private mutating func take(upTo end: Int, next: Int) {
        lineNumber += 1
        line = unread.lowerBound..<end
        unread = next..<unread.upperBound
        if line.count >= 3, buffer[line.lowerBound] == 0xEF, buffer[line.lowerBound + 1] == 0xBB,
            buffer[line.lowerBound + 2] == 0xBF
        {
            line = line.dropFirst(3)
        }
        if let last = line.last, buffer[last] == UInt8(ascii: "\r") { line = line.dropLast() }
        if line.count > longestLine {
            isTooLong = true
            line = line.prefix(longestLine)
        }
    }

    /// Passes over a line that is too long. Its beginning stays at the front of the buffer.
    private mutating func skipRest() throws(ReplayError) {
        lineNumber += 1
        isTooLong = true
        moveToFront()
        let kept = longestLine
        line = 0..<kept
        unread = kept..<unread.upperBound
        while true {
            if let end = lineFeed(from: unread.lowerBound) {
                unread = end + 1..<unread.upperBound
                return
            }
            if isAtEnd {
                unread = kept..<kept
                return
            }
            unread = kept..<kept
            try fillBehind()
        }
    }

    private func lineFeed(from start: Int) -> Int? {
        guard start < unread.upperBound else { return nil }
        return buffer.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress,
                let found = memchr(base + start, CInt(UInt8(ascii: "\n")), unread.upperBound - start)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    private mutating func moveToFront() {
        let count = unread.count
        guard unread.lowerBound > 0 else { return }
        buffer.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            memmove(base, base + unread.lowerBound, count)
        }
        unread = 0..<count
    }

    private mutating func fill() throws(ReplayError) {
        moveToFront()
        try fillBehind()
    }

    private mutating func fillBehind() throws(ReplayError) {
        let end = unread.upperBound
        let source = self.source
        var failure: ReplayError?
        let count = buffer.withUnsafeMutableBytes { bytes in
            do throws(ReplayError) {
                return try source.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[end...]))
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        isAtEnd = count == 0
        unread = unread.lowerBound..<end + count
    }
}
