import PeriluneCore

/// What sentinels and servers say about who is the primary.
enum SentinelAnswer: Hashable {
    /// The primary of the service is there.
    case primary(RedisConfiguration.Endpoint)
    /// The sentinel watches no service of that name.
    case unknownService

    /// Reads the answer to `SENTINEL GET-MASTER-ADDR-BY-NAME`.
    ///
    /// - Parameter asked: The sentinel.
    /// - Returns: `nil` when it is no such answer.
    init?(_ reply: RedisReply, askedOf asked: RedisConfiguration.Endpoint) {
        if reply.isNull {
            self = .unknownService
            return
        }
        guard let parts = reply.array, parts.count == 2, let host = parts[0].string, !host.isEmpty,
            let port = parts[1].string.flatMap({ RedisConfiguration.Parts.decimal($0) }),
            let endpoint = RedisConfiguration.Endpoint(announced: host, port: port, by: asked)
        else { return nil }
        self = .primary(endpoint)
    }
}
