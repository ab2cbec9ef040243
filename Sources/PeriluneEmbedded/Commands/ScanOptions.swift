/// What `SCAN` and its kin are asked for: `[MATCH pattern] [COUNT count] [TYPE type]`.
struct ScanOptions {
    private(set) var glob: Glob?
    private(set) var count = 10
    private(set) var type: ByteSlice?

    /// The cursor among the arguments: what C's `strtoul` makes of it.
    static func cursor(_ text: ByteSlice) throws(CommandError) -> UInt64 {
        let digits = text.buffer.prefix { $0 != 0 }  // as far as C reads
        if digits.isEmpty { return 0 }
        guard let value = Decimal.unsigned(digits) else { throw CommandError("ERR invalid cursor") }
        return value
    }

    /// - Parameter takesType: Whether the type of keys may be asked for.
    init(_ arguments: Arguments, from start: Int, takesType: Bool) throws(CommandError) {
        var index = start
        while index < arguments.count {
            let option = arguments[index]
            guard index + 1 < arguments.count else { throw .syntax }
            if option.isWord("count") {
                count = try arguments.integer(index + 1)
                if count < 1 { throw .syntax }
            } else if option.isWord("match") {
                glob = Glob(pattern: arguments[index + 1])
            } else if takesType, option.isWord("type") {
                type = arguments[index + 1]
            } else {
                throw .syntax
            }
            index += 2
        }
    }

    func matches(_ bytes: [UInt8]) -> Bool {
        glob?.matches(bytes) ?? true
    }

    /// The reply of a command of this family.
    static func reply(cursor: UInt64, _ elements: [CommandReply]) -> CommandReply {
        .array([.bulk(Array(String(cursor).utf8)), .array(elements)])
    }
}
