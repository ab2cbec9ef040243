/// A format of `string.format`, taken apart.
struct FormatSpec: Sendable {
    /// What stands for a value.
    struct Item: Sendable, Hashable {
        /// The letter behind `%`, flags, width and precision; `nil` where the format ends before it.
        let conversion: UInt8?
        let hasPrecision: Bool
        /// From `%` to the letter.
        let text: String

        /// The letters that Lua 5.1 takes.
        private static let known = Set("cdiouxXeEfgGqs".utf8)

        var isKnown: Bool { conversion.map(Self.known.contains) ?? false }
        /// Whether the value becomes an integer.
        var isInteger: Bool { conversion.map(Set("cdiouxX".utf8).contains) ?? false }
        var isNumber: Bool { isInteger || conversion.map(Set("eEfgG".utf8).contains) ?? false }
        var isText: Bool { conversion == UInt8(ascii: "s") || conversion == UInt8(ascii: "q") }
    }

    /// In the order of the values; `%%` is none.
    private(set) var items: [Item] = []

    /// - Complexity: O(n).
    init(_ format: [UInt8]) {
        var rest = format[...]
        while let percent = rest.firstIndex(of: UInt8(ascii: "%")) {
            rest = rest[(percent + 1)...]
            if rest.first == UInt8(ascii: "%") {
                rest = rest.dropFirst()
                continue
            }
            // Flags, width and precision.
            let modifiers = rest.prefix { "-+ #.0123456789".utf8.contains($0) }
            rest = rest[modifiers.endIndex...]
            items.append(
                Item(
                    conversion: rest.first, hasPrecision: modifiers.contains(UInt8(ascii: ".")),
                    text: String(decoding: format[percent..<min(rest.startIndex + 1, format.endIndex)], as: UTF8.self)))
            rest = rest.dropFirst()
        }
    }
}
