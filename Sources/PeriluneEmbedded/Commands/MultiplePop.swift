/// `numkeys key [key ...] end [COUNT count]`, the arguments of `LMPOP`, `ZMPOP` and their blocking kin.
struct MultiplePop<End> {
    /// Where the keys stand among the arguments.
    let keys: Range<Int>
    let end: End
    let count: Int

    /// - Parameter start: Where the number of keys stands.
    init(_ arguments: Arguments, from start: Int = 1, ends: (ByteSlice) -> End?) throws(CommandError) {
        guard let keyCount = arguments[start].integer, keyCount > 0 else {
            throw CommandError("ERR numkeys should be greater than 0")
        }
        guard keyCount < arguments.count - start - 1, let end = ends(arguments[start + 1 + keyCount]) else {
            throw .syntax
        }
        keys = (start + 1)..<(start + 1 + keyCount)
        self.end = end
        var count: Int?
        var index = start + 2 + keyCount
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
