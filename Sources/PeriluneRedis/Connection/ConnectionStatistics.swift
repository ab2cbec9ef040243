/// What has happened on a connection since it was created, through all its sockets.
struct ConnectionStatistics: Sendable, Hashable {
    /// Calls accepted, those made again counted again.
    var calls = 0
    /// Calls that the server answered, be it with an error.
    var answers = 0
    /// Calls that the server answered with an error.
    var errorAnswers = 0
    /// Calls accepted that failed without an answer, those that nobody waited for any more not counted.
    var failures = 0
    /// Of the failures, those by their deadline.
    var timeouts = 0
    /// Calls whose tasks were cancelled.
    var cancellations = 0
    /// Calls refused: too many others, the breaker, the end.
    var refusals = 0
    /// Connections made.
    var connects = 0
    /// Attempts that made none.
    var failedConnects = 0
    /// Connections lost.
    var losses = 0
    /// How long answered calls took.
    var latency = LatencyHistogram()

    /// Adds what has happened on another connection.
    mutating func add(_ other: ConnectionStatistics) {
        calls += other.calls
        answers += other.answers
        errorAnswers += other.errorAnswers
        failures += other.failures
        timeouts += other.timeouts
        cancellations += other.cancellations
        refusals += other.refusals
        connects += other.connects
        failedConnects += other.failedConnects
        losses += other.losses
        latency.add(other.latency)
    }
}
