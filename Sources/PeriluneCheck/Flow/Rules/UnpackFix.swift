import PeriluneLua

/// The calls of commands that can be made in parts: `redis.call('SADD', key, unpack(t))` as a statement of its own,
/// where many small calls do what one large call does.
struct UnpackFix {
    /// The fixes by the place of `unpack`.
    private let fixes: [Int: Fix]

    /// So many elements at a time: an even number, so that no pair is torn.
    private static let part = 1000

    /// Commands of any number of elements, or of pairs, one after the other.
    private static let commands: Set<String> = [
        "DEL", "HDEL", "HMSET", "HSET", "LPUSH", "LPUSHX", "MSET", "PFADD", "RPUSH", "RPUSHX", "SADD", "SREM", "UNLINK",
        "ZADD", "ZREM",
    ]

    init(_ chunk: LuaChunk) {
        var fixes: [Int: Fix] = [:]
        var statements: Set<SourceRange> = []
        LuaWalk(statement: { if case .call(let call) = $0.kind { statements.insert(call.range) } }).walk(chunk.block)
        let counter = Self.counter(chunk)
        for call in CommandCall.calls(in: chunk) where statements.contains(call.range) {
            guard let (unpack, table) = Self.unpacked(call), let counter else { continue }
            let end = "\(counter) + \(Self.part - 1)"
            let source = chunk.tokens.source
            let isLast = call.range.end.offset >= source.count
            // A statement may follow right behind the call's parenthesis, but not behind a keyword.
            let isApart = isLast || " \t\r\n;".utf8.contains(source[call.range.end.offset])
            fixes[unpack.start.offset] = Fix(
                "call it for \(Self.part) elements at a time, and not at all when there are none",
                [
                    .init(Self.empty(call.range.start), "for \(counter) = 1, #\(table.text), \(Self.part) do "),
                    .init(Self.empty(table.range.end), ", \(counter), math.min(\(end), #\(table.text))"),
                    .init(Self.empty(call.range.end), isApart ? " end" : " end "),
                ])
        }
        self.fixes = fixes
    }

    /// - Parameter range: Of `unpack(t)`.
    func fix(at range: SourceRange) -> Fix? { fixes[range.start.offset] }

    private static func empty(_ place: SourcePosition) -> SourceRange { SourceRange(start: place, end: place) }

    /// A name that the script does not have; `nil` where none is left, or `math` is something of the script's own.
    private static func counter(_ chunk: LuaChunk) -> String? {
        if chunk.locals.contains(where: { $0.name.text == "math" }) { return nil }
        return ["i", "first", "part_start"].first { !chunk.tokens.names.contains($0) }
    }

    /// The call `unpack(t)` that a call ends with, and the table; `nil` where parts would not do the same.
    private static func unpacked(_ call: CommandCall) -> (unpack: SourceRange, table: LuaName)? {
        let expressions = call.words.compactMap(\.expression)
        guard expressions.count == call.words.count, let name = call.keyword(0), commands.contains(name),
            let last = expressions.last, expressions.dropLast().allSatisfy(\.isPlain),
            case .path(let base, let suffixes) = last.kind, case .name(let function, .global) = base.kind,
            function.text == "unpack", suffixes.count == 1, case .call(let arguments) = suffixes[0].kind,
            arguments.expressions.count == 1, case .name(let table, _) = arguments.expressions[0].kind,
            isSplit(name, call)
        else { return nil }
        return (last.range, table)
    }

    /// Whether each part begins where an element does: nothing stands before but the key, if there is one, and options.
    private static func isSplit(_ name: String, _ call: CommandCall) -> Bool {
        switch name {
        case "DEL", "MSET", "UNLINK": call.words.count == 2
        case "ZADD":
            call.words.count >= 3
                && call.words.indices.dropFirst(2).dropLast().allSatisfy { position in
                    call.keyword(position).map { ["CH", "GT", "LT", "NX", "XX"].contains($0) } ?? false
                }
        default: call.words.count == 3
        }
    }
}
