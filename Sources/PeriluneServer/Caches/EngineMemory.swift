import Perilune
import PeriluneCore
import PeriluneRedis

/// What the servers of an engine say of their memory, and of what they remove when it is full.
struct EngineMemory: Sendable, Hashable {
    /// The most shards whose servers are asked for. Those of a cluster that has more servers than that are not all told of.
    static let mostShards = 64
    /// How many servers are asked at once.
    private static let mostAtOnce = 8

    /// Each server once, in the order of their run IDs.
    let servers: [Server]

    /// Asks the servers that hold some regions.
    ///
    /// - Parameter regions: In a cluster their shards say which servers to ask: one after the other of each region, so that
    ///   a region of many shards does not keep the others out.
    /// - Throws: ``EngineError`` if one of the servers does not answer.
    /// - Complexity: One round trip; in a cluster one more for each shard, up to ``mostShards``, eight at a time.
    static func asking(_ redis: RedisEngine, for regions: [ManagedRegion]) async throws(EngineError) -> EngineMemory {
        let first = try await server(redis, nil)
        guard first.isClusterNode else { return EngineMemory(servers: [first]) }
        let keys = selection(
            shards: regions.map(\.settings.type.shards), key: { regions[$0].administration.controlKey(ofShard: $1) })
        let results = await withTaskGroup(of: Result<Server, EngineError>.self) { group in
            var results: [Result<Server, EngineError>] = []
            for (index, key) in keys.enumerated() {
                if index >= mostAtOnce, let result = await group.next() { results.append(result) }
                group.addTask {
                    do throws(EngineError) {
                        return .success(try await server(redis, key))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            for await result in group { results.append(result) }
            return results
        }
        var servers: [String: Server] = [:]
        for result in results {
            let server = try result.get()
            servers[server.run] = server
        }
        return EngineMemory(servers: servers.values.sorted { $0.run < $1.run })
    }

    /// Chooses shards: the first of each region, then the second of each, and so on, up to ``mostShards``.
    ///
    /// - Parameters:
    ///   - shards: How many each region has.
    ///   - key: Names a shard of a region; `nil` for one that there is not.
    static func selection<Key>(shards: [Int], key: (_ region: Int, _ shard: Int) -> Key?) -> [Key] {
        var keys: [Key] = []
        for shard in 0..<(shards.max() ?? 0) {
            for region in shards.indices where shard < shards[region] {
                guard keys.count < mostShards else { return keys }
                if let key = key(region, shard) { keys.append(key) }
            }
        }
        return keys
    }

    /// Asks one server.
    ///
    /// - Parameter key: One of the keys that it holds; `nil` for any server.
    private static func server(_ redis: RedisEngine, _ key: RedisKey?) async throws(EngineError) -> Server {
        let command = RedisCommand("INFO", isRepeatable: true)
        let reply =
            if let key { try await redis.send(command, routedBy: key) } else { try await redis.send(command) }
        return Server(info: reply.string ?? "")
    }
}

extension EngineMemory {
    /// One server.
    struct Server: Sendable, Hashable {
        /// Its run ID: another one each time that a server is started.
        private(set) var run = ""
        /// Whether it is a node of a cluster.
        private(set) var isClusterNode = false
        /// The memory that it uses, in bytes; `nil` when it does not say.
        private(set) var used: Int?
        /// The most memory that it may use, in bytes; 0 for no limit of its own, `nil` when it does not say.
        private(set) var limit: Int?
        /// What it removes when that is reached: `noeviction`, `allkeys-lru` and so on; `nil` when it does not say.
        private(set) var policy: String?
        /// How many keys it has removed for that since it was started; `nil` when it does not say.
        private(set) var evictedKeys: Int?

        /// Reads a reply to `INFO`. Lines that are not as expected count as if they were not there.
        init(info: String) {
            for line in info.split(whereSeparator: \.isNewline) {
                guard let colon = line.firstIndex(of: ":") else { continue }
                let value = String(line[line.index(after: colon)...].prefix(64))
                switch line[..<colon] {
                case "run_id": run = value
                case "cluster_enabled": isClusterNode = value == "1"
                case "used_memory": used = Int(value)
                case "maxmemory": limit = Int(value)
                case "maxmemory_policy": policy = value
                case "evicted_keys": evictedKeys = Int(value)
                default: break
                }
            }
        }

        /// What an operator should change; `nil` when nothing.
        var warning: String? {
            switch policy {
            case "allkeys-random":
                "allkeys-random removes a shard's control hash as soon as any value, and with it all values of the shard; "
                    + "set maxmemory-policy to allkeys-lfu, allkeys-lru or one of volatile-*"
            case "noeviction" where limit != 0 && limit != nil:
                "noeviction refuses new values when the memory is full; set maxmemory-policy to allkeys-lfu, allkeys-lru or "
                    + "one of volatile-*"
            default: nil
            }
        }
    }
}
