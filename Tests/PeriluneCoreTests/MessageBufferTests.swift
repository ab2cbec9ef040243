import Testing

@testable import PeriluneCore

@Suite("Buffer of a subscription")
struct MessageBufferTests {
    private func message(_ number: Int, bytes: Int = 8) -> RedisMessage {
        RedisMessage(channel: "c", payload: Array("\(number)".utf8) + [UInt8](repeating: 0, count: max(0, bytes - 8)))
    }

    /// All that is in the buffer, messages by their numbers.
    private func drain(_ buffer: inout MessageBuffer) -> [String] {
        var events: [String] = []
        while let event = buffer.popFirst() {
            switch event {
            case .message(let message):
                events.append(String(decoding: message.payload.prefix { $0 != 0 }, as: UTF8.self))
            case .dropped(let count): events.append("dropped \(count)")
            case .interrupted: events.append("interrupted")
            case .resubscribed: events.append("resubscribed")
            }
        }
        return events
    }

    @Test("Below the limits everything comes out in order")
    func order() {
        var buffer = MessageBuffer(.init(messages: 3))
        for number in 1...3 { buffer.append(message(number)) }
        #expect(drain(&buffer) == ["1", "2", "3"])
        #expect(buffer.popFirst() == nil)
    }

    @Test("The oldest are dropped, and counted where they would have been")
    func tooMany() {
        var buffer = MessageBuffer(.init(messages: 3))
        for number in 1...5 { buffer.append(message(number)) }
        #expect(drain(&buffer) == ["dropped 2", "3", "4", "5"])
        for number in 6...8 { buffer.append(message(number)) }
        #expect(drain(&buffer) == ["6", "7", "8"])
    }

    @Test("Bytes count as well as messages, channels and patterns among them")
    func tooLarge() {
        var buffer = MessageBuffer(.init(messages: 100, bytes: 30))
        buffer.append(RedisMessage(channel: "12345", pattern: "12345", payload: [1]))
        buffer.append(RedisMessage(channel: "12345", pattern: "12345", payload: [2]))
        #expect(buffer.popFirst() == .message(RedisMessage(channel: "12345", pattern: "12345", payload: [1])))
        buffer.append(message(3, bytes: 19))
        #expect(drain(&buffer) == ["\u{2}", "3"])
        buffer.append(message(4, bytes: 29))
        buffer.append(message(5, bytes: 29))
        #expect(drain(&buffer) == ["dropped 1", "5"])
    }

    @Test("A message that fits into no buffer is dropped, with all before it")
    func hopeless() {
        var buffer = MessageBuffer(.init(messages: 100, bytes: 30))
        buffer.append(message(1))
        buffer.append(message(2, bytes: 60))
        buffer.append(message(3))
        #expect(drain(&buffer) == ["dropped 2", "3"])
    }

    @Test("Interruptions stand where they happened, and are never dropped")
    func interruptions() {
        var buffer = MessageBuffer(.init(messages: 2))
        buffer.append(message(1))
        buffer.interrupt()
        buffer.resubscribe()
        buffer.append(message(2))
        buffer.append(message(3))
        #expect(drain(&buffer) == ["dropped 1", "interrupted", "resubscribed", "2", "3"])
        buffer.interrupt()
        for number in 4...6 {
            buffer.append(message(number))
            buffer.resubscribe()
            buffer.interrupt()
        }
        #expect(drain(&buffer) == ["dropped 1", "interrupted", "5", "6"])
    }

    @Test("Many interruptions without a message between are one")
    func flapping() {
        var buffer = MessageBuffer(.init(messages: 2))
        for _ in 0..<1000 {
            buffer.interrupt()
            buffer.resubscribe()
        }
        #expect(drain(&buffer) == ["interrupted", "resubscribed"])
        buffer.interrupt()
        #expect(drain(&buffer) == ["interrupted"])
        // Over, and there again, before the subscriber looked: nothing new.
        buffer.resubscribe()
        buffer.interrupt()
        #expect(drain(&buffer) == [])
        buffer.resubscribe()
        #expect(drain(&buffer) == ["resubscribed"])
    }

    /// A subscriber that replays what it is told knows after each event whether it may trust what it has seen.
    @Test("Whatever happens, memory is bounded and the subscriber is not misled", arguments: 0..<200)
    func anything(seed: Int) {
        var generator = SplitMix(state: UInt64(seed))
        let limit = RedisMessages.BufferLimit(messages: 4, bytes: 60)
        var buffer = MessageBuffer(limit)
        var isConnected = true
        var isTrusting = true
        var last = 0
        var sent = 0
        var seen = 0
        var dropped = 0
        for _ in 0..<500 {
            switch generator.next() % 6 {
            case 0, 1, 2:
                sent += 1
                buffer.append(message(sent, bytes: Int(generator.next() % 40)))
            case 3:
                if isConnected { buffer.interrupt() } else { buffer.resubscribe() }
                isConnected.toggle()
            default:
                switch buffer.popFirst() {
                case .message(let message):
                    let number = Int(String(decoding: message.payload.prefix { $0 != 0 }, as: UTF8.self)) ?? 0
                    #expect(number > last)
                    last = number
                    seen += 1
                case .dropped(let count): dropped += count
                case .interrupted:
                    #expect(isTrusting)
                    isTrusting = false
                case .resubscribed:
                    #expect(!isTrusting)
                    isTrusting = true
                case nil:
                    #expect(isTrusting == isConnected)
                    #expect(seen + dropped == sent)
                }
            }
        }
        var left = 0
        while let event = buffer.popFirst() {
            left += 1
            if case .message = event { seen += 1 }
            if case .dropped(let count) = event { dropped += count }
        }
        #expect(left <= 3 * limit.messages + 3)
        #expect(seen + dropped == sent)
    }
}

/// A small generator, so that a failure can be repeated by its seed.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
