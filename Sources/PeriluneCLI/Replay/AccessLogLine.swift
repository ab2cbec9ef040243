/// One line of an access log in the Common or Combined Log Format, as the places of its fields.
///
/// ```
/// host ident user [time] "request" status bytes
/// host ident user [time] "request" status bytes "referrer" "user agent"
/// ```
///
/// Parsing looks at every byte once and allocates nothing. Fields that a server adds after these are passed over.
struct AccessLogLine {
    /// The client: an address or a host name.
    var host: Range<Int>
    /// The authenticated user, `-` for none.
    var user: Range<Int>
    /// When the request came.
    var time: LogTime
    /// The request line without its quotes, escapes left as the server wrote them. May be empty or `-`.
    var request: Range<Int>
    /// The status of the answer.
    var status: Int
    /// The referrer without its quotes; `nil` in the Common Log Format.
    var referrer: Range<Int>?
    /// The user agent without its quotes; `nil` in the Common Log Format.
    var userAgent: Range<Int>?

    /// Reads a line.
    ///
    /// - Parameter line: The line without its line end.
    /// - Throws: What is wrong with the line.
    /// - Complexity: O(length of `line`).
    init(parsing line: Span<UInt8>) throws(Fault) {
        var cursor = Cursor()
        guard let host = cursor.word(in: line), let ident = cursor.word(in: line) else { throw .fields }
        self.host = host
        // A user name may hold blanks. Where ident is in use they are not looked for: a line that begins with a
        // virtual host has all its fields one further on, and would be read as someone else's.
        let identIsUnused = ident.count == 1 && line[ident.lowerBound] == UInt8(ascii: "-")
        guard let user = cursor.user(mayHoldBlanks: identIsUnused, in: line) else { throw .fields }
        self.user = user
        guard let time = cursor.time(in: line) else { throw .time }
        self.time = time
        guard cursor.skip(" ", in: line), cursor.skip("\"", in: line) else { throw .request }
        guard let request = cursor.quoted(in: line) else { throw .request }
        self.request = request
        guard cursor.skip(" ", in: line), let status = cursor.status(in: line) else { throw .status }
        self.status = status
        guard cursor.skip(" ", in: line), cursor.size(in: line) else { throw .size }
        guard cursor.isAtEndOrBlank(in: line) else { throw .size }
        guard cursor.skip(" ", in: line), cursor.skip("\"", in: line) else { return }
        guard let referrer = cursor.quoted(in: line) else { throw .referrer }
        self.referrer = referrer
        guard cursor.skip(" ", in: line), cursor.skip("\"", in: line) else { return }
        guard let userAgent = cursor.quoted(in: line) else { throw .userAgent }
        self.userAgent = userAgent
    }

    /// What is wrong with a line: the first field that cannot be read.
    enum Fault: Error, Hashable {
        case fields, time, request, status, size, referrer, userAgent
        /// Longer than lines are read.
        case length
        /// Well formed, but with a time that lies far from those of the lines around it.
        case stray
    }
}

extension AccessLogLine.Fault: CustomStringConvertible {
    var description: String {
        switch self {
        case .fields: "not in the Common or Combined Log Format"
        case .time: "not a time such as [17/May/2015:10:05:03 +0000]"
        case .request: "the request does not stand in quotes"
        case .status: "no status of three digits"
        case .size: "no number of bytes"
        case .referrer: "the quote around the referrer is not closed"
        case .userAgent: "the quote around the user agent is not closed"
        case .length: "the line is too long"
        case .stray: "the time is more than a day from that of the lines around it"
        }
    }
}

extension AccessLogLine {
    /// The path of the request, without query and fragment: what stands between the method and `HTTP/`.
    ///
    /// Where there is no path (a request line that is empty, `-`, or something else than HTTP) it is the whole
    /// request line.
    func path(in line: Span<UInt8>) -> Range<Int> {
        let space = UInt8(ascii: " ")
        var start = request.lowerBound
        while start < request.upperBound, line[start] != space { start += 1 }
        guard start < request.upperBound else { return request }
        while start < request.upperBound, line[start] == space { start += 1 }
        // A client may send blanks in a path; the last word is the protocol if it looks like one.
        var end = request.upperBound
        var last = end
        while last > start, line[last - 1] != space { last -= 1 }
        if isProtocol(last..<end, in: line) {
            end = last
            while end > start, line[end - 1] == space { end -= 1 }
        }
        for index in start..<end where line[index] == UInt8(ascii: "?") || line[index] == UInt8(ascii: "#") {
            end = index
            break
        }
        return start < end ? start..<end : request
    }

    private func isProtocol(_ word: Range<Int>, in line: Span<UInt8>) -> Bool {
        let prefix: StaticString = "HTTP/"
        guard word.count > prefix.utf8CodeUnitCount else { return false }
        return prefix.withUTF8Buffer { prefix in
            for (index, byte) in prefix.enumerated() where line[word.lowerBound + index] != byte { return false }
            return true
        }
    }
}

/// A place in a line, and the steps from field to field. A step that fails leaves the place anywhere.
private struct Cursor {
    var position = 0

    /// Steps over one character if it is there.
    mutating func skip(_ character: Unicode.Scalar, in line: Span<UInt8>) -> Bool {
        guard position < line.count, line[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// A field that ends at a blank, which is stepped over.
    mutating func word(in line: Span<UInt8>) -> Range<Int>? {
        let start = position
        while position < line.count, line[position] != UInt8(ascii: " ") { position += 1 }
        guard position > start, position < line.count else { return nil }
        position += 1
        return start..<position - 1
    }

    /// The user, and the blank and bracket after it.
    mutating func user(mayHoldBlanks: Bool, in line: Span<UInt8>) -> Range<Int>? {
        let start = position
        while let word = word(in: line) {
            if skip("[", in: line) { return start..<word.upperBound }
            guard mayHoldBlanks else { return nil }
        }
        return nil
    }

    /// The time and the bracket after it.
    mutating func time(in line: Span<UInt8>) -> LogTime? {
        guard let time = LogTime(parsing: line, at: position) else { return nil }
        position += LogTime.length
        return skip("]", in: line) ? time : nil
    }

    /// What stands before the closing quote, which is stepped over. A backslash takes the next character with it.
    mutating func quoted(in line: Span<UInt8>) -> Range<Int>? {
        let start = position
        while position < line.count {
            switch line[position] {
            case UInt8(ascii: "\""):
                position += 1
                return start..<position - 1
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        return nil
    }

    /// Three digits.
    mutating func status(in line: Span<UInt8>) -> Int? {
        guard line.count - position >= 3 else { return nil }
        var status = 0
        for _ in 0..<3 {
            let digit = line[position] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            status = status * 10 + Int(digit)
            position += 1
        }
        return status
    }

    /// The size of the answer, digits or `-`. Its value does not matter here, so it cannot overflow either.
    mutating func size(in line: Span<UInt8>) -> Bool {
        if skip("-", in: line) { return true }
        let start = position
        while position < line.count, line[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        return position > start
    }

    func isAtEndOrBlank(in line: Span<UInt8>) -> Bool {
        position >= line.count || line[position] == UInt8(ascii: " ")
    }
}
