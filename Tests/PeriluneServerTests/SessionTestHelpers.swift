import Perilune
import PeriluneTestSupport

/// The data of the tests' sessions.
struct Visit: Codable, Sendable {
    var cart: [String] = []
}

extension Harness {
    /// The store of a service whose sessions the server manages.
    func store<Value>(
        of type: Value.Type = Visit.self, tokenKey: UInt8 = 7, keys: SessionKeyRing? = nil,
        configure: (inout SessionConfiguration) -> Void = { _ in }
    ) throws -> SessionStore<Value> {
        var configuration = SessionConfiguration.standard
        configure(&configuration)
        return try SessionStore(
            engine: engine,
            secrets: SessionSecrets(tokenKey: [UInt8](repeating: tokenKey, count: 32), encryption: keys),
            configuration: configuration, logger: silent)
    }

    /// Looks at a session.
    func look(_ id: SessionID, token: String = Harness.admin) async throws -> HTTPReply {
        try await send("GET", "cache/session/\(id)", token: token)
    }

    /// Looks at the sessions of a user.
    func list(_ user: String, token: String = Harness.admin) async throws -> HTTPReply {
        try await send("GET", "users/\(user)/sessions", token: token)
    }

    /// The key that a session is stored under.
    func key(of id: SessionID) -> RedisKey {
        let parts = id.description.split(separator: ".")
        return RedisKey("p:{s.\(parts[0])}:s:\(parts[1])")
    }
}
