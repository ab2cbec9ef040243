import PeriluneCore
import Testing

/// What scripts see of replies that have a type of their own in RESP3.
@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct TypedReplyTests {
    static let script = LuaScript(
        name: "typed replies",
        source: """
            local function show(value)
              if type(value) ~= 'table' then return type(value) .. ' ' .. tostring(value) end
              if value.err then return 'error ' .. value.err end
              if value.double then return 'double ' .. string.format('%.17g', value.double) end
              local parts = {}
              if value.map or value.set then
                for key, element in pairs(value.map or value.set) do parts[#parts + 1] = show(key) .. '=' .. show(element) end
                table.sort(parts)
                return (value.map and 'map{' or 'set{') .. table.concat(parts, ',') .. '}'
              end
              for index, element in ipairs(value) do parts[index] = show(element) end
              return '[' .. table.concat(parts, ',') .. ']'
            end
            redis.setresp(tonumber(table.remove(ARGV, 1)))
            return show(redis.pcall(unpack(ARGV)))
            """)

    @Test func scriptsSeeTheSameTypes() async throws {
        let pair = try EnginePair()
        for line in ["HSET h a 1 b two", "SADD s x", "SADD i 3 1 2", "ZADD z 1.5 a 2 b -inf c", "RPUSH l a b"] {
            _ = try await pair.send(line)
        }
        for version in [2, 3] {
            for line in [
                "HGETALL h", "HGETALL none", "HGETALL l", "HKEYS h", "HVALS h", "HMGET h a none", "HRANDFIELD h 9",
                "HRANDFIELD h 9 WITHVALUES", "HRANDFIELD none", "HSCAN h 0", "HINCRBYFLOAT h f 0.5", "HGET h none",
                "SMEMBERS i", "SMEMBERS s", "SMEMBERS none", "SINTER s s", "SUNION i none", "SDIFF s i", "SPOP none 1",
                "SPOP none", "SRANDMEMBER i 9", "SRANDMEMBER i 0", "SMISMEMBER s x z", "SSCAN i 0", "ZSCORE z a",
                "ZSCORE z c", "ZSCORE z none", "ZMSCORE z a none", "ZADD z INCR 1 a", "ZADD z NX INCR 1 a",
                "ZINCRBY z 1 a", "ZRANGE z 0 -1", "ZRANGE z 0 -1 WITHSCORES", "ZREVRANGE z 0 -1 WITHSCORES",
                "ZRANGEBYSCORE z -inf inf WITHSCORES", "ZUNION 1 z", "ZUNION 2 z i WITHSCORES",
                "ZINTER 1 z WITHSCORES", "ZDIFF 1 z WITHSCORES", "ZRANDMEMBER z 9 WITHSCORES", "ZRANDMEMBER z 9",
                "ZSCAN z 0", "ZRANK z a", "ZRANK z none", "ZPOPMIN none", "ZPOPMIN z", "ZPOPMAX z 1", "ZPOPMAX none 1",
                "ZADD z 1 q 2 r", "ZMPOP 1 z MIN", "ZMPOP 1 none MIN", "LPOP l 1", "RPUSH l c", "LMPOP 1 l LEFT",
                "LPOP none 1", "LPOS l none", "LRANGE l 0 -1", "TYPE h", "SET s x", "GET none", "INCRBYFLOAT f 1.5",
                "SADD s x", "SMEMBERS l", "DEL s", "SADD s x", "ZADD z -inf c", "KEYS none", "SCAN 0 MATCH none",
            ] {
                let words = line.split(separator: " ").map { RedisArgument.string(String($0)) }
                do {
                    _ = try await pair.call(Self.script, arguments: [.integer(version)] + words)
                } catch let difference as Difference {
                    Issue.record("\(difference)")
                }
            }
        }
    }
}
