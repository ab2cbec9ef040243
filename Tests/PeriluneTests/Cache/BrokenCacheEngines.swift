import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport

/// An engine on which a value counts as of when it is stored, and not of when it was looked up.
struct StampingAtSet: ForwardingEngine {
    let inner: EmbeddedEngine

    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        var arguments = arguments
        if script.name == "cache.set",
            let head = try await inner.send(RedisCommand("HGET", [keys[0].argument, "h"])).bytes, head.count >= 65
        {
            let stamp = Array(head[8..<16] + head[32..<48])
            arguments[1] = .bytes(stamp)
            var value = arguments[3].bytes
            if value.count > 26 { value.replaceSubrange(2..<26, with: stamp) }
            arguments[3] = .bytes(value)
        }
        return try await inner.call(script, keys: keys, arguments: arguments)
    }
}

/// An engine whose answers to reads come from a replica that is one head behind.
final class AnsweringOldHeads: ForwardingEngine {
    let inner: EmbeddedEngine
    private let heads = Locked<(last: RedisReply, before: RedisReply)>((.null, .null))

    init(inner: EmbeddedEngine) { self.inner = inner }

    func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        let replies = try await inner.pipeline(commands)
        return zip(commands, replies).map { command, reply in
            guard command.name == "HMGET", var values = reply.array else { return reply }
            values[0] = heads.withLock { heads in
                if heads.last != values[0] { heads = (values[0], heads.last) }
                return heads.before
            }
            return .array(values)
        }
    }
}
