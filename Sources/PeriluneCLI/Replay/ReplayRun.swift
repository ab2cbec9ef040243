import Perilune
import PeriluneCore

/// Feeds the requests of an access log through a rate limiter, at the log's own times.
///
/// The engine is told the time of every request before that request is decided, so its clock must be in the caller's
/// hand: ``moveClock`` sets it. It never goes back. Requests are decided one after another in the order of their
/// times, so the same log gives the same numbers on every engine.
///
/// A log knows whole seconds. Requests of the same second are decided at the same moment, its beginning, in the order
/// of their lines.
struct ReplayRun {
    /// Sets the engine's clock to a time in microseconds since 1970-01-01 00:00 UTC.
    let moveClock: (_ microseconds: Int64) async throws -> Void

    /// What was counted so far.
    private(set) var statistics: ReplayStatistics

    private let limiter: RateLimiter
    private let field: IdentifierField
    private var pending: ReorderBuffer<Request>
    private var clock: Int64?

    private struct Request {
        var identifier: Identifier
        var place: Int32?
    }

    /// Prepares a replay.
    ///
    /// - Parameters:
    ///   - engine: The engine that decides, without any state of the policy.
    ///   - policy: What is enforced.
    ///   - field: Who a request is counted for.
    ///   - identifiers: An empty table.
    ///   - reorderWindow: By how much a line may come late and be decided at its own time, in microseconds. Requests
    ///     that take longer than a minute are rare: it is the usual time limit of servers and proxies.
    ///   - reorderCapacity: How many requests wait for late ones at most.
    ///   - moveClock: Sets the engine's clock.
    init(
        engine: any ScriptEngine, policy: RateLimitPolicy, by field: IdentifierField,
        identifiers: IdentifierTable = IdentifierTable(), reorderWindow: Int64 = 60_000_000,
        reorderCapacity: Int = 65_536, moveClock: @escaping (_ microseconds: Int64) async throws -> Void
    ) {
        self.limiter = RateLimiter(engine: engine, policy: policy)
        self.field = field
        self.pending = ReorderBuffer(window: reorderWindow, capacity: reorderCapacity)
        self.statistics = ReplayStatistics(limits: policy.limits.count, identifiers: identifiers)
        self.moveClock = moveClock
    }

    /// Replays all lines.
    ///
    /// - Parameters:
    ///   - lines: The lines of the log.
    ///   - progress: Called now and then with the number of lines read.
    /// - Throws: ``ReplayError``, and what `moveClock` throws.
    mutating func replay(_ lines: inout LineReader, progress: (_ lines: Int) -> Void = { _ in }) async throws {
        while try lines.advance() {
            takeIn(lines)
            while let (request, time) = pending.popReady() { try await decide(request, at: time) }
            if lines.lineNumber % 1024 == 0 { progress(lines.lineNumber) }
        }
        while let (request, time) = pending.pop() { try await decide(request, at: time) }
        statistics.outOfOrder = pending.outOfOrder
        statistics.longestDelay = pending.longestDelay
    }

    /// Parses a line, and puts its request among those that wait for their turn.
    private mutating func takeIn(_ lines: LineReader) {
        let number = lines.lineNumber
        let isTooLong = lines.isTooLong
        lines.withLine { line in
            if line.isEmpty {
                statistics.skipped += 1
                return
            }
            do throws(AccessLogLine.Fault) {
                guard !isTooLong else { throw .length }
                let request = try AccessLogLine(parsing: line)
                let identifier = field.identifier(of: request, in: line)
                let place = statistics.note(identifier, at: request.time)
                pending.push(Request(identifier: identifier, place: place), time: request.time.microseconds)
            } catch {
                statistics.countMalformed(error, line: line, number: number)
            }
        }
    }

    private mutating func decide(_ request: Request, at time: Int64) async throws {
        let now = max(time, clock ?? time)
        if now > time { statistics.clamped += 1 }
        if now != clock {
            try await moveClock(now)
            clock = now
        }
        let decision: Decision
        do {
            decision = try await limiter.check(request.identifier.name)
        } catch {
            throw ReplayError.engine(error.description)
        }
        statistics.count(outcome(of: decision), place: request.place, at: now)
    }

    private func outcome(of decision: Decision) -> ReplayOutcome {
        guard let name = decision.violatedLimit,
            let limit = limiter.policy.limits.firstIndex(where: { $0.name == name })
        else { return .allowed }
        let wait = decision.retryAfter ?? .zero
        return .denied(limit: limit, wait: wait.wholeMicroseconds)
    }
}
