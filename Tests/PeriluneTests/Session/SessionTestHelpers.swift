import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport

/// The data of the tests' sessions.
struct Visit: Codable, Sendable, Equatable {
    var theme: String?
    var visits: Int?
    var cart: [String] = []
}

/// A store on an embedded engine whose clock the test moves.
struct SessionHarness {
    static let tokenKey = [UInt8](repeating: 7, count: 32)

    let clock = ManualClock()
    let engine: EmbeddedEngine
    let log = RecordedLog()
    let store: SessionStore<Visit>

    init(
        keys: SessionKeyRing? = nil, configure: (inout SessionConfiguration) -> Void = { _ in }
    ) throws {
        engine = EmbeddedEngine(clock: clock)
        var configuration = SessionConfiguration(idleTimeout: .seconds(60), lifetime: .seconds(600))
        configuration.shards = 4
        configure(&configuration)
        store = try SessionStore(
            engine: engine, secrets: SessionSecrets(tokenKey: Self.tokenKey, encryption: keys),
            configuration: configuration, logger: log.logger)
    }

    /// Another store over the same sessions.
    func store<Value>(of type: Value.Type, keys: SessionKeyRing? = nil) throws -> SessionStore<Value> {
        try SessionStore(
            of: type, engine: engine, secrets: SessionSecrets(tokenKey: Self.tokenKey, encryption: keys),
            configuration: store.configuration, logger: log.logger)
    }

    /// The names of all keys.
    func keys() async throws -> [String] {
        let reply = try await engine.send(RedisCommand("KEYS", ["*"]))
        return (reply.array ?? []).compactMap(\.string).sorted()
    }

    /// The names of the keys of sessions.
    func sessionKeys() async throws -> [String] {
        try await keys().filter { $0.contains("}:s:") }
    }

    /// All that is stored, as text, with when it ends.
    func contents() async throws -> String {
        var lines: [String] = []
        for key in try await keys() {
            let type = try await engine.send(RedisCommand("TYPE", [.string(key)])).string
            let command =
                switch type {
                case "string": RedisCommand("GET", [.string(key)])
                case "hash": RedisCommand("HGETALL", [.string(key)])
                case "zset": RedisCommand("ZRANGE", [.string(key), 0, -1, "WITHSCORES"])
                default: RedisCommand("XRANGE", [.string(key), "-", "+"])
                }
            let end = try await engine.send(RedisCommand("PEXPIRETIME", [.string(key)]))
            lines.append("\(key) \(end) \(try await engine.send(command))")
        }
        return lines.joined(separator: "\n")
    }

    /// The keys without expiry, but for the few that a shard has.
    func immortalKeys() async throws -> [String] {
        var immortal: [String] = []
        for key in try await keys() where !["w", "c", "e"].contains(key.split(separator: ":").last.map(String.init)) {
            if try await engine.send(RedisCommand("PTTL", [.string(key)])).integer == -1 { immortal.append(key) }
        }
        return immortal
    }
}
