extension LuaLexer {
    /// Reads a number.
    ///
    /// The extent is the reference's: digits and dots, an exponent mark with a sign, then every letter, digit and
    /// underscore. Only then is the text judged, as C's `strtod` would. A NUL byte passes for the exponent mark and
    /// for its sign (`strchr` finds the terminator) and ends the text, which is why Redis runs `return 1\0`.
    mutating func readNumber() throws(LuaSyntaxError) {
        let start = offset
        var isInteger = true
        while let byte = peek(), byte.isDigit || byte == UInt8(ascii: ".") {
            if byte == UInt8(ascii: ".") { isInteger = false }
            offset += 1
        }
        if let byte = peek(), byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") || byte == 0 {
            offset += 1
            isInteger = false
            if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") || sign == 0 { offset += 1 }
        }
        while let byte = peek(), byte.isAlphanumeric || byte == UInt8(ascii: "_") {
            offset += 1
            isInteger = false
        }
        let text = bytes[start..<offset].prefix { $0 != 0 }
        guard let value = isInteger ? Self.integerValue(text) ?? Self.value(text) : Self.value(text) else {
            throw failure("malformed number", from: start, startLine: line, near: Array(text))
        }
        append(.number, from: start, line: line, payload: Int32(truncatingIfNeeded: list.numbers.count))
        list.numbers.append(value)
    }

    /// Up to 15 digits: exact in a double, and by far the most frequent case.
    private static func integerValue(_ text: ArraySlice<UInt8>) -> Double? {
        guard text.count <= 15 else { return nil }
        var value = 0
        for byte in text { value = value * 10 + Int(byte - UInt8(ascii: "0")) }
        return Double(value)
    }

    /// The value of a literal as `strtod` reads it in the C locale, or nil when it does not take all of it.
    static func value(_ text: ArraySlice<UInt8>) -> Double? {
        let digits = Array(text)
        if digits.count > 1, digits[0] == UInt8(ascii: "0"), digits[1] | 0x20 == UInt8(ascii: "x") {
            return hexadecimalValue(digits)
        }
        var index = 0
        var mantissaDigits = 0
        var mantissaIsZero = true
        var dots = 0
        while index < digits.count, digits[index].isDigit || digits[index] == UInt8(ascii: ".") {
            if digits[index] == UInt8(ascii: ".") {
                dots += 1
            } else {
                mantissaDigits += 1
                if digits[index] != UInt8(ascii: "0") { mantissaIsZero = false }
            }
            index += 1
        }
        guard mantissaDigits > 0, dots <= 1 else { return nil }
        var exponentIsNegative = false
        if index < digits.count {
            guard digits[index] | 0x20 == UInt8(ascii: "e") else { return nil }
            index += 1
            if index < digits.count, digits[index] == UInt8(ascii: "+") || digits[index] == UInt8(ascii: "-") {
                exponentIsNegative = digits[index] == UInt8(ascii: "-")
                index += 1
            }
            guard index < digits.count, digits[index...].allSatisfy(\.isDigit) else { return nil }
        }
        if mantissaIsZero { return 0 }
        // The grammar is settled above; only an exponent out of all range can still fail to convert.
        return Double(String(decoding: digits, as: UTF8.self)) ?? (exponentIsNegative ? 0 : .infinity)
    }

    private static func hexadecimalValue(_ digits: [UInt8]) -> Double? {
        var value = 0.0
        var index = 2
        while index < digits.count, isHexadecimal(digits[index]) { index += 1 }
        let mantissa = digits[2..<index]
        guard !mantissa.isEmpty else { return nil }
        var exponent = "0"
        if index < digits.count {
            guard digits[index] | 0x20 == UInt8(ascii: "p"), index + 1 < digits.count,
                digits[(index + 1)...].allSatisfy(\.isDigit)
            else { return nil }
            exponent = String(decoding: digits[(index + 1)...], as: UTF8.self)
        }
        if mantissa.allSatisfy({ $0 == UInt8(ascii: "0") }) { return 0 }
        let text = "0x" + String(decoding: mantissa, as: UTF8.self) + "p" + exponent
        value = Double(text) ?? .infinity
        return value
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        let lowered = byte | 0x20
        return byte.isDigit || (lowered >= UInt8(ascii: "a") && lowered <= UInt8(ascii: "f"))
    }
}
