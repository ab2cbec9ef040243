/// Reads a `.env` file: lines `NAME=value`, as shells and container tools read them.
///
/// A line may begin with `export`; empty lines and lines that begin with `#` are skipped. A value may stand in single
/// or double quotes, and then ends with them; without quotes it ends before ` #`. Nothing is expanded: a password with
/// a `$` in it stays what it is.
///
/// The file is shared with other programs, so lines that are of no such form are their affair, unless they look like a
/// setting of this one.
enum EnvironmentFile {
    /// The variables of a file; of several lines for one name the last.
    ///
    /// - Parameters:
    ///   - text: The file's content.
    ///   - name: The file's name, for messages.
    static func parse(_ text: String, name: String) throws(ConfigurationError) -> [String: String] {
        var variables: [String: String] = [:]
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            var rest = trimmed(line)
            if rest.isEmpty || rest.hasPrefix("#") { continue }
            if rest.hasPrefix("export ") { rest = trimmed(rest.dropFirst("export ".count)) }
            let parts = rest.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let isOurs = rest.hasPrefix("PERILUNE_") || rest.hasPrefix("REDIS_URL")
            // The line itself is not shown: it may be half of a secret.
            guard parts.count == 2, isName(trimmed(parts[0])) else {
                guard !isOurs else {
                    throw ConfigurationError("\(name) line \(number)", "not of the form NAME=value")
                }
                continue
            }
            guard let value = value(trimmed(parts[1])) else {
                guard !isOurs else {
                    throw ConfigurationError(
                        "\(name) line \(number)", "the value has no closing quote, or text after it")
                }
                continue
            }
            variables[String(trimmed(parts[0]))] = value
        }
        return variables
    }

    private static func value(_ text: Substring) -> String? {
        if let quote = text.first, quote == "\"" || quote == "'" {
            let rest = text.dropFirst()
            guard let end = rest.firstIndex(of: quote) else { return nil }
            let after = trimmed(rest[rest.index(after: end)...])
            return after.isEmpty || after.hasPrefix("#") ? String(rest[..<end]) : nil
        }
        guard let comment = text.firstRange(of: " #") else { return String(text) }
        return String(trimmed(text[..<comment.lowerBound]))
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
