import PeriluneLua

extension FlowInterpreter {
    /// The library `string`.
    mutating func string(_ name: String, _ call: BuiltinCall, _ state: inout FlowState) -> ValueList {
        let arguments = call.arguments
        let first = arguments.first
        if name != "dump", !call.arguments.values.isEmpty { emit(.used(first, range: call.range), state) }
        let sources = arguments.values.reduce(into: ValueSources()) { $0.formUnion($1.sources) }
        switch name {
        case "len": return ValueList([.number(.count, first.sources)])
        case "format": return ValueList([format(call, sources, state)])
        case "sub": return ValueList([sub(arguments)])
        case "lower", "upper", "reverse", "rep": return ValueList([computed(sources, from: first)])
        case "char": return ValueList([.text(TextValue(.computed(sources)), sources)])
        case "gsub":
            let replacement = arguments[2]
            if replacement.types.contains(.function) { callBack(replacement, call, &state) }
            let isFollowed = replacement.isString
            // The pattern only says where.
            let parts = first.sources.union(replacement.sources)
            return ValueList([
                isFollowed ? computed(parts, from: first) : .text(.unknown, parts), .number(.count, sources),
            ])
        case "byte":
            // Of a text that is shorter there is none.
            var byte = AbstractValue.number(.whole(0, 255), sources)
            byte.types.insert(.nil)
            byte.witnessed = []
            return ValueList([byte], rest: arguments.values.count > 2 || arguments.rest != nil ? byte : nil)
        case "find":
            var place = AbstractValue.number(.whole(1, .infinity), sources)
            place.types.insert(.nil)
            place.witnessed = []
            return ValueList([place, place], rest: .any)
        case "match":
            var text = computed(sources, from: first)
            text.types = [.nil, .string, .number]
            text.witnessed = []
            return ValueList([text], rest: text)
        case "gmatch", "gfind": return ValueList([.function(.unknown)])
        default: return .any
        }
    }

    /// A text made of another one, in a way that is not followed.
    private func computed(_ sources: ValueSources, from value: AbstractValue) -> AbstractValue {
        let isFollowed =
            !sources.contains(.unknown) && value.types.subtracting(.falsy) == .string
            && !value.text.sources.contains(.unknown)
        return .text(isFollowed ? TextValue(.computed(sources)) : .unknown, sources)
    }

    /// A part of a text; of the beginning only the end can be seen from here.
    private func sub(_ arguments: ValueList) -> AbstractValue {
        let first = arguments.first
        // What is cut out of a text may be a name of its own.
        let isLiteral = first.literal != nil
        return .text(isLiteral ? TextValue(.computed([])) : .unknown, first.sources)
    }

    /// `string.format`, for the formats that put a text or an integer in.
    private mutating func format(_ call: BuiltinCall, _ sources: ValueSources, _ state: FlowState) -> AbstractValue {
        guard let format = call.arguments.first.literal else { return .text(.unknown, sources) }
        var text = Text()
        var place = 1
        var index = format.startIndex
        while index < format.endIndex {
            guard format[index] == UInt8(ascii: "%") else {
                let end = format[index...].firstIndex(of: UInt8(ascii: "%")) ?? format.endIndex
                text = text + Text(.literal(Array(format[index..<end])))
                index = end
                continue
            }
            guard let end = format[(index + 1)...].firstIndex(where: Self.endsFormat) else { break }
            let argument = call.arguments[place]
            switch format[end] {
            case UInt8(ascii: "%"): text = text + Text(.literal([UInt8(ascii: "%")]))
            case UInt8(ascii: "s"):
                emit(.text(argument, range: call.range(of: place)), state)
                let piece = Self.text(of: argument).text.only ?? .any
                // A width or a precision changes it.
                text = text + (end == index + 1 ? piece : piece.collapsed)
                place += 1
            default:
                text = text + Text(argument.sources.contains(.unknown) ? .unknown : .computed(argument.sources))
                place += 1
            }
            index = end + 1
        }
        return .text(TextValue(text), sources)
    }

    /// Whether a byte ends what `%` begins.
    private static func endsFormat(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "%"): true
        default: false
        }
    }
}
