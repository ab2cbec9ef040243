/// A number of bytes as a server's configuration has it: `1073741824`, `64mb`.
package enum ByteCount {
    /// Reads digits with a unit behind them, in any case: `b` or none, `k`, `m` and `g` by 1000, `kb`, `mb` and `gb` by
    /// 1024.
    ///
    /// - Returns: `nil` for anything else, and for what is too large.
    package static func bytes(of text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let factor: Int
        switch text.dropFirst(digits.count).lowercased() {
        case "", "b": factor = 1
        case "k": factor = 1_000
        case "kb": factor = 1 << 10
        case "m": factor = 1_000_000
        case "mb": factor = 1 << 20
        case "g": factor = 1_000_000_000
        case "gb": factor = 1 << 30
        default: return nil
        }
        guard let number = Int(digits) else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : bytes
    }

    /// A number of bytes for people: `1.50M`.
    static func text(_ bytes: Int) -> String {
        var value = Double(bytes)
        if bytes < 1024 { return "\(bytes)B" }
        for unit in ["K", "M", "G", "T"] {
            value /= 1024
            if value < 1024 { return "\(hundredths(value))\(unit)" }
        }
        return "\(hundredths(value))T"
    }

    /// A number that is not negative, with two digits after the point.
    static func hundredths(_ value: Double) -> String {
        let number = Int((value * 100).rounded())
        let fraction = number % 100
        return "\(number / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}
