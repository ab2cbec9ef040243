/// A count with its thousands set apart: `1,234,567`.
func grouped(_ count: Int) -> String {
    let digits = Array(String(count.magnitude))
    var text = count < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index) % 3 == 0 { text += "," }
        text.append(digit)
    }
    return text
}

/// A share in percent with one decimal: `1.2 %`. What is more than nothing never shows as nothing, and what is less
/// than everything never as everything.
func percent(_ part: Int, of whole: Int) -> String {
    guard whole > 0, part > 0 else { return "0.0 %" }
    if part >= whole { return "100.0 %" }
    let exact = Double(part) / Double(whole) * 1_000
    let permille = Int(exact.rounded())
    if permille == 0 { return "<0.1 %" }
    if permille == 1_000 { return ">99.9 %" }
    return "\(permille / 10).\(permille % 10) %"
}

/// A length of time in its two largest units: `3 d 11 h`, `1 min 5 s`, `2.5 s`.
///
/// - Parameter microseconds: Not negative; below a minute shown to the millisecond.
func durationText(_ microseconds: Int64) -> String {
    let milliseconds = (microseconds + 500) / 1_000
    if milliseconds < 60_000 { return secondsText(milliseconds: milliseconds) + " s" }
    let seconds = (milliseconds + 500) / 1_000
    let units: [(length: Int64, name: String)] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")]
    for (index, unit) in units.enumerated() where seconds >= unit.length {
        let larger = "\(seconds / unit.length) \(unit.name)"
        guard index + 1 < units.count else { return larger }
        let smaller = seconds % unit.length / units[index + 1].length
        return smaller == 0 ? larger : larger + " \(smaller) \(units[index + 1].name)"
    }
    return "0 s"
}

/// Milliseconds as a decimal number of seconds: `2.5`.
func secondsText(milliseconds: Int64) -> String {
    let (whole, rest) = milliseconds.quotientAndRemainder(dividingBy: 1_000)
    guard rest > 0 else { return String(whole) }
    var decimals = String(1_000 + rest).dropFirst()
    while decimals.last == "0" { decimals = decimals.dropLast() }
    return "\(whole).\(decimals)"
}

/// A text that a terminal shows as it is: characters that would move the cursor, change colours or turn the writing
/// direction are written as `\xNN` or `\u{NNNN}`, and too much is cut off.
///
/// - Parameters:
///   - text: Anything; logs hold what clients send.
///   - length: How many characters at most, the `…` at the end of a cut text included.
func printable(_ text: String, atMost length: Int) -> String {
    var characters: [Character] = []
    for character in text {
        // An escape is several characters long; nothing more is looked at once the text is too long.
        if characters.count > length { break }
        if character.unicodeScalars.allSatisfy(isPrintable) && character.unicodeScalars.count <= 8 {
            characters.append(character)
        } else {
            for scalar in character.unicodeScalars.prefix(8) { characters += Array(escaped(scalar)) }
        }
    }
    guard characters.count > length else { return String(characters) }
    return String(characters.prefix(max(length - 1, 0))) + "…"
}

/// The same for bytes, of which those that are not UTF-8 are replaced.
func printable(_ line: Span<UInt8>, atMost length: Int) -> String {
    // No more than four bytes go into a character of the text, but for accents piled up.
    let kept = line.extracting(first: min(line.count, length * 4 + 4))
    return printable(kept.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }, atMost: length)
}

/// Whether a character is shown by a terminal and does nothing else: no control or format character, no line
/// separator, nothing that is not assigned.
func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7F }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return false
    default: return true
    }
}

private func escaped(_ scalar: Unicode.Scalar) -> String {
    if isPrintable(scalar) { return String(Character(scalar)) }
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return scalar.value < 0x100 ? "\\x" + (digits.count < 2 ? "0" : "") + digits : "\\u{\(digits)}"
}

extension String {
    /// The text with blanks after it, up to a width in characters.
    func padded(_ width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(width - count, 0))
    }

    /// The text with blanks before it, up to a width in characters.
    func aligned(_ width: Int) -> String {
        String(repeating: " ", count: Swift.max(width - count, 0)) + self
    }
}
