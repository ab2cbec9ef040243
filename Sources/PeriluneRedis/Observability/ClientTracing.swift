import PeriluneCore
import Tracing

/// Makes a span of every call, by OpenTelemetry's conventions for database clients.
struct ClientTracing: Sendable {
    let tracer: any Tracer
    let servers: RedisConfiguration.Servers
    let database: Int

    /// Begins the span of a call, as a child of the task's own.
    func begin(_ request: Request) -> any Span {
        let operation = request.operationName
        let span = tracer.startAnySpan(operation, context: .current ?? .topLevel, ofKind: .client)
        span.updateAttributes { attributes in
            attributes["db.system.name"] = "redis"
            attributes["db.operation.name"] = operation
            attributes["db.namespace"] = "\(database)"
            switch request.body {
            case .script(let script, _, _): attributes["db.stored_procedure.name"] = script.name
            case .several(let commands): attributes["db.operation.batch.size"] = commands.count
            case .command: break
            }
            switch servers {
            case .standalone(.tcp(let host, let port)):
                attributes["server.address"] = host
                attributes["server.port"] = port
            case .standalone(.unixSocket(let path)):
                attributes["server.address"] = path
                attributes["network.transport"] = "unix"
            // Which server it is turns out during the call, and it may be several.
            case .sentinel, .cluster: break
            }
        }
        return span
    }

    /// Ends it.
    func end(_ span: any Span, _ reply: RedisConnection.Reply) {
        switch reply {
        case .success(.error(let error)):
            span.attributes["db.response.status_code"] = String(error.code)
            fail(span, EngineError(error), type: String(error.code))
        case .failure(let error): fail(span, error, type: error.code.description)
        case .success: break
        }
        span.end()
    }

    private func fail(_ span: any Span, _ error: EngineError, type: String) {
        span.attributes["error.type"] = type
        span.recordError(error)
        span.setStatus(SpanStatus(code: .error, message: error.message))
    }
}

extension Request {
    /// What the call is called by in traces.
    var operationName: String {
        switch body {
        case .script: "EVALSHA"
        case .command(let command): command.name.uppercased()
        case .several(let commands): commands.first?.name == "MULTI" ? "MULTI" : "PIPELINE"
        }
    }
}
