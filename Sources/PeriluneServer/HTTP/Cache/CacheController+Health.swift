import HTTPTypes
import Hummingbird
import Perilune
import PeriluneCore
import PeriluneHummingbird
import PeriluneRedis

extension CacheController {
    /// Whether the regions can be reached, how their shards are, and what the servers do when their memory is full.
    ///
    /// The error is the engine's own, for the operator.
    func health(_ request: Request, _ context: ManagementContext) async throws -> Response {
        _ = try QueryParameters(request, known: [])
        let states: [(ManagedRegion, [CacheShardState])]
        do {
            states = try await failures.reported(to: context.logger) { () async throws(CacheError) in
                var states: [(ManagedRegion, [CacheShardState])] = []
                for region in regions.all { states.append((region, try await region.administration.shards())) }
                return states
            }
        } catch {
            return Response(
                .serviceUnavailable,
                json: [
                    "status": "unavailable",
                    "engine": ["kind": .string(engine.kind.rawValue), "error": .string(error.description)],
                ])
        }
        return Response(
            json: [
                "status": "ok",
                "engine": .object([.init(name: "kind", value: .string(engine.kind.rawValue))] + (await memory())),
                "regions": .array(states.map { describe($0, $1) }),
            ])
    }

    private func describe(_ region: ManagedRegion, _ shards: [CacheShardState]) -> JSONValue {
        let pending = region.administration.pendingShards
        return [
            "name": .string(region.name),
            "ttl": .seconds(region.settings.type.ttl),
            "origin": region.settings.origin.map { .string($0.description) } ?? .null,
            "pending_shards": .array(pending.map(JSONValue.integer)),
            "shards": .array(
                shards.map { shard in
                    [
                        "shard": .integer(shard.index),
                        "head": .bool(shard.head != nil),
                        "epoch": shard.head.map { .string($0.epoch) } ?? .null,
                        "messages": shard.head.map { .integer(Int(clamping: $0.messages)) } ?? .null,
                        "rules": shard.head.map { .integer($0.rules) } ?? .null,
                        "tags": .integer(shard.tags),
                    ]
                }),
        ]
    }

    /// The memory of the servers; nothing where the engine is in this process, and removes nothing.
    private func memory() async -> [JSONValue.Member] {
        guard let redis = engine.scriptEngine as? RedisEngine else {
            return [.init(name: "servers", value: .array([])), .init(name: "warnings", value: .array([]))]
        }
        do {
            let servers = try await EngineMemory.asking(redis, for: regions.all).servers
            let warnings = Set(servers.compactMap(\.warning)).sorted()
            return [
                .init(name: "servers", value: .array(servers.map(describe))),
                .init(name: "warnings", value: .array(warnings.map(JSONValue.string))),
            ]
        } catch {
            // A user of the server may be allowed all that a cache needs, and not this.
            return [
                .init(name: "servers", value: .array([])),
                .init(name: "warnings", value: .array([.string("INFO gave no answer: \(error)")])),
            ]
        }
    }

    private func describe(_ server: EngineMemory.Server) -> JSONValue {
        func integer(_ number: Int?) -> JSONValue { number.map(JSONValue.integer) ?? .null }
        return [
            "used_memory": integer(server.used),
            "maxmemory": integer(server.limit),
            "maxmemory_policy": server.policy.map(JSONValue.string) ?? .null,
            "evicted_keys": integer(server.evictedKeys),
        ]
    }
}
