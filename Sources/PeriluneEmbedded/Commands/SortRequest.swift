/// `[BY pattern] [LIMIT offset count] [GET pattern ...] [ASC|DESC] [ALPHA] [STORE destination]`, what `SORT` is asked for.
struct SortRequest {
    /// Where the weights are; `nil` when elements are their own.
    private(set) var weights: SortPattern?
    /// Whether a pattern without `*` says that nothing is sorted.
    private(set) var keepsOrder = false
    private(set) var isDescending = false
    private(set) var isAlphabetic = false
    /// What is answered for every element; nothing for the element itself.
    private(set) var results: [SortPattern] = []
    private(set) var destination: ByteSlice?
    private var offset = 0
    private var limit = -1

    init(_ arguments: Arguments, readOnly: Bool) throws(CommandError) {
        var index = 2
        while index < arguments.count {
            let option = arguments[index]
            let following = arguments.count - index - 1
            if option.isWord("asc") {
                isDescending = false
            } else if option.isWord("desc") {
                isDescending = true
            } else if option.isWord("alpha") {
                isAlphabetic = true
            } else if option.isWord("limit"), following >= 2 {
                offset = try arguments.integer(index + 1)
                limit = try arguments.integer(index + 2)
                index += 2
            } else if !readOnly, option.isWord("store"), following >= 1 {
                destination = arguments[index + 1]
                index += 1
            } else if option.isWord("by"), following >= 1 {
                let pattern = SortPattern(arguments[index + 1])
                weights = pattern
                if pattern.isConstant { keepsOrder = true }
                index += 1
            } else if option.isWord("get"), following >= 1 {
                results.append(SortPattern(arguments[index + 1]))
                index += 1
            } else {
                throw .syntax
            }
            index += 1
        }
    }

    /// Sorts the elements themselves after all, by their bytes: those of a set whose order shows.
    mutating func sortAlphabetically() {
        keepsOrder = false
        isAlphabetic = true
        weights = nil
    }

    /// Which of so many sorted elements are answered.
    func range(of count: Int) -> Range<Int> {
        let start = min(max(offset, 0), count)
        return start..<(limit < 0 ? count : start + min(limit, count - start))
    }
}

/// The name of a key, or `key->field`, in which `*` stands for an element; `#` is the element itself.
struct SortPattern {
    private let text: ByteSlice
    /// Where the `*` is.
    private let star: Int?
    /// Where the field's name begins.
    private let field: Int?

    init(_ text: ByteSlice) {
        self.text = text
        // A NUL ends what is searched, as on the server.
        let searched = text.buffer.prefix { $0 != 0 }
        star = searched.firstIndex(of: UInt8(ascii: "*"))
        guard let star else {
            field = nil
            return
        }
        let arrow = searched.indices.first { index in
            index > star && index + 2 < searched.endIndex && searched[index] == UInt8(ascii: "-")
                && searched[index + 1] == UInt8(ascii: ">")
        }
        field = arrow.map { $0 + 2 }
    }

    /// Whether it means the same for all elements.
    var isConstant: Bool { star == nil }

    private var isElement: Bool {
        text.count > 0 && text[0] == UInt8(ascii: "#") && (text.count == 1 || text[1] == 0)
    }

    /// The string that the pattern means for an element; `nil` for none. O(length of the pattern and the element).
    func value(for element: StoredString, in keyspace: inout Keyspace) -> StoredString? {
        guard let star else { return isElement ? element : nil }
        let end = field.map { $0 - 2 } ?? text.count
        let key = text.buffer[..<star] + element.bytes + text.buffer[(star + 1)..<end]
        guard let entry = StoredString.bytes(Array(key)).withSlice({ keyspace.entry(for: $0) }) else { return nil }
        switch entry.header.value {
        case .string(let string) where field == nil: return string
        case .hash(let hash):
            guard let field else { return nil }
            return hash[ByteSlice(start: text.start + field, count: text.count - field)]
        default: return nil
        }
    }
}
