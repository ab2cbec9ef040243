import PeriluneCore

/// For whom a reply is written.
enum ReplyForm {
    case resp2, resp3
    /// RESP2 and the types of `plua_typed`, which the interpreter understands and a client does not.
    case script

    init(_ session: EngineSession) {
        self = session.protocolVersion == 3 ? .resp3 : .resp2
    }
}

extension CommandReply {
    /// Writes the reply. O(bytes).
    func encode(into arena: ByteArena, as form: ReplyForm) {
        switch self {
        case .integer(let value): arena.appendInteger(value)
        case .null: arena.appendNull(form, "$-1\r\n")
        case .nullArray: arena.appendNull(form, "*-1\r\n")
        case .blocked(let command): command.denial.encode(into: arena, as: form)
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
        case .value(let string): string.withSlice { arena.appendBulk($0) }
        case .double(let value): Self.number(Decimal.bytes(of: value)).encode(into: arena, as: form)
        case .number(let digits):
            if form == .resp2 { return arena.appendBulk(digits) }
            arena.append(",")
            arena.append(digits)
            arena.append("\r\n")
        case .array(let elements):
            arena.appendHeader("*", elements.count)
            for element in elements { element.encode(into: arena, as: form) }
        case .typed(let type, let elements):
            Self.encode(elements, of: type, into: arena, as: form)
        case .special(let value): arena.append(value, as: form)
        case .encoded(let bytes): arena.append(bytes)
        }
    }

    private static func encode(
        _ elements: [CommandReply], of type: TypedElements, into arena: ByteArena, as form: ReplyForm
    ) {
        switch (form, type) {
        case (.resp2, .map), (.resp2, .set), (.resp2, .pairs): arena.appendHeader("*", elements.count)
        case (_, .map), (.resp3, .mapOfPairs): arena.appendHeader("%", elements.count / 2)
        case (_, .set): arena.appendHeader("~", elements.count)
        case (.script, .mapOfPairs): arena.appendHeader("&", elements.count / 2)
        case (.script, .pairs): arena.appendHeader("p", elements.count / 2)
        case (.resp2, .mapOfPairs), (.resp3, .pairs):
            arena.appendHeader("*", elements.count / 2)
            for index in stride(from: 0, to: elements.count - 1, by: 2) {
                arena.appendHeader("*", 2)
                elements[index].encode(into: arena, as: form)
                elements[index + 1].encode(into: arena, as: form)
            }
            return
        }
        for element in elements { element.encode(into: arena, as: form) }
    }
}

extension ByteArena {
    func appendNull(_ form: ReplyForm, _ inRESP2: StaticString) {
        append(form == .resp3 ? "_\r\n" : inRESP2)
    }

    fileprivate func append(_ value: SpecialReply, as form: ReplyForm) {
        switch value {
        case .boolean(let value) where form == .resp2: appendInteger(value ? 1 : 0)
        case .boolean(let value): append(value ? "#t\r\n" : "#f\r\n")
        case .bigNumber(let text) where form == .resp2: appendBulk(Array("\(text)".utf8))
        case .bigNumber(let text): appendLine("(", "\(text)")
        case .verbatim(let text) where form == .resp2: appendBulk(Array("\(text)".utf8))
        case .verbatim(let text):
            appendHeader("=", text.utf8CodeUnitCount + 4)
            append("txt:")
            append(text)
            append("\r\n")
        }
    }

    func appendInteger(_ value: Int) {
        appendHeader(":", value)
    }

    func appendBulk(_ bytes: [UInt8]) {
        bytes.withByteSlice { appendBulk($0) }
    }

    fileprivate func appendBulk(_ slice: ByteSlice) {
        appendHeader("$", slice.count)
        append(UnsafeRawBufferPointer(slice.buffer))
        append("\r\n")
    }

    /// A status or an error, in which a line break would begin another reply.
    func appendLine(_ type: StaticString, _ text: String) {
        append(type)
        if text.utf8.contains(where: { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }) {
            append(text.utf8.map { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 })
        } else {
            append(text)
        }
        append("\r\n")
    }

    func appendHeader(_ type: StaticString, _ number: Int) {
        append(type)
        append(decimal: number)
        append("\r\n")
    }
}
