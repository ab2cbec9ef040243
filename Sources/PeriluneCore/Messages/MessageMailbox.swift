import DequeModule

/// Where an engine puts events and a subscriber takes them, each from any thread.
final class MessageMailbox: Sendable {
    typealias Result = Swift.Result<RedisMessages.Event?, EngineError>

    private typealias Waiter = UnsafeContinuation<Result, Never>

    private struct State {
        var buffer: MessageBuffer
        /// Whoever waits for an event. Empty as long as there is one.
        var waiters = Deque<Waiter>()
        /// Whether nothing comes any more, and nobody is interested any more.
        var isOver = false
        /// What is thrown, once, when the buffer is empty.
        var error: EngineError?
        var onTermination: (@Sendable () -> Void)?
    }

    private let state: Locked<State>

    init(_ limit: RedisMessages.BufferLimit) {
        state = Locked(State(buffer: MessageBuffer(limit)))
    }

    // MARK: The engine's side

    func put(_ event: RedisMessages.Event) {
        let waiter = state.withLock { state -> Waiter? in
            guard !state.isOver else { return nil }
            if let waiter = state.waiters.popFirst() { return waiter }
            switch event {
            case .message(let message): state.buffer.append(message)
            case .interrupted: state.buffer.interrupt()
            case .resubscribed: state.buffer.resubscribe()
            case .dropped: break
            }
            return nil
        }
        waiter?.resume(returning: .success(event))
    }

    func finish(_ error: EngineError?) {
        let waiters = state.withLock { state -> Deque<Waiter> in
            guard !state.isOver else { return [] }
            let waiters = state.waiters
            state.waiters = []
            state.isOver = true
            state.onTermination = nil
            // The first who waits hears of the error, the others only of the end.
            if waiters.isEmpty { state.error = error }
            return waiters
        }
        for (index, waiter) in waiters.enumerated() {
            let result: Result = if index == 0, let error { .failure(error) } else { .success(nil) }
            waiter.resume(returning: result)
        }
    }

    func onTermination(_ body: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            if !state.isOver { state.onTermination = body }
            return state.isOver
        }
        if isOver { body() }
    }

    // MARK: The subscriber's side

    /// The next event. When the task is cancelled, the subscription ends.
    func next() async -> Result {
        await withTaskCancellationHandler {
            if !Task.isCancelled, let event = state.withLock({ $0.buffer.popFirst() }) { return .success(event) }
            return await withUnsafeContinuation { continuation in
                if let result = take(or: continuation) { continuation.resume(returning: result) }
                // The handler may have come before there was somebody waiting.
                if Task.isCancelled { end() }
            }
        } onCancel: {
            end()
        }
    }

    /// Nobody is interested any more.
    func end() {
        let (waiters, onTermination) = state.withLock { state in
            let taken = (state.waiters, state.onTermination)
            state.waiters = []
            state.onTermination = nil
            state.isOver = true
            state.error = nil
            while state.buffer.popFirst() != nil {}
            return taken
        }
        for waiter in waiters { waiter.resume(returning: .success(nil)) }
        onTermination?()
    }

    /// Takes an event, or lets somebody wait for one.
    private func take(or waiter: Waiter) -> Result? {
        state.withLock { state in
            if let event = state.buffer.popFirst() { return .success(event) }
            guard state.isOver else {
                state.waiters.append(waiter)
                return nil
            }
            guard let error = state.error else { return .success(nil) }
            state.error = nil
            return .failure(error)
        }
    }
}
