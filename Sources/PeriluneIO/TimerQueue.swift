import HeapModule

/// Things to be done at points in time. Holds no clock: the time is passed in.
package struct TimerQueue<Payload> {
    /// A timer that can be cancelled.
    package struct Token: Sendable, Hashable {
        fileprivate let number: UInt64
    }

    private struct Entry: Comparable {
        let deadline: UInt64
        let number: UInt64

        static func < (left: Entry, right: Entry) -> Bool {
            (left.deadline, left.number) < (right.deadline, right.number)
        }
    }

    private var order = Heap<Entry>()
    // A cancelled timer leaves this table at once and the heap when its time comes or it is on top.
    private var payloads: [UInt64: Payload] = [:]
    private var lastNumber: UInt64 = 0

    package init() {}

    /// Whether nothing is waiting.
    package var isEmpty: Bool { payloads.isEmpty }

    /// Adds a timer.
    ///
    /// - Complexity: O(log n).
    package mutating func add(at deadline: UInt64, _ payload: Payload) -> Token {
        lastNumber += 1
        payloads[lastNumber] = payload
        order.insert(Entry(deadline: deadline, number: lastNumber))
        return Token(number: lastNumber)
    }

    /// Cancels a timer. One that has fired or was cancelled before is ignored.
    package mutating func cancel(_ token: Token) {
        payloads[token.number] = nil
        dropCancelled()
    }

    /// The earliest deadline.
    package var nextDeadline: UInt64? { order.min?.deadline }

    /// Takes out the earliest timer that is due, those with equal deadlines in the order they were added.
    package mutating func popDue(at now: UInt64) -> Payload? {
        guard let first = order.min, first.deadline <= now else { return nil }
        order.removeMin()
        let payload = payloads.removeValue(forKey: first.number)
        dropCancelled()
        return payload
    }

    /// Keeps a live timer on top, so that nobody is woken for a cancelled one.
    private mutating func dropCancelled() {
        while let first = order.min, payloads[first.number] == nil { order.removeMin() }
    }
}
