import PeriluneCore

/// A key of an engine.
struct KeyState: Sendable, Hashable {
    let content: KeyContent
    /// Milliseconds until it expires; `nil` for never.
    let timeToLive: Int?

    var type: String { content.type }
}

/// All keys of an engine's database, as far as tests tell them apart: no encodings, no consumer groups.
struct EngineData: Sendable, Hashable {
    var keys: [[UInt8]: KeyState] = [:]

    subscript(name: String) -> KeyState? { keys[Array(name.utf8)] }

    /// Reads all keys.
    ///
    /// - Throws: ``/PeriluneCore/EngineError``; also for a key of a type that tests do not know.
    /// - Complexity: One round trip, and two more for each key.
    static func read(_ engine: some ScriptEngine) async throws(EngineError) -> EngineData {
        var data = EngineData()
        for name in try await engine.send(RedisCommand("KEYS", ["*"])).array?.compactMap(\.bytes) ?? [] {
            let key = RedisArgument.bytes(name)
            let head = try await engine.pipeline([RedisCommand("TYPE", [key]), RedisCommand("PTTL", [key])])
            guard head.count == 2, let type = head[0].string, let left = head[1].integer, left != -2 else { continue }
            guard let command = Self.command(reading: key, of: type) else {
                throw EngineError(.unexpectedReply, "a key of the type \(type), which tests do not know")
            }
            let reply = try await engine.send(command)
            // It may have expired meanwhile.
            guard let content = Self.content(of: type, reply) else { continue }
            data.keys[name] = KeyState(content: content, timeToLive: left < 0 ? nil : left)
        }
        return data
    }

    private static func command(reading key: RedisArgument, of type: String) -> RedisCommand? {
        switch type {
        case "string": RedisCommand("GET", [key])
        case "hash": RedisCommand("HGETALL", [key])
        case "list": RedisCommand("LRANGE", [key, 0, -1])
        case "set": RedisCommand("SMEMBERS", [key])
        case "zset": RedisCommand("ZRANGE", [key, 0, -1, "WITHSCORES"])
        case "stream": RedisCommand("XRANGE", [key, "-", "+"])
        default: nil
        }
    }

    private static func content(of type: String, _ reply: RedisReply) -> KeyContent? {
        if type == "string" { return reply.bytes.map { .string($0) } }
        guard let elements = reply.array, !elements.isEmpty else { return nil }
        let values = elements.compactMap(\.bytes)
        switch type {
        case "hash": return .hash(pairs(values))
        case "list": return .list(values)
        case "set": return .set(Set(values))
        case "zset": return .zset(pairs(values))
        default:
            return .stream(
                elements.compactMap { entry in
                    guard let parts = entry.array, parts.count == 2, let id = parts[0].bytes else { return nil }
                    return KeyContent.StreamEntry(id: id, fields: parts[1].array?.compactMap(\.bytes) ?? [])
                })
        }
    }

    private static func pairs(_ values: [[UInt8]]) -> [[UInt8]: [UInt8]] {
        var pairs: [[UInt8]: [UInt8]] = [:]
        for index in stride(from: 0, to: values.count - 1, by: 2) { pairs[values[index]] = values[index + 1] }
        return pairs
    }
}

extension ScriptTest.GivenKey {
    /// The commands that make the key.
    var commands: [RedisCommand] {
        KeyState(content: content, timeToLive: timeToLive).commands(making: .string(name))
    }
}

extension KeyState {
    /// The commands that make a key, which there is not.
    func commands(making key: RedisArgument) -> [RedisCommand] {
        func words(_ pairs: [[UInt8]: [UInt8]], scoreFirst: Bool = false) -> [RedisArgument] {
            [key]
                + pairs.sorted { $0.key.lexicographicallyPrecedes($1.key) }.flatMap { pair -> [RedisArgument] in
                    scoreFirst
                        ? [.bytes(pair.value), .bytes(pair.key)] : [.bytes(pair.key), .bytes(pair.value)]
                }
        }
        var commands: [RedisCommand]
        switch content {
        case .string(let bytes): commands = [RedisCommand("SET", [key, .bytes(bytes)])]
        case .hash(let fields): commands = [RedisCommand("HSET", words(fields))]
        case .list(let elements): commands = [RedisCommand("RPUSH", [key] + elements.map { .bytes($0) })]
        case .set(let members):
            let ordered = members.sorted { $0.lexicographicallyPrecedes($1) }
            commands = [RedisCommand("SADD", [key] + ordered.map { .bytes($0) })]
        case .zset(let scores): commands = [RedisCommand("ZADD", words(scores, scoreFirst: true))]
        case .stream(let entries):
            commands = entries.map { entry in
                RedisCommand("XADD", [key, .bytes(entry.id)] + entry.fields.map { .bytes($0) })
            }
        }
        if let timeToLive { commands.append(RedisCommand("PEXPIRE", [key, .integer(timeToLive)])) }
        return commands
    }
}
