import Logging
import PeriluneCore
import PeriluneIO

/// The server that the sentinels say is the primary of a service.
///
/// Nothing is known until the first call. The sentinels are asked anew when the connection to the primary breaks, when
/// it does not answer, or when it says that it is a replica; and once a second while there are calls, because a primary
/// that others have been put in the place of takes writes, which will be lost, until somebody tells it.
///
/// Sentinels learn late of what others have decided. So a server that one of them names gets calls when it has said
/// itself, by `ROLE`, that it is a primary; and a primary that answers is left only when most of them name the same
/// other server.
final class SentinelTopology: Sendable {
    private struct State {
        var primary: RedisConnection?
        /// Connections to former primaries, as long as calls are under way there.
        var retired = RetiredConnections()
        var sentinels: [RedisConnection]
        /// The sentinel that is asked first.
        var turn = 0
        /// Whether there is a reason to doubt that the primary is one.
        var isDoubted = false
        /// The deadline of the first call that has the sentinels asked without a reason.
        var nextCheck: UInt64 = 0
        var isShutDown = false
    }

    /// How often the sentinels are asked without a reason: once a second.
    private static let checkInterval: UInt64 = 1_000_000_000

    /// How long to wait for the answer of one sentinel before the next one is asked as well: 200 ms.
    private static let sentinelPatience: UInt64 = 200_000_000

    private let service: String
    /// How long a lookup may take, in nanoseconds.
    private let patience: UInt64
    private let makeConnection: RedisConnection.Factory
    private let logger: Logger
    private let state: Locked<State>
    private let lookups = LookupRunner()

    /// - Parameters:
    ///   - sentinels: The connections to the sentinels.
    ///   - patience: How long a lookup may take.
    init(
        _ sentinels: [RedisConnection], service: String, patience: Duration, logger: Logger,
        connect: @escaping RedisConnection.Factory
    ) {
        self.service = service
        self.patience = patience.wholeNanoseconds
        self.logger = logger
        makeConnection = connect
        state = Locked(State(sentinels: sentinels))
    }

    // MARK: Finding

    /// The connection to the primary. Waits, when none was found yet, until there is one.
    @inline(__always)
    func connection(deadline: UInt64) async -> Result<RedisConnection, EngineError> {
        let (found, isCheckDue) = state.withLock { state in
            let isDue = deadline >= state.nextCheck
            if isDue { state.nextCheck = MonotonicTime.adding(Self.checkInterval, to: deadline) }
            return (Self.find(state), isDue)
        }
        guard let found else { return await waitForConnection(deadline: deadline) }
        if isCheckDue { lookups.request { await self.lookUp() } }
        return found
    }

    private static func find(_ state: State) -> Result<RedisConnection, EngineError>? {
        state.isShutDown ? .failure(.hasShutDown) : state.primary.map { .success($0) }
    }

    private func waitForConnection(deadline: UInt64) async -> Result<RedisConnection, EngineError> {
        while true {
            await wait(until: deadline)
            if let found = state.withLock({ Self.find($0) }) { return found }
            if Task.isCancelled { return .failure(.cancelled(mayHaveRun: false)) }
            let failure = lookups.failure
            if let failure, failure.code == .misconfigured { return .failure(failure) }
            guard MonotonicTime.now < deadline else { return .failure(failure ?? Self.silence) }
        }
    }

    private static var silence: EngineError { EngineError(.unreachable, "no sentinel has answered in time") }

    // MARK: Learning

    /// Sees to it that the sentinels are asked anew. Returns at once.
    func doubt() {
        state.withLock { $0.isDoubted = true }
        lookups.request { await self.lookUp() }
    }

    /// Waits until the sentinels were asked anew, or until the deadline.
    func wait(until deadline: UInt64) async {
        state.withLock { $0.isDoubted = true }
        await lookups.requestAndWait({ await self.lookUp() }, until: deadline)
    }

    private func lookUp() async -> EngineError? {
        let deadline = MonotonicTime.adding(patience, to: MonotonicTime.now)
        let (isShutDown, isDoubted, sentinels) = state.withLock { state in
            // Another one comes first each time: one that has not heard of a failover must not have the first word
            // again and again.
            defer {
                state.turn = (state.turn + 1) % max(1, state.sentinels.count)
                state.isDoubted = false
            }
            let sentinels = Array(state.sentinels[state.turn...] + state.sentinels[..<state.turn])
            return (state.isShutDown, state.isDoubted || state.primary == nil, sentinels)
        }
        if isShutDown { return .hasShutDown }
        let failures = Locked(Failures())
        let votes = Locked<[RedisConfiguration.Endpoint: Int]>([:])
        let mustAgree = isDoubted ? 1 : sentinels.count / 2 + 1
        var round = LookupRound(sentinels, patience: Self.sentinelPatience, deadline: deadline)
        let isFound: Bool? = await round.run { sentinel in
            do throws(EngineError) {
                let endpoint = try await self.ask(sentinel, deadline: deadline)
                // The connection that there is finds out by itself what becomes of its server.
                if self.isPrimary(endpoint) { return true }
                let count = votes.withLock { votes in
                    votes[endpoint, default: 0] += 1
                    return votes[endpoint, default: 0]
                }
                guard count >= mustAgree else { return nil }
                if let error = await self.take(endpoint, deadline: deadline) {
                    failures.withLock { $0.ofPrimary = error }
                    return nil
                }
                return true
            } catch {
                failures.withLock { $0.add(error) }
                return nil
            }
        }
        return isFound == nil && isDoubted ? failures.withLock { $0.mostTelling } ?? Self.silence : nil
    }

    /// Why a lookup has found nothing.
    private struct Failures {
        /// What came of a server that a sentinel has named.
        var ofPrimary: EngineError?
        private var ofSentinel: EngineError?

        /// Takes the failure of a sentinel. The first one that tells what is wrong with the configuration stays,
        /// otherwise the last one.
        mutating func add(_ error: EngineError) {
            if ofSentinel?.code != .misconfigured { ofSentinel = error }
        }

        var mostTelling: EngineError? { ofPrimary ?? ofSentinel }
    }

    /// Asks a sentinel for the primary.
    private func ask(
        _ sentinel: RedisConnection, deadline: UInt64
    ) async throws(EngineError) -> RedisConfiguration.Endpoint {
        let command = RedisCommand("SENTINEL", ["GET-MASTER-ADDR-BY-NAME", .string(service)], isRepeatable: true)
        let (result, _) = await sentinel.perform(Request(command), begin: MonotonicTime.now, deadline: deadline)
        let reply = try result.get()
        switch SentinelAnswer(reply, askedOf: RedisConfiguration.Endpoint(sentinel.endpoint)) {
        case .primary(let endpoint): return endpoint
        case .unknownService:
            throw EngineError(.misconfigured, "the sentinel at \(sentinel.endpoint) knows no service of that name")
        case nil:
            if case .error(let error) = reply {
                throw EngineError(.misconfigured, "\(sentinel.endpoint) is no sentinel: \(error.line)")
            }
            throw EngineError(.unexpectedReply, "the sentinel at \(sentinel.endpoint) names no primary")
        }
    }

    private func isPrimary(_ endpoint: RedisConfiguration.Endpoint) -> Bool {
        state.withLock { $0.primary?.endpoint == endpoint.socketEndpoint }
    }

    /// Takes a server for the primary once it says itself that it is.
    ///
    /// - Returns: Why it was not taken.
    private func take(_ endpoint: RedisConfiguration.Endpoint, deadline: UInt64) async -> EngineError? {
        let place = endpoint.socketEndpoint
        let candidate = makeConnection(place, .primary)
        let (reply, _) = await candidate.perform(
            Request(RedisCommand("PING", isRepeatable: true)), begin: MonotonicTime.now, deadline: deadline)
        // A server that answers at all has passed the handshake.
        if case .failure(let error) = reply {
            candidate.retire()
            return error
        }
        let former = state.withLock { state -> RedisConnection? in
            // Somebody else may have been faster, with the word of another sentinel.
            guard !state.isShutDown, state.primary?.endpoint != place else { return candidate }
            defer { state.primary = candidate }
            if let former = state.primary { state.retired.add([former]) }
            return state.primary
        }
        if former !== candidate { logger.info("primary found", metadata: ["redis.endpoint": "\(place)"]) }
        former?.retire()
        return nil
    }

    // MARK: The end

    var connections: [RedisConnection] { state.withLock { $0.primary.map { [$0] } ?? [] } }

    /// What has happened on the connections that there are no more.
    var formerStatistics: ConnectionStatistics { state.withLock { $0.retired.statistics } }

    func shutDown() -> [RedisConnection] {
        lookups.shutDown()
        return state.withLock { state in
            state.isShutDown = true
            return state.sentinels + (state.primary.map { [$0] } ?? []) + state.retired.connections
        }
    }
}
