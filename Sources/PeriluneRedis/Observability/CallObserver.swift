import CoreMetrics
import PeriluneCore
import PeriluneIO
import Tracing

/// Who wants to know of an engine's calls.
struct CallObserver: Sendable {
    let metrics: ClientMetrics?
    let tracing: ClientTracing?

    /// - Returns: `nil` when nobody does, so that a call costs no more than a look at an optional.
    init?(metrics: (any MetricsFactory)?, tracer: (any Tracer)?, configuration: RedisConfiguration) {
        let factory = metrics ?? MetricsSystem.factory
        let tracer = tracer ?? InstrumentationSystem.tracer
        self.metrics = factory is NOOPMetricsHandler ? nil : ClientMetrics(factory)
        tracing =
            tracer is NoOpTracer
            ? nil : ClientTracing(tracer: tracer, servers: configuration.servers, database: configuration.database)
        if self.metrics == nil, tracing == nil { return nil }
    }

    /// Tells of a call from its beginning to its end.
    func observe(
        _ request: Request, _ perform: () async -> RedisConnection.Reply
    ) async -> RedisConnection.Reply {
        let begin = MonotonicTime.now
        metrics?.began()
        let span = tracing?.begin(request)
        let reply = await perform()
        metrics?.ended(after: MonotonicTime.now - begin, reply)
        if let span { tracing?.end(span, reply) }
        return reply
    }
}
