import PeriluneCore

extension CommandReply {
    /// Writes the reply in RESP2. O(bytes).
    ///
    /// - Parameter typed: Whether the types of `plua_typed` are told apart, which the interpreter understands and a
    ///   client does not.
    func encode(into arena: inout ByteArena, typed: Bool = false) {
        switch self {
        case .integer(let value): arena.appendInteger(value)
        case .null: arena.append("$-1\r\n")
        case .nullArray, .blocked: arena.append("*-1\r\n")
        case .status(let text):
            arena.append("+")
            arena.append(text)
            arena.append("\r\n")
        case .error(let line): arena.appendLine("-", line)
        case .value(.integer(let value)):
            arena.append("$")
            arena.append(decimal: value.decimalLength)
            arena.append("\r\n")
            arena.append(decimal: value)
            arena.append("\r\n")
        case .value(.bytes(let bytes)): arena.appendBulk(bytes)
        case .double(let value):
            let digits = Decimal.bytes(of: value)
            guard typed else { return arena.appendBulk(digits) }
            arena.append(",")
            arena.append(digits)
            arena.append("\r\n")
        case .array(let elements):
            arena.appendHeader("*", elements.count)
            for element in elements { element.encode(into: &arena, typed: typed) }
        case .typed(let type, let elements):
            if !typed {
                if type == .mapOfPairs { return encode(pairs: elements, into: &arena) }
                arena.appendHeader("*", elements.count)
            } else {
                switch type {
                case .map: arena.appendHeader("%", elements.count / 2)
                case .mapOfPairs: arena.appendHeader("&", elements.count / 2)
                case .set: arena.appendHeader("~", elements.count)
                case .pairs: arena.appendHeader("=", elements.count / 2)
                }
            }
            for element in elements { element.encode(into: &arena, typed: typed) }
        case .reply(let reply): arena.append(reply)
        }
    }

    /// Writes keys and values in RESP2, each key in an array with its value.
    private func encode(pairs elements: [CommandReply], into arena: inout ByteArena) {
        arena.appendHeader("*", elements.count / 2)
        for (index, element) in elements.enumerated() {
            if index % 2 == 0 { arena.appendHeader("*", 2) }
            element.encode(into: &arena)
        }
    }
}

extension ByteArena {
    /// Appends a reply in RESP2.
    mutating func append(_ reply: RedisReply) {
        switch reply {
        case .integer(let value): appendInteger(value)
        case .null: append("$-1\r\n")
        case .status(let text): appendLine("+", text)
        case .error(let error): appendLine("-", error.line)
        case .bulk(let bytes): appendBulk(bytes)
        case .array(let elements):
            appendHeader("*", elements.count)
            for element in elements { append(element) }
        }
    }

    mutating func appendInteger(_ value: Int) {
        appendHeader(":", value)
    }

    mutating func appendBulk(_ bytes: [UInt8]) {
        appendHeader("$", bytes.count)
        append(bytes)
        append("\r\n")
    }

    /// A status or an error, in which a line break would begin another reply.
    mutating func appendLine(_ type: StaticString, _ text: String) {
        append(type)
        if text.utf8.contains(where: { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }) {
            append(text.utf8.map { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 })
        } else {
            append(text)
        }
        append("\r\n")
    }

    mutating func appendHeader(_ type: StaticString, _ number: Int) {
        append(type)
        append(decimal: number)
        append("\r\n")
    }
}
