import DequeModule

/// What a subscriber has not taken yet: the newest messages, and what it must know about the others.
///
/// A message for which there is no room pushes out the oldest ones. The subscriber is told how many before it gets what is
/// left. That messages may have been missed is never pushed out, but told once for what comes without a message between.
struct MessageBuffer {
    private let limit: RedisMessages.BufferLimit
    /// Messages, and between two of them no more than an interruption and its end.
    private var events = Deque<RedisMessages.Event>()
    /// Messages pushed out since the last report of them.
    private var droppedCount = 0
    private var messageCount = 0
    private var byteCount = 0

    init(_ limit: RedisMessages.BufferLimit) {
        self.limit = limit
    }

    /// Adds a message.
    ///
    /// - Complexity: Amortized O(1).
    mutating func append(_ message: RedisMessage) {
        let count = message.byteCount
        while messageCount > 0, messageCount >= limit.messages || byteCount > limit.bytes - min(count, limit.bytes) {
            dropOldest()
        }
        guard count <= limit.bytes else {
            droppedCount += 1
            return
        }
        events.append(.message(message))
        messageCount += 1
        byteCount += count
    }

    /// From now on messages may be missed.
    mutating func interrupt() {
        // That it was over in between, without a message, is nothing to the subscriber.
        if events.last == .resubscribed {
            events.removeLast()
        } else if events.last != .interrupted {
            events.append(.interrupted)
        }
    }

    /// From now on no message is missed.
    mutating func resubscribe() {
        if events.last != .resubscribed { events.append(.resubscribed) }
    }

    /// Takes out what comes first.
    mutating func popFirst() -> RedisMessages.Event? {
        if droppedCount > 0 {
            defer { droppedCount = 0 }
            return .dropped(droppedCount)
        }
        guard let event = events.popFirst() else { return nil }
        forget(event)
        return event
    }

    /// Pushes out the oldest message. What stands before it moves behind it.
    private mutating func dropOldest() {
        var passed: [RedisMessages.Event] = []
        while let event = events.popFirst() {
            guard case .message = event else {
                passed.append(event)
                continue
            }
            forget(event)
            droppedCount += 1
            break
        }
        for event in passed.reversed() {
            switch (event, events.first) {
            case (.resubscribed, .interrupted): events.removeFirst()
            case (.interrupted, .interrupted), (.resubscribed, .resubscribed): break
            default: events.prepend(event)
            }
        }
    }

    private mutating func forget(_ event: RedisMessages.Event) {
        guard case .message(let message) = event else { return }
        messageCount -= 1
        byteCount -= message.byteCount
    }
}
