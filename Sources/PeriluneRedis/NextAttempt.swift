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
    /// Another server has to be asked.
    case elsewhere

    init(after reply: Result<RedisReply, EngineError>, to request: Request) {
        switch reply {
        case .success(.error(let error)): self = Self.after(error)
        case .success: self = .none
        case .failure(let error):
            self = error.code == .connectionLost && error.mayHaveRun && request.isRepeatable ? .atOnce : .none
        }
    }

    private static func after(_ error: RedisError) -> NextAttempt {
        switch error.kind {
        case .noScript: .loadingScript
        case .loading, .busy, .clusterDown, .tryAgain: .later
        case .masterDown, .readOnly, .moved, .ask: .elsewhere
        case .crossSlot, .outOfMemory, .noAuthentication, .wrongPassword, .noPermission, .wrongType,
            .transactionAborted, .other:
            .none
        }
    }
}
