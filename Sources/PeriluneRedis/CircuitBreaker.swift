public import PeriluneCore

/// Refuses calls at once while a server is known not to answer, so that callers need not find out one by one.
///
/// *Closed*, calls pass. After a number of consecutive failures it *opens*: calls are refused without being tried. After
/// a while it is *half-open*: one call passes as a probe, whose success closes it and whose failure opens it again. A
/// failure is a lost connection, a failed attempt to connect, or an answer that did not come in time; an error that the
/// server answers to a call is a success. A new connection on which the server has answered is a successful probe, too, and an answer
/// that comes too late for its caller makes an open breaker half-open: nobody waits for the end of the open time when the
/// server is back. (Michael Nygard, "Release It!", 2007.)
///
/// A value without a clock: times are monotonic nanoseconds and passed in.
public struct CircuitBreaker: Sendable {
    /// When a breaker opens, and for how long.
    public struct Settings: Sendable, Hashable {
        /// The failures in a row that open the breaker. `Int.max` never opens it; less than 1 counts as 1.
        public var failures: Int
        /// How long it stays open before a call is tried again.
        public var openTime: Duration

        /// Creates settings.
        public init(failures: Int = 5, openTime: Duration = .seconds(60)) {
            self.failures = failures
            self.openTime = openTime
        }
    }

    /// What a breaker does with calls.
    public enum State: String, Sendable, Hashable {
        /// They pass.
        case closed
        /// They are refused.
        case open
        /// One of them passes as a probe, the others are refused.
        case halfOpen
    }

    /// A change of state.
    public struct Transition: Sendable, Hashable {
        /// The state after it.
        public let state: State
        /// When it happened, in monotonic nanoseconds.
        public let time: UInt64
    }

    /// The most transitions that are remembered.
    static let rememberedTransitions = 16

    let settings: Settings
    /// What the breaker does with calls.
    public private(set) var state = State.closed
    /// The failures since the last success.
    public private(set) var consecutiveFailures = 0
    /// The last failure, whatever came after it.
    public private(set) var lastError: EngineError?
    /// The last changes of state, the newest last.
    public private(set) var transitions: [Transition] = []
    /// The probe under way.
    private var probe: UInt64?
    /// What refused calls are told; made once, because a refusal must cost next to nothing.
    private var refusal = EngineError(.circuitOpen, "the circuit breaker is open")
    private var halfOpenTime: UInt64 = 0

    /// Creates a closed breaker.
    public init(_ settings: Settings = Settings()) {
        self.settings = settings
    }

    /// Why a call may not be tried now.
    ///
    /// - Returns: `nil` when it may.
    @inline(__always)
    func refusal(now: UInt64) -> EngineError? {
        if state == .closed { return nil }
        return refusalUnlessProbe(now: now)
    }

    private func refusalUnlessProbe(now: UInt64) -> EngineError? {
        switch state {
        case .closed: nil
        case .open: now >= halfOpenTime ? nil : refusal
        case .halfOpen: probe == nil ? nil : refusal
        }
    }

    /// A call that was not refused is tried.
    @inline(__always)
    mutating func began(_ call: UInt64, now: UInt64) {
        if state != .closed { beganProbe(call, now: now) }
    }

    private mutating func beganProbe(_ call: UInt64, now: UInt64) {
        if state == .open { change(to: .halfOpen, now: now) }
        probe = call
    }

    /// A call ended without telling anything about the server.
    mutating func abandoned(_ call: UInt64) {
        if probe == call { probe = nil }
    }

    /// The server answered.
    @inline(__always)
    mutating func succeeded(now: @autoclosure () -> UInt64) {
        consecutiveFailures = 0
        if state != .closed { close(now: now()) }
    }

    private mutating func close(now: UInt64) {
        probe = nil
        change(to: .closed, now: now)
    }

    /// The server answered too late for anybody to wait. That is no success; but it lives, and a call that is tried now
    /// tells how well, so that nobody waits for the end of the open time.
    @inline(__always)
    mutating func answeredLate(now: @autoclosure () -> UInt64) {
        if state == .open { change(to: .halfOpen, now: now()) }
    }

    /// The server did not answer.
    mutating func failed(_ error: EngineError, now: UInt64) {
        lastError = error
        consecutiveFailures += 1
        switch state {
        case .closed where consecutiveFailures < max(settings.failures, 1): return
        // The failure of what was under way when the breaker opened says nothing new.
        case .open where now < halfOpenTime: return
        case .closed, .open, .halfOpen: break
        }
        probe = nil
        halfOpenTime = MonotonicTime.adding(settings.openTime.wholeNanoseconds, to: now)
        refusal = EngineError(
            .circuitOpen,
            "not tried after \(consecutiveFailures) failures in a row; the last: \(error.message)")
        change(to: .open, now: now)
    }

    private mutating func change(to next: State, now: UInt64) {
        guard state != next else { return }
        state = next
        if transitions.count == Self.rememberedTransitions { transitions.removeFirst() }
        transitions.append(Transition(state: next, time: now))
    }
}
