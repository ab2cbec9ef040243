extension ScriptHeader {
    /// What there is to read of a script's header, wrong annotations and all.
    public struct Reading: Sendable, Hashable {
        /// What its annotations say, without those that are wrong; `nil` when the script has none.
        public let header: ScriptHeader?
        /// What is wrong, one error at most for each annotation.
        public let errors: [ScriptHeaderError]
        /// The offset behind the header, whether it has annotations or not: where the first line of code begins.
        public let end: Int

        /// The header, unless something is left out that it depends on: which argument is which, for example.
        public var trusted: ScriptHeader? {
            errors.allSatisfy { $0.kind == .unknown(suggestion: nil) || $0.kind == .unnamed } ? header : nil
        }
    }

    /// Reads the header of a script as far as it can be read.
    ///
    /// - Parameter source: The script, with its shebang line if it has one.
    /// - Complexity: O(n) in the length of the header.
    public static func read(_ source: [UInt8]) -> Reading {
        var reader = ScriptHeaderReader()
        var start = 0
        var number = 0
        var last = source.count
        while start < source.count {
            let end = source[start...].firstIndex(of: .lineFeed) ?? source.count
            number += 1
            let line = trim(source[start..<end])
            let position = SourcePosition(
                offset: line.startIndex, line: number, column: line.startIndex - start + 1)
            start = end + 1
            if number == 1, line.first == UInt8(ascii: "#") { continue }
            if line.isEmpty { continue }
            guard line.starts(with: "--".utf8), !isLongComment(line.dropFirst(2)),
                !line.starts(with: "---".utf8) || reader.read(line, at: position)
            else {
                last = line.startIndex
                break
            }
        }
        return reader.finish(at: last)
    }

    /// Reads the header of a script.
    ///
    /// - Parameter source: The script, with its shebang line if it has one.
    /// - Returns: The header, or nil when the script has no annotations.
    /// - Throws: ``ScriptHeaderError`` for the first annotation that is wrong.
    /// - Complexity: O(n) in the length of the header.
    public static func parse(_ source: [UInt8]) throws(ScriptHeaderError) -> ScriptHeader? {
        let reading = read(source)
        if let error = reading.errors.first { throw error }
        return reading.header
    }

    /// Reads the header of a script. See ``parse(_:)-([UInt8])``.
    public static func parse(_ source: String) throws(ScriptHeaderError) -> ScriptHeader? {
        try parse(Array(source.utf8))
    }

    private static func trim(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var trimmed = line.drop(while: AnnotationLine.isBlank)
        while let last = trimmed.last, AnnotationLine.isBlank(last) { trimmed.removeLast() }
        return trimmed
    }

    /// `--[[` or `--[==[`.
    private static func isLongComment(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.first == UInt8(ascii: "[") else { return false }
        return text.dropFirst().drop { $0 == UInt8(ascii: "=") }.first == UInt8(ascii: "[")
    }
}
