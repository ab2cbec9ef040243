public import PeriluneCore

/// A second engine on which tests run, whose replies and data must be those of the embedded one.
///
/// Its database must be empty; tests leave it empty.
public struct ComparedEngine: Sendable {
    /// What is known of its clock.
    public enum Clock: Sendable {
        /// It stands still until it is set, in microseconds since 1970: everything is compared to the byte.
        case steered(@Sendable (Int64) -> Void)
        /// It is the wall clock of a machine.
        ///
        /// A step that comes later than the one before it is brought about by taking the time from what is left of
        /// each key. Some milliseconds pass between that and the call: a reply agrees when the embedded engine gives the
        /// same one at a time within them, to the byte. `TIME` answers scripts with the time of the test, on both. A test
        /// is compared up to the first step that calls another command about points in time.
        case running
    }

    /// How messages name it.
    public let name: String
    public let engine: any ScriptEngine
    public let clock: Clock

    public init(name: String, engine: any ScriptEngine, clock: Clock = .running) {
        self.name = name
        self.engine = engine
        self.clock = clock
    }
}

extension ComparedEngine {
    /// - Throws: ``/PeriluneCore/EngineError/Code/notAllowed`` when there are keys, which a test would spoil.
    func requireEmpty() async throws(EngineError) {
        // DBSIZE counts keys, too, that have expired and are still to be removed.
        guard try await engine.send(RedisCommand("RANDOMKEY")) == .null else {
            throw EngineError(.notAllowed, "\(name) holds keys; tests want an empty database, as in redis://host/15")
        }
    }

    /// Removes the keys that a test has left.
    func clear() async throws(EngineError) {
        let keys = try await engine.send(RedisCommand("KEYS", ["*"])).array?.compactMap(\.bytes) ?? []
        guard !keys.isEmpty else { return }
        _ = try await engine.send(RedisCommand("DEL", keys.map { .bytes($0) }))
    }
}
