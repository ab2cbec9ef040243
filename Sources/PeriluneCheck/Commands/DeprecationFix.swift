import PeriluneLua

extension Deprecation {
    /// The change that makes a call one of the replacement; `nil` where it would not mean the same, or might not.
    ///
    /// - Parameters:
    ///   - call: The call.
    ///   - source: The script, with the places that the call has.
    ///   - hasMetatables: Whether the script gives tables a metatable.
    func fix(for call: CommandCall, in source: [UInt8], hasMetatables: Bool) -> Fix? {
        switch sameness {
        case .same: break
        case .effect: if call.isReplyUsed { return nil }
        case .purpose: return nil
        }
        let expressions = call.words.compactMap(\.expression)
        guard expressions.count == call.words.count, let literal = expressions.first?.unparenthesized,
            case .string(let bytes) = literal.kind
        else {
            return nil
        }
        let arguments = Array(expressions.dropFirst())
        // The last argument may stand for none, or for more than one.
        let fixedCount = call.isOpen ? arguments.count - 1 : arguments.count
        let slots = replacement.slots
        guard fixedCount >= slots.count else { return nil }
        guard replacement.keepsRest || !call.isOpen && arguments.count == slots.count else { return nil }
        // What changes places is evaluated in another order.
        if replacement.isReordered {
            guard arguments.allSatisfy(\.isPlain) else { return nil }
            // Where there are metatables, a field may be a call.
            if hasMetatables, !arguments.allSatisfy(\.isFree) { return nil }
        }

        let style = WordStyle(name: bytes, firstByte: source.dropFirst(literal.range.start.offset).first)
        var edits = [Fix.Edit(literal.range, style.literal(replacement.name))]
        for (index, slot) in slots.enumerated() {
            let place = arguments[index].range
            let words = slot.words.map { ", " + style.literal($0) }.joined()
            if slot.argument == index + 1 {
                if !words.isEmpty { edits.append(Fix.Edit(SourceRange(start: place.end, end: place.end), words)) }
                continue
            }
            let moved = arguments[slot.argument - 1].range
            guard moved.end.offset <= source.count else { return nil }
            edits.append(Fix.Edit(place, Array(source[moved.start.offset..<moved.end.offset]) + Array(words.utf8)))
        }
        return Fix("use \(replacement.text)", edits)
    }

    /// How a script writes the words of its commands.
    private struct WordStyle {
        private let quote: String
        private let isLowercase: Bool

        /// - Parameters:
        ///   - name: A name as the script has it.
        ///   - firstByte: What that name begins with in the script.
        init(name: [UInt8], firstByte: UInt8?) {
            quote = firstByte == UInt8(ascii: "\"") ? "\"" : "'"
            isLowercase = name.allSatisfy { !(0x41...0x5A).contains($0) }
        }

        func literal(_ word: String) -> String {
            quote + (isLowercase ? word.lowercased() : word) + quote
        }
    }
}

extension LuaExpression {
    /// Whether it changes nothing when it is evaluated, so that it may be evaluated before or after others like it.
    var isPlain: Bool {
        if isCall, !(LuaBuiltin(calledBy: self)?.isPure ?? false) { return false }
        if case .path(_, let suffixes) = kind {
            let calls = suffixes.count { suffix in
                switch suffix.kind {
                case .call, .method: true
                case .field, .index: false
                }
            }
            // A call in the middle is of who knows what.
            guard calls == (isCall ? 1 : 0) else { return false }
        }
        return children.allSatisfy(\.isPlain)
    }

    /// Whether no metatable is asked for anything: it is made of literals, names, and elements of KEYS and ARGV.
    var isFree: Bool {
        switch kind {
        case .nil, .true, .false, .number, .string, .name: return true
        case .parenthesized(let inner): return inner.isFree
        case .path(let base, let suffixes):
            guard suffixes.count == 1, case .index(let index) = suffixes[0].kind,
                case .name(let name, .global) = base.kind
            else { return false }
            return (name.text == "KEYS" || name.text == "ARGV") && index.isFree
        default: return false
        }
    }
}
