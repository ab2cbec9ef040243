import PeriluneCore

/// What a reply tells about another attempt of the same call.
///
/// A call that certainly had no effect is made again until its deadline, when there is hope. One that may have run is
/// made again only when it declares that repeating it is harmless.
enum NextAttempt: Hashable {
    /// There is none: the reply is the caller's.
    case none
    /// The server does not know the script: load it first.
    case loadingScript
    /// At once: the connection broke, a new one is made.
    case atOnce
    /// The server is not ready. After a while it may be.
    case later
    /// Another server has to be asked, if there is one.
    case elsewhere

    init(after reply: Result<RedisReply, EngineError>, to request: Request) {
        switch reply {
        case .success(let reply): self = request.refusal(in: reply).map { Self.after($0) } ?? .none
        case .failure(let error) where error.mayHaveRun:
            self = error.code == .connectionLost && request.isRepeatable ? .atOnce : .none
        case .failure(let error):
            let mayBeElsewhere: [EngineError.Code] = [.unreachable, .timedOut, .connectionLost]
            self = mayBeElsewhere.contains(error.code) ? .elsewhere : .none
        }
    }

    private static func after(_ error: RedisError) -> NextAttempt {
        switch error.kind {
        case .noScript: .loadingScript
        case .loading, .busy, .clusterDown, .tryAgain: .later
        case .masterDown, .readOnly, .moved, .ask, .waitEnded: .elsewhere
        case .crossSlot, .outOfMemory, .noAuthentication, .wrongPassword, .noPermission, .wrongType,
            .transactionAborted, .other:
            .none
        }
    }
}
