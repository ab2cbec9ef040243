package import PeriluneCore

/// Writes commands as the arrays of bulk strings that every Redis understands, straight into a buffer.
package enum RESPEncoder {
    /// The most elements a server takes in one command.
    package static let largestCommand = 1_048_576

    /// Appends a plain command.
    package static func append(_ command: RedisCommand, to buffer: ByteBuffer) {
        appendHeader(count: command.arguments.count + 1, to: buffer)
        append(command.name, to: buffer)
        for argument in command.arguments { append(argument, to: buffer) }
    }

    /// Appends an `EVALSHA` of the script.
    package static func appendCall(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument], to buffer: ByteBuffer
    ) {
        appendHeader(count: keys.count + arguments.count + 3, to: buffer)
        script.encodedCall.withUnsafeBytes { buffer.append($0) }
        append(keys.count, to: buffer)
        for key in keys { append(key.name, to: buffer) }
        for argument in arguments { append(argument, to: buffer) }
    }

    private static func appendHeader(count: Int, to buffer: ByteBuffer) {
        buffer.append(UInt8(ascii: "*"))
        buffer.append(decimal: count)
        buffer.append("\r\n")
    }

    private static func append(_ argument: RedisArgument, to buffer: ByteBuffer) {
        switch argument {
        case .string(let text): append(text, to: buffer)
        case .integer(let value): append(value, to: buffer)
        case .bytes(let bytes): bytes.withUnsafeBytes { append($0, to: buffer) }
        }
    }

    private static func append(_ text: String, to buffer: ByteBuffer) {
        // Only a string bridged from elsewhere has no contiguous UTF-8.
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable {
            append(UnsafeRawBufferPointer($0), to: buffer)
        }
        if isDone == nil { Array(text.utf8).withUnsafeBytes { append($0, to: buffer) } }
    }

    private static func append(_ value: Int, to buffer: ByteBuffer) {
        buffer.append(UInt8(ascii: "$"))
        buffer.append(decimal: value.decimalLength)
        buffer.append("\r\n")
        buffer.append(decimal: value)
        buffer.append("\r\n")
    }

    private static func append(_ bytes: UnsafeRawBufferPointer, to buffer: ByteBuffer) {
        buffer.append(UInt8(ascii: "$"))
        buffer.append(decimal: bytes.count)
        buffer.append("\r\n")
        buffer.append(bytes)
        buffer.append("\r\n")
    }
}
