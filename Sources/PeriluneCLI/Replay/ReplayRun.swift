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
///
/// Requests that come too late for that are decided at the time the clock has reached, which is not what would have
/// happened: ``ReplayStatistics/doubt`` says when there are too many of them.
struct ReplayRun {
    /// Sets the engine's clock to a time in microseconds since 1970-01-01 00:00 UTC.
    let moveClock: (_ microseconds: Int64) async throws -> Void

    /// What was counted so far.
    private(set) var statistics: ReplayStatistics

    private let limiter: RateLimiter
    private let field: IdentifierField
    /// Lines follow each other within a day, unless nobody came for longer. A clock that is not yet set when a machine
    /// starts writes a few lines before it is; 32 in a row are more than an accident.
    private var jumps = JumpFilter<Entry>(distance: 86_400_000_000, confirmation: 32)
    private var pending: ReorderBuffer<Request>
    private var clock: Int64?

    /// A line that was read and is not sure to be used.
    private struct Entry {
        var identifier: Identifier
        var time: LogTime
        var line: Int
        /// The line's beginning, should it be shown.
        var text: String?
    }

    private struct Request {
        var identifier: Identifier
        var place: Int32?
        /// Its line, should it come too late.
        var line: ReplayStatistics.LateLine
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
        for entry in jumps.takeWaiting() { admit(entry) }
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
                let entry = Entry(
                    identifier: field.identifier(of: request, in: line), time: request.time, line: number)
                place(entry, line)
            } catch {
                statistics.countMalformed(error, text: ReplayStatistics.MalformedLine.shown(line), number: number)
            }
        }
    }

    /// Admits an entry whose time fits those before it; any other waits for what comes after it.
    private mutating func place(_ entry: Entry, _ line: Span<UInt8>) {
        let time = entry.time.microseconds
        if jumps.isNear(time) {
            for stray in jumps.follow(time) {
                statistics.countMalformed(.stray, text: stray.text, number: stray.line)
            }
            admit(entry)
            return
        }
        var entry = entry
        // Only the first malformed line is ever shown.
        if statistics.firstMalformed == nil { entry.text = ReplayStatistics.MalformedLine.shown(line) }
        guard let jump = jumps.wait(entry, time: time) else { return }
        for entry in jump.elements { admit(entry) }
        if let time = jump.backTo { pending.goBack(to: time) }
    }

    private mutating func admit(_ entry: Entry) {
        let time = entry.time.microseconds
        let request = Request(
            identifier: entry.identifier, place: statistics.note(entry.identifier, at: entry.time),
            line: ReplayStatistics.LateLine(number: entry.line, delay: (pending.latest ?? time) - time))
        pending.push(request, time: time)
    }

    private mutating func decide(_ request: Request, at time: Int64) async throws {
        let now = max(time, clock ?? time)
        if now > time { statistics.countClamped(request.line) }
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
