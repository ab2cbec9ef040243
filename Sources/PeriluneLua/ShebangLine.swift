extension [UInt8] {
    /// A script with blanks in place of its line `#!`, which is Redis' and not Lua's: all places stay what they are.
    ///
    /// - Complexity: O(1) without such a line, otherwise O(n).
    package var withoutShebang: [UInt8] {
        guard starts(with: "#!".utf8) else { return self }
        let end = firstIndex(of: UInt8(ascii: "\n")) ?? endIndex
        return Array(repeating: UInt8(ascii: " "), count: end) + self[end...]
    }
}
