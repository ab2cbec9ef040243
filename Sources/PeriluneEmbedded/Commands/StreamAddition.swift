/// `key [NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]]`, and for `XADD` an identifier: what `XADD` and `XTRIM`
/// have in common.
struct StreamAddition {
    /// Which identifier a new entry gets.
    enum Identifier {
        /// One from the clock.
        case next
        /// The next within a millisecond.
        case within(milliseconds: UInt64)
        case exactly(StreamID)
    }

    private(set) var trim: StreamTrim?
    private(set) var createsStream = true
    private(set) var identifier = Identifier.next
    /// Where the argument behind the identifier stands.
    private(set) var next: Int

    /// - Parameter isTrim: Whether there is no identifier but must be a threshold.
    init(_ arguments: Arguments, isTrim: Bool) throws(CommandError) {
        var limit: Int?
        next = 2
        options: while next < arguments.count {
            let option = arguments[next]
            let hasMore = next + 1 < arguments.count
            next += 1
            if !isTrim, option.isText("*") {
                break
            } else if hasMore, option.isWord("maxlen") || option.isWord("minid") {
                guard trim == nil else {
                    throw CommandError(
                        "ERR syntax error, MAXLEN and MINID options at the same time are not compatible")
                }
                trim = try Self.trim(arguments, &next, byLength: option.isWord("maxlen"))
            } else if hasMore, option.isWord("limit") {
                limit = try Self.amount(arguments, next, of: "LIMIT")
                next += 1
            } else if !isTrim, option.isWord("nomkstream") {
                createsStream = false
            } else if isTrim {
                throw .syntax
            } else {
                identifier = try Self.identifier(option)
                break options
            }
        }
        try setLimit(limit, isTrim: isTrim)
    }

    private mutating func setLimit(_ limit: Int?, isTrim: Bool) throws(CommandError) {
        if let limit, limit > 0, trim == nil {
            throw CommandError("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")
        }
        if isTrim, trim == nil {
            throw CommandError("ERR syntax error, XTRIM must be called with a trimming strategy")
        }
        let isApproximate = trim?.isApproximate == true
        guard limit == nil || isApproximate else {
            throw CommandError("ERR syntax error, LIMIT cannot be used without the special ~ option")
        }
        // As many as a hundred full nodes.
        if isApproximate { trim?.limit = limit ?? 100 * StreamNode.mostEntries }
    }

    /// `[=|~] threshold`
    private static func trim(
        _ arguments: Arguments, _ index: inout Int, byLength: Bool
    ) throws(CommandError) -> StreamTrim {
        let isApproximate = arguments[index].isText("~")
        if isApproximate || arguments[index].isText("="), index + 1 < arguments.count { index += 1 }
        defer { index += 1 }
        guard byLength else {
            return StreamTrim(goal: .start(try arguments.streamID(index)), isApproximate: isApproximate)
        }
        let length = try amount(arguments, index, of: "MAXLEN")
        return StreamTrim(goal: .length(length), isApproximate: isApproximate)
    }

    private static func amount(_ arguments: Arguments, _ index: Int, of option: String) throws(CommandError) -> Int {
        let amount = try arguments.integer(index)
        guard amount >= 0 else { throw CommandError("ERR The \(option) argument must be >= 0.") }
        return amount
    }

    private static func identifier(_ text: ByteSlice) throws(CommandError) -> Identifier {
        if let (milliseconds, sequence) = StreamID.parts(of: text), let sequence, sequence.isText("*") {
            return .within(milliseconds: milliseconds)
        }
        guard let id = StreamID(text) else { throw .invalidStreamID }
        return .exactly(id)
    }
}
