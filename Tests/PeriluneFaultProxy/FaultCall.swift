import PeriluneCore

/// One call of a load: what it asks, and what is a right answer. Four kinds take turns.
struct FaultCall: Sendable {
    /// Answers with the call's number; changes nothing.
    private static let echo = LuaScript(name: "faults.echo", source: "return ARGV[1]")
    /// Counts how often the call has run. Must not be sent again when it may have run.
    private static let count = LuaScript(
        name: "faults.count", source: "return {ARGV[1], redis.call('HINCRBY', KEYS[1], ARGV[1], 1)}")
    /// Changes something, and as often as it likes.
    private static let set = LuaScript(
        name: "faults.set", source: "redis.call('HSET', KEYS[2], ARGV[1] % 64, ARGV[1]) return ARGV[1]",
        isRepeatable: true)

    /// The number that no other call of the load has.
    let id: Int

    /// Whether its runs are counted.
    var isCounted: Bool { id % 4 == 1 }

    private var text: RedisReply { .bulk(String(id)) }

    func make(on engine: any ScriptEngine, key: RedisKey) async -> Result<RedisReply, EngineError> {
        do throws(EngineError) {
            switch id % 4 {
            case 0: return .success(try await engine.call(Self.echo, keys: [], arguments: [.integer(id)]))
            case 1: return .success(try await engine.call(Self.count, keys: [key], arguments: [.integer(id)]))
            case 2:
                let keys = [key, RedisKey("\(key.name):set")]
                return .success(try await engine.call(Self.set, keys: keys, arguments: [.integer(id)]))
            default: return .success(try await engine.send(RedisCommand("ECHO", [.integer(id)])))
            }
        } catch {
            return .failure(error)
        }
    }

    /// Whether a reply is the call's own, and says that it has run for the first time.
    func isRight(_ reply: RedisReply) -> Bool {
        reply == (isCounted ? .array([text, .integer(1)]) : text)
    }
}
