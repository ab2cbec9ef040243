/// What a release of Redis says of a command.
struct KnownCommand: Sendable, Hashable {
    /// What may be done with a command.
    struct Flags: OptionSet, Sendable, Hashable {
        let rawValue: UInt8

        /// It may change data.
        static let write = Flags(rawValue: 1)
        /// It only reads data.
        static let readOnly = Flags(rawValue: 2)
        /// It may take memory, and is refused when that has reached its limit.
        static let mayGrow = Flags(rawValue: 4)
        /// Scripts may not call it.
        static let noScript = Flags(rawValue: 8)
        /// It may wait, though never within a script.
        static let blocking = Flags(rawValue: 16)
        /// It changes no data, but scripts that promise not to write may not call it.
        static let mayReplicate = Flags(rawValue: 32)
        /// Its last arguments come in pairs.
        static let pairs = Flags(rawValue: 64)

        private static let letters: [Character: Flags] = [
            "w": .write, "r": .readOnly, "m": .mayGrow, "s": .noScript, "b": .blocking, "p": .mayReplicate, "x": .pairs,
        ]

        /// Reads letters, or `-` for none; `nil` for anything else.
        init?(letters text: Substring) {
            self = []
            if text == "-" { return }
            for letter in text {
                guard let flag = Self.letters[letter] else { return nil }
                formUnion(flag)
            }
        }

        init(rawValue: UInt8) { self.rawValue = rawValue }
    }

    /// The name in upper case; with a blank before the name of a subcommand.
    let name: String
    /// How many words a call has with those of the name, or the negative of the least number.
    let arity: Int
    let flags: Flags
    /// Where its keys are; empty when it has none.
    let keys: [KeyPlace]
    /// Whether its first argument says which of several commands it is.
    let hasSubcommands: Bool
    /// What to use instead; `nil` while there is nothing against it.
    let deprecation: Deprecation?

    /// Whether scripts that promise not to write are refused it.
    var isWrite: Bool { !flags.isDisjoint(with: [.write, .mayReplicate]) }

    /// How many words its name has.
    var nameCount: Int { name.contains(" ") ? 2 : 1 }

    /// Whether calls of so many words are refused for that number alone.
    ///
    /// - Parameter isOpen: Whether there may be more words than that.
    func refuses(wordCount count: Int, isOpen: Bool) -> Bool {
        if arity >= 0, count > arity { return true }
        if isOpen { return false }
        if count < arity.magnitude { return true }
        return flags.contains(.pairs) && (count - Int(arity.magnitude)) % 2 != 0
    }

    /// The positions of words that are keys for certain, in order, whatever is not known of a call.
    ///
    /// - Parameters:
    ///   - count: How many words the call has at least.
    ///   - word: What the word at a position is, when that is known.
    /// - Complexity: O(count) for each ``KeyPlace``.
    func certainKeyPositions(count: Int, word: (Int) -> String?) -> [Int] {
        // Words that follow those that are known make keys of none of them something else.
        keys.flatMap { $0.positions(count: count, word: word) ?? [] }.sorted()
    }

    /// Whether a call certainly changes data or sends a message, which nothing takes back.
    ///
    /// - Parameter keywords: The words in upper case where they are known, the name included.
    func hasEffect(_ keywords: [String?]) -> Bool {
        switch name {
        // What they do depends on their options.
        case "SORT", "GEORADIUS", "GEORADIUSBYMEMBER": keywords.contains("STORE") || keywords.contains("STOREDIST")
        case "BITFIELD": keywords.contains("SET") || keywords.contains("INCRBY")
        case "GETEX": keywords.count > 2
        default: flags.contains(.write) || flags.contains(.mayReplicate) && !flags.contains(.readOnly)
        }
    }
}
