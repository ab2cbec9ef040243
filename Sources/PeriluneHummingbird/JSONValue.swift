import Perilune

/// A JSON value whose members keep their order.
///
/// Answers are small and always of the same form: writing them directly costs a fraction of what a coder takes, and
/// people who look at one find its members where the documentation has them.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    /// Thousandths, written as a decimal number: 1500 as `1.5`.
    case thousandths(Int)
    case string(String)
    case array([JSONValue])
    case object([Member])
    /// The text of a JSON value, written as it is.
    case text([UInt8])

    package struct Member: Sendable, Hashable {
        package let name: String
        package let value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByStringLiteral {
    package init(stringLiteral value: String) {
        self = .string(value)
    }

    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member(name: $0.0, value: $0.1) })
    }
}

extension JSONValue {
    /// A duration as seconds with at most three decimals.
    package static func seconds(_ duration: Duration) -> JSONValue {
        let (seconds, attoseconds) = duration.components
        return .thousandths(Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000))
    }

    /// The value as compact JSON text (RFC 8259).
    ///
    /// - Complexity: O(length of the text).
    package var bytes: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(512)
        write(into: &output)
        return output
    }

    private func write(into output: inout [UInt8]) {
        switch self {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .integer(let value): output += String(value).utf8
        case .thousandths(let value): Self.write(thousandths: value, into: &output)
        case .string(let value): JSONMembers.appendString(value, to: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                element.write(into: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                JSONMembers.appendString(member.name, to: &output)
                output.append(UInt8(ascii: ":"))
                member.value.write(into: &output)
            }
            output.append(UInt8(ascii: "}"))
        case .text(let text): output += text
        }
    }

    private static func write(thousandths value: Int, into output: inout [UInt8]) {
        if value < 0 { output.append(UInt8(ascii: "-")) }
        let (whole, rest) = value.magnitude.quotientAndRemainder(dividingBy: 1_000)
        output += String(whole).utf8
        guard rest > 0 else { return }
        var decimals = Array(String(1_000 + rest).utf8.dropFirst())
        while decimals.last == UInt8(ascii: "0") { decimals.removeLast() }
        output.append(UInt8(ascii: "."))
        output += decimals
    }
}
