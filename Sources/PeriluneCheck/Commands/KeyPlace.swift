/// Where some of a command's keys are among its words; the name is word 0.
enum KeyPlace: Sendable, Hashable {
    /// Every `step`th word from `first` to `last`; below 0, `last` counts from the end: -1 is the last word.
    case range(first: Int, last: Int, step: Int)
    /// The word at a position says how many keys follow it, each `step` words after the one before.
    case counted(at: Int, step: Int)
    /// After a keyword, which is looked for from a position on.
    case keyword(String, from: Int, Extent)

    /// How many of the words after a keyword are keys.
    enum Extent: Sendable, Hashable {
        /// The next one.
        case one
        /// All.
        case all
        /// The first half: a word for each key comes after them.
        case half
    }

    /// Reads `1`, `1:-1`, `1:-1:2`, `2#`, `1#:2`, `STORE@6+`, `KEYS@6*` or `STREAMS@1/`; `nil` for anything else.
    init?(_ text: Substring) {
        if let mark = text.firstIndex(of: "@") {
            guard let from = Int(text[text.index(after: mark)...].dropLast()) else { return nil }
            let extent: Extent
            switch text.last {
            case "+": extent = .one
            case "*": extent = .all
            case "/": extent = .half
            default: return nil
            }
            self = .keyword(String(text[..<mark]), from: from, extent)
            return
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if let first = parts.first, first.last == "#" {
            guard let position = Int(first.dropLast()), let step = parts.count == 2 ? Int(parts[1]) : 1 else {
                return nil
            }
            self = .counted(at: position, step: step)
            return
        }
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == parts.count, (1...3).contains(numbers.count) else { return nil }
        self = .range(
            first: numbers[0], last: numbers.count > 1 ? numbers[1] : numbers[0],
            step: numbers.count > 2 ? numbers[2] : 1)
    }

    /// The positions of the keys in a call; `nil` where they depend on what is not known of it.
    ///
    /// - Parameters:
    ///   - count: How many words the call has at least.
    ///   - word: What the word at a position is, when that is known.
    /// - Complexity: O(count).
    func positions(count: Int, word: (Int) -> String?) -> [Int]? {
        switch self {
        case .range(let first, let last, let step):
            let last = last < 0 ? count + last : last
            guard first <= last else { return [] }
            return Array(stride(from: first, through: min(last, count - 1), by: max(1, step)))
        case .counted(let position, let step):
            guard position < count else { return [] }
            guard let text = word(position), let keys = Int(text), keys >= 0 else { return nil }
            let first = position + 1
            // However many there are to be, there are no more than words.
            return Array(Array(stride(from: first, to: count, by: max(1, step))).prefix(keys))
        case .keyword(let keyword, let start, let extent):
            guard let found = Self.find(keyword, from: start, count: count, word: word) else {
                return nil
            }
            guard let place = found else { return [] }
            let rest = (place + 1)..<max(count, place + 1)
            switch extent {
            case .one: return Array(rest.prefix(1))
            case .all: return Array(rest)
            case .half: return Array(rest.prefix(rest.count / 2))
            }
        }
    }

    /// Where a keyword is: `.some(nil)` when it is not there, `nil` when that cannot be told.
    private static func find(
        _ keyword: String, from start: Int, count: Int, word: (Int) -> String?
    ) -> Int?? {
        var position = start
        while position < count {
            // A word that is not known may be the keyword.
            guard let text = word(position) else { return nil }
            if text.asciiUppercased == keyword { return .some(position) }
            position += 1
        }
        return .some(nil)
    }
}

extension String {
    /// With the letters of ASCII in upper case and all else as it is, which is how Redis compares names.
    var asciiUppercased: String {
        String(decoding: utf8.map { (0x61...0x7A).contains($0) ? $0 - 32 : $0 }, as: UTF8.self)
    }
}
