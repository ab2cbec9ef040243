/// A pattern for names of keys and members: `*`, `?`, `[a-z]`, `[^a]` and `\` before a plain character.
struct Glob {
    let pattern: ByteSlice

    /// Whether everything matches.
    var matchesAll: Bool { pattern.count == 1 && pattern[0] == UInt8(ascii: "*") }

    /// Whether a text matches a pattern.
    static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
        pattern.withByteSlice { Glob(pattern: $0).matches(text) }
    }

    func matches(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { matches($0) }
    }

    /// Whether a text matches. A star takes as little as it can, and the last one more when what follows does not
    /// match: O(text × pattern), and no recursion.
    func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        // On the server no text at all matches nothing but a single star.
        if text.isEmpty { return pattern.count == 0 || matchesAll }
        var position = 0
        var next = 0
        var lastStar: (next: Int, position: Int)?
        while true {
            if next < pattern.count, pattern[next] == UInt8(ascii: "*") {
                while next < pattern.count, pattern[next] == UInt8(ascii: "*") { next += 1 }
                if next == pattern.count { return true }
                lastStar = (next, position)
                continue
            }
            if position < text.count, next < pattern.count, let after = matchOne(text[position], at: next) {
                next = after
                position += 1
                continue
            }
            if position == text.count, next >= pattern.count { return true }
            guard let star = lastStar, star.position < text.count else { return false }
            lastStar = (star.next, star.position + 1)
            next = star.next
            position = star.position + 1
        }
    }

    /// Where the pattern goes on after the item at a place, when that matches a byte.
    private func matchOne(_ byte: UInt8, at start: Int) -> Int? {
        switch pattern[start] {
        case UInt8(ascii: "?"): return start + 1
        case UInt8(ascii: "["): return matchClass(byte, at: start + 1)
        case UInt8(ascii: "\\") where start + 1 < pattern.count: return byte == pattern[start + 1] ? start + 2 : nil
        default: return byte == pattern[start] ? start + 1 : nil
        }
    }

    /// A class may lack its end, as on the server.
    private func matchClass(_ byte: UInt8, at start: Int) -> Int? {
        var next = start
        let isNegated = next < pattern.count && pattern[next] == UInt8(ascii: "^")
        if isNegated { next += 1 }
        var isMember = false
        while next < pattern.count, pattern[next] != UInt8(ascii: "]") {
            if pattern[next] == UInt8(ascii: "\\"), next + 1 < pattern.count {
                next += 1
                if pattern[next] == byte { isMember = true }
            } else if next + 2 < pattern.count, pattern[next + 1] == UInt8(ascii: "-") {
                let (low, high) = (min(pattern[next], pattern[next + 2]), max(pattern[next], pattern[next + 2]))
                if (low...high).contains(byte) { isMember = true }
                next += 2
            } else if pattern[next] == byte {
                isMember = true
            }
            next += 1
        }
        return isMember != isNegated ? min(next + 1, pattern.count) : nil
    }
}
