public import PeriluneCore

/// Decides whether a call may go on, by one atomic script on a ``/PeriluneCore/ScriptEngine``.
///
/// ```swift
/// let limiter = try RateLimiter(engine: engine, policy: .standard)
/// let decision = try await limiter.check("user:42")
/// if !decision.allowed { /* 429, retry after decision.retryAfter */ }
/// ```
///
/// All processes that share an engine and a policy's name share the limits. The server's clock decides, not theirs.
public struct RateLimiter: Sendable {
    /// The policy that is enforced.
    public let policy: RateLimitPolicy

    private let engine: any ScriptEngine
    private let keys: KeyFamily

    /// Creates a limiter.
    ///
    /// - Parameters:
    ///   - engine: Where the state lives.
    ///   - policy: What to enforce.
    ///   - keySpace: How keys are named.
    public init(engine: any ScriptEngine, policy: RateLimitPolicy, keySpace: KeySpace = .standard) {
        self.engine = engine
        self.policy = policy
        self.keys = keySpace.family(kind: policy.kind, validated: policy.name)
    }

    /// Takes `cost` from the limits of an identifier, or denies the call and takes nothing.
    ///
    /// - Parameters:
    ///   - identifier: Who calls: any text that is not empty. Identifiers are the same when their UTF-8 bytes are.
    ///   - cost: What the call takes, from 0 to the policy's ``RateLimitPolicy/highestCost``. 0 is a ``peek(_:)``.
    /// - Throws: ``RateLimitError``.
    /// - Complexity: One round trip; O(number of limits).
    public func check(_ identifier: String, cost: Int = 1) async throws(RateLimitError) -> Decision {
        let key = try key(for: identifier)
        let highest = policy.highestCost
        guard cost >= 0, cost <= highest else { throw .costOutOfRange(cost, highest: highest) }
        do {
            return try await policy.decide(key: key, cost: cost, on: engine)
        } catch {
            throw .engine(error)
        }
    }

    /// Tells where an identifier stands without taking anything.
    ///
    /// - Returns: A decision whose ``Decision/allowed`` tells whether a call of cost 1 would be allowed now.
    /// - Throws: ``RateLimitError``.
    /// - Complexity: One round trip, which writes nothing.
    public func peek(_ identifier: String) async throws(RateLimitError) -> Decision {
        try await check(identifier, cost: 0)
    }

    /// Forgets what an identifier has taken.
    ///
    /// - Returns: Whether there was anything to forget.
    /// - Throws: ``RateLimitError``.
    /// - Complexity: One round trip.
    @discardableResult
    public func reset(_ identifier: String) async throws(RateLimitError) -> Bool {
        let key = try key(for: identifier)
        do {
            let reply = try await engine.send(RedisCommand("DEL", [key.argument]))
            return reply.integer == 1
        } catch {
            throw .engine(error)
        }
    }

    /// The key that holds an identifier's state, for those who look at the keyspace themselves.
    ///
    /// - Throws: ``RateLimitError/emptyIdentifier``.
    public func key(for identifier: String) throws(RateLimitError) -> RedisKey {
        do { return try keys.key(tag: identifier) } catch { throw .emptyIdentifier }
    }
}

/// Why a limiter could not decide.
public enum RateLimitError: Error, Sendable, Hashable {
    /// The identifier is empty.
    case emptyIdentifier
    /// The cost is below 0, or above what a full limit could ever allow.
    case costOutOfRange(Int, highest: Int)
    /// The engine gave no answer; whether to let the call through is the caller's choice.
    case engine(EngineError)
}

extension RateLimitError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .emptyIdentifier: "the identifier is empty"
        case .costOutOfRange(let cost, let highest): "the cost must be from 0 to \(highest), not \(cost)"
        case .engine(let error): error.description
        }
    }
}
