import PeriluneCore

/// A door that is closed until a test opens it, and open from then on.
package final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var waitersMade = 0
    }

    private let state = Locked(State())

    /// Creates a door that is closed.
    package init() {}

    /// Lets everybody in, now and from now on.
    package func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until the door is open, or the task is cancelled.
    package func wait() async {
        let number = newNumber()
        await withTaskCancellationHandler {
            await pass(number)
        } onCancel: {
            giveUp(number)
        }
    }

    /// Waits until the door is open, as work does that does not heed cancellation.
    package func waitEvenIfCancelled() async {
        await pass(newNumber(), heedsCancellation: false)
    }

    private func newNumber() -> Int {
        state.withLock { state in
            state.waitersMade += 1
            return state.waitersMade
        }
    }

    private func pass(_ number: Int, heedsCancellation: Bool = true) async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters[number] = continuation }
                return state.isOpen
            }
            if isOpen {
                continuation.resume()
            } else if heedsCancellation, Task.isCancelled {
                // The handler may have come before there was somebody waiting.
                giveUp(number)
            }
        }
    }

    private func giveUp(_ number: Int) {
        state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
    }
}
