import PeriluneCore

extension CacheStorage {
    /// Waits until replicas of all shards have what was written there.
    ///
    /// By the offsets that a primary tells of itself and of its replicas: `WAIT` is about the writes of a connection, which
    /// may be another one by then, and holds up all its callers.
    ///
    /// - Parameter acknowledged: The heads that the shards have acknowledged.
    /// - Throws: ``CacheError/notReplicated(shards:)``; ``CacheError/engine(_:)`` when the server does not tell.
    /// - Complexity: One round trip for each shard, again every 10 milliseconds. Replicas tell their primary once a second.
    func waitForReplicas(
        of change: CacheLedger.Change, _ acknowledged: [Int: CacheHead], _ replication: CacheReplication
    ) async throws(CacheError) {
        let (deadline, overflow) = clock.microseconds.addingReportingOverflow(replication.time.wholeMicroseconds)
        var waits = shards.map { ReplicaWait(shard: $0, head: acknowledged[$0.index]) }
        while true {
            var late: [ReplicaWait] = []
            for wait in waits {
                var wait = wait
                do throws(CacheError) {
                    if try await isReplicated(&wait, change, max(1, replication.replicas)) { continue }
                } catch {
                    // A connection that breaks is a part of what is waited for; a server that does not tell never will.
                    guard case .engine(let failure) = error,
                        failure.serverError.map({ $0.kind != .noPermission && !$0.isUnknownCommand }) ?? true
                    else { throw error }
                }
                late.append(wait)
            }
            waits = late
            if waits.isEmpty { return }
            let pause = clock.microseconds + 10_000
            guard overflow || pause <= deadline, (try? await clock.sleep(until: pause)) != nil else {
                throw .notReplicated(shards: waits.map(\.shard.index))
            }
        }
    }

    private struct ReplicaWait {
        let shard: CacheShard
        /// What was acknowledged last.
        var head: CacheHead?
        /// How far the primary was when it was asked first.
        var offset: Int?
    }

    /// Whether enough replicas are as far as the primary was.
    private func isReplicated(
        _ wait: inout ReplicaWait, _ change: CacheLedger.Change, _ replicas: Int
    ) async throws(CacheError) -> Bool {
        let shard = wait.shard
        let replies = try await CacheError.asking { () throws(EngineError) in
            try await engine.transaction([
                RedisCommand("HMGET", [shard.control.argument, "h"]), RedisCommand("INFO", ["replication"]),
            ])
        }
        guard replies.count == 2 else { throw .corrupt }
        if case .error(let error) = replies[1] { throw .engine(EngineError(error)) }
        guard let state = ReplicationState(replies[1].bytes ?? []) else { return false }
        let head = try Self.head(replies[0], tags: []).0
        if let head, let known = wait.head, head.epoch == known.epoch, head.sequence < known.sequence {
            // Another primary, which has not got it.
            wait.head = try await apply(change, to: shard)
            wait.offset = nil
            return false
        }
        let offset = wait.offset ?? state.offset
        wait.offset = offset
        return state.replicas.count { $0 >= offset } >= replicas
    }
}

/// What a primary tells of its replication.
struct ReplicationState: Sendable, Hashable {
    /// How many bytes it has written.
    let offset: Int
    /// How many of them each replica has that is connected.
    let replicas: [Int]

    /// Reads what `INFO replication` answers with; `nil` for what is no primary's.
    init?(_ information: [UInt8]) {
        var (isPrimary, offset, replicas): (Bool, Int?, [Int]) = (false, nil, [])
        for line in String(decoding: information, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            switch parts[0] {
            case "role": isPrimary = parts[1] == "master"
            case "master_repl_offset": offset = Int(parts[1])
            case let name where name.hasPrefix("slave") && parts[1].contains("state=online"):
                let field = parts[1].split(separator: ",").first { $0.hasPrefix("offset=") }
                if let offset = field.flatMap({ Int($0.dropFirst(7)) }) { replicas.append(offset) }
            default: break
            }
        }
        guard isPrimary, let offset else { return nil }
        self.offset = offset
        self.replicas = replicas
    }
}
