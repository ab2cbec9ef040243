/// Why an engine could not give an answer.
///
/// ``mayHaveRun`` tells the one thing a caller must know before trying again: whether the call can have had an effect.
public struct EngineError: Error, Sendable, Hashable {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        let name: StaticName

        enum StaticName: String {
            case server, unreachable, connectionLost, timedOut, circuitOpen, overloaded, shutDown, cancelled
            case protocolViolation, unexpectedReply, tooLarge, misconfigured, notAllowed, crossSlot
        }

        /// The engine answered with an error; see ``EngineError/serverError``.
        public static let server = Code(name: .server)
        /// No connection could be made in time.
        public static let unreachable = Code(name: .unreachable)
        /// The connection broke while the call was under way.
        public static let connectionLost = Code(name: .connectionLost)
        /// The deadline passed before the answer came.
        public static let timedOut = Code(name: .timedOut)
        /// The circuit breaker is open: the last calls failed, and this one was not tried.
        public static let circuitOpen = Code(name: .circuitOpen)
        /// The queue of waiting calls is full: too many callers for this engine.
        public static let overloaded = Code(name: .overloaded)
        /// The engine was shut down.
        public static let shutDown = Code(name: .shutDown)
        /// The calling task was cancelled.
        public static let cancelled = Code(name: .cancelled)
        /// What came back is not RESP, or more of it than the limits allow.
        public static let protocolViolation = Code(name: .protocolViolation)
        /// The reply is well formed but not of the type the call promises.
        public static let unexpectedReply = Code(name: .unexpectedReply)
        /// The call has more arguments or bytes than an engine takes.
        public static let tooLarge = Code(name: .tooLarge)
        /// Credentials or settings that the server refuses.
        public static let misconfigured = Code(name: .misconfigured)
        /// The command must not be sent in this way: it waits, or it changes the connection that all callers share.
        public static let notAllowed = Code(name: .notAllowed)
        /// The call is about keys of several hash slots, which no node of a Redis Cluster has together.
        public static let crossSlot = Code(name: .crossSlot)

        public var description: String { name.rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in one line. Holds no arguments of the call.
    public let message: String
    /// The engine's own error when ``code`` is ``Code/server``.
    public let serverError: RedisError?
    /// Whether the call can have had an effect. `false` means that it certainly had none.
    public let mayHaveRun: Bool

    /// Creates an error that did not come as a reply.
    public init(_ code: Code, _ message: String, mayHaveRun: Bool = false) {
        self.code = code
        self.message = message
        self.serverError = nil
        self.mayHaveRun = mayHaveRun
    }

    /// Creates the error of an error reply.
    ///
    /// A server refuses unknown scripts, wrong nodes and the like before anything runs; see ``RedisError/isRefusal``. Any
    /// other error may come from the middle of a script, whose earlier writes stay.
    public init(_ error: RedisError) {
        self.code = .server
        self.message = error.line
        self.serverError = error
        self.mayHaveRun = !error.isRefusal
    }

    /// Creates the error of an error reply of which more is known than it says itself.
    package init(_ error: RedisError, mayHaveRun: Bool) {
        self.code = .server
        self.message = error.line
        self.serverError = error
        self.mayHaveRun = mayHaveRun
    }
}

extension EngineError: CustomStringConvertible {
    public var description: String { "\(code): \(message)" }
}
