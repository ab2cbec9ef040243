/// `numkeys key [key ...] end [COUNT count]`, the arguments of `LMPOP` and `ZMPOP`.
struct MultiplePop<End> {
    /// Where the keys stand among the arguments.
    let keys: Range<Int>
    let end: End
    let count: Int

    init(_ arguments: Arguments, ends: (ByteSlice) -> End?) throws(CommandError) {
        guard let keyCount = arguments[1].integer, keyCount > 0 else {
            throw CommandError("ERR numkeys should be greater than 0")
        }
        guard keyCount < arguments.count - 2, let end = ends(arguments[2 + keyCount]) else { throw .syntax }
        keys = 2..<(2 + keyCount)
        self.end = end
        var count: Int?
        var index = 3 + keyCount
        while index < arguments.count {
            guard count == nil, arguments[index].isWord("count"), index + 1 < arguments.count else { throw .syntax }
            guard let number = arguments[index + 1].integer, number > 0 else {
                throw CommandError("ERR count should be greater than 0")
            }
            count = number
            index += 2
        }
        self.count = count ?? 1
    }
}
