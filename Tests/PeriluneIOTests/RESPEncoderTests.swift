import PeriluneCore
import PeriluneIO
import Testing

@Suite("RESP encoder")
struct RESPEncoderTests {
    private func text(_ fill: (ByteBuffer) -> Void) -> String {
        let buffer = ByteBuffer()
        fill(buffer)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    @Test("A command is an array of bulk strings")
    func command() {
        let command = RedisCommand("SET", ["k", .integer(-12), .bytes([0x30, 0x31])])
        #expect(
            text { RESPEncoder.append(command, to: $0) } == "*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\n-12\r\n$2\r\n01\r\n")
    }

    @Test("A script call is EVALSHA with digest, number of keys, keys and arguments")
    func call() {
        let script = LuaScript(name: "s", source: "return 1")
        let encoded = text {
            RESPEncoder.appendCall(script, keys: ["a", "bé"], arguments: [7, "", .bytes([])], to: $0)
        }
        #expect(
            encoded == "*8\r\n$7\r\nEVALSHA\r\n$40\r\n\(script.sha)\r\n$1\r\n2\r\n"
                + "$1\r\na\r\n$3\r\nbé\r\n$1\r\n7\r\n$0\r\n\r\n$0\r\n\r\n")
    }

    @Test("Integers are written as Swift prints them", arguments: [0, 9, 10, -1, 99, 100, -1000, .max, .min])
    func integers(value: Int) {
        #expect(text { $0.append(decimal: value) } == String(value))
        #expect(value.decimalLength == String(value).utf8.count)
    }
}

@Suite("Byte buffer")
struct ByteBufferTests {
    private func bytes(_ buffer: ByteBuffer) -> [UInt8] { Array(buffer.bytes) }

    private func append(_ bytes: [UInt8], to buffer: ByteBuffer) {
        bytes.withUnsafeBytes { buffer.append($0) }
    }

    @Test("What goes in comes out in order while the buffer grows and is consumed")
    func order() {
        let buffer = ByteBuffer()
        var model: [UInt8] = []
        for round in 0..<200 {
            let piece = (0..<(round * 37 % 4000)).map { UInt8(truncatingIfNeeded: $0 &+ round) }
            append(piece, to: buffer)
            model += piece
            let consumed = min(round * 53 % 3000, model.count)
            buffer.consume(consumed)
            model.removeFirst(consumed)
            #expect(buffer.count == model.count)
        }
        #expect(bytes(buffer) == model)
    }

    @Test("Ranges are cut out of the middle")
    func remove() {
        let buffer = ByteBuffer()
        append([9, 9, 0, 1, 2, 3, 4, 5, 6, 7], to: buffer)
        buffer.consume(2)
        buffer.remove([0..<1, 3..<5, 7..<8])
        #expect(bytes(buffer) == [1, 2, 5, 6])
        buffer.remove([])
        #expect(bytes(buffer) == [1, 2, 5, 6])
        buffer.truncate(to: 1)
        #expect(bytes(buffer) == [1])
        buffer.remove([0..<1])
        #expect(buffer.isEmpty)
    }

    @Test("An empty buffer gives a lot of memory back and keeps a little")
    func shrinks() {
        let buffer = ByteBuffer()
        append([UInt8](repeating: 1, count: ByteBuffer.idleCapacity * 2), to: buffer)
        #expect(buffer.capacity >= ByteBuffer.idleCapacity * 2)
        buffer.consume(buffer.count)
        #expect(buffer.capacity <= ByteBuffer.idleCapacity)
        append([1, 2], to: buffer)
        #expect(bytes(buffer) == [1, 2])
    }
}
