/// A JSON value (RFC 8259), written with its members in the order given.
enum JSONText {
    case null
    case boolean(Bool)
    case integer(Int)
    /// A number. JSON has none that is not finite: such a one is written as `null`.
    case double(Double)
    case string(String)
    case array([JSONText])
    case object([(name: String, value: JSONText)])
}

extension JSONText {
    /// The value over several lines, indented by two blanks a level. An object that has no arrays or objects in it
    /// stays on one line, unless it is the whole.
    var text: String {
        var text = ""
        write(to: &text, indent: 0)
        return text
    }

    private func write(to text: inout String, indent: Int) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .double(let value): text += value.isFinite ? value.description : "null"
        case .string(let value): Self.write(value, to: &text)
        case .array(let values):
            Self.write(values, brackets: ("[", "]"), isFlat: false, indent: indent, to: &text) { value, text, indent in
                value.write(to: &text, indent: indent)
            }
        case .object(let members):
            Self.write(
                members, brackets: ("{", "}"), isFlat: indent > 0 && isFlat, indent: indent, to: &text
            ) { member, text, indent in
                Self.write(member.name, to: &text)
                text += ": "
                member.value.write(to: &text, indent: indent)
            }
        }
    }

    private var isFlat: Bool {
        guard case .object(let members) = self else { return false }
        return members.allSatisfy { member in
            switch member.value {
            case .array, .object: false
            default: true
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], brackets: (String, String), isFlat: Bool, indent: Int, to text: inout String,
        element: (Element, inout String, Int) -> Void
    ) {
        text += brackets.0
        let line = "\n" + String(repeating: " ", count: 2 * (indent + 1))
        for (index, value) in elements.enumerated() {
            if index > 0 { text += isFlat ? ", " : "," }
            if !isFlat { text += line }
            element(value, &text, indent + 1)
        }
        if !isFlat, !elements.isEmpty { text += line.dropLast(2) }
        text += brackets.1
    }

    /// Whatever a terminal would not show as it is, is escaped: what is printed to it must neither steer it nor hide.
    /// Characters beyond 16 bits take two escapes, the halves of their UTF-16.
    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where isPrintable(scalar): text.unicodeScalars.append(scalar)
            default:
                for unit in scalar.utf16 {
                    let digits = String(unit, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        text += "\""
    }
}
