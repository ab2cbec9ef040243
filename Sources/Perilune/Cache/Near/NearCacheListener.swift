import Logging
import PeriluneCore

/// Keeps the mirrors of a near cache: takes the messages of the shards, and asks for their heads every 400 ms.
///
/// What is published and not taken into account within a second, for whatever reason, leaves the near cache without a hit
/// until it is known again what holds.
struct NearCacheListener: Sendable {
    /// Where a shard tells of itself.
    struct Shard: Sendable, Hashable {
        /// The control hash.
        var control: RedisKey
        /// The channel of the messages.
        var channel: RedisChannel
    }

    /// Microseconds from one heartbeat to the next.
    static let heartbeatInterval: Int64 = 400_000
    /// Microseconds until a subscription is tried again.
    static let retryInterval: Int64 = 1_000_000

    private let table: NearTable
    private let shards: [Shard]
    private let engine: any MessageEngine
    private let clock: any RedisClock
    private let logger: Logger

    /// - Parameters:
    ///   - table: The table of the near cache.
    ///   - shards: As many as the table has, in their order.
    ///   - clock: The clock whose time the near cache is asked with. Must not be set back: a monotonic one.
    init(
        _ table: NearTable, shards: [Shard], engine: any MessageEngine, clock: any RedisClock, logger: Logger
    ) {
        self.table = table
        self.shards = Array(shards.prefix(table.shards.count))
        self.engine = engine
        self.clock = clock
        self.logger = logger
    }

    /// Listens until the task is cancelled. A subscription that is lost for good is made anew; the log has a line when
    /// that begins and one when it is over.
    func run() async {
        var isFailing = false
        while !Task.isCancelled {
            let failure: EngineError?
            do throws(EngineError) {
                let messages = try await engine.subscribeToShards(shards.map(\.channel))
                table.updateAll { $0.subscribed() }
                if isFailing { logger.notice("The near cache listens again.") }
                isFailing = false
                failure = await listen(to: messages)
            } catch {
                failure = error
            }
            table.updateAll { $0.interrupted() }
            guard !Task.isCancelled else { return }
            if !isFailing {
                let reason = failure.map { "\($0)" } ?? "the subscription is over"
                logger.warning("The near cache cannot listen and is not used.", metadata: ["error": "\(reason)"])
            }
            isFailing = true
            do { try await sleep(Self.retryInterval, after: clock.microseconds) } catch { return }
        }
    }

    /// Listens until the subscription is over.
    private func listen(to messages: RedisMessages) async -> EngineError? {
        await withTaskGroup(of: EngineError?.self) { group in
            group.addTask { await take(messages) }
            group.addTask {
                await sendHeartbeats()
                return nil
            }
            let failure = await group.next() ?? nil
            group.cancelAll()
            return failure
        }
    }

    // MARK: Messages

    private func take(_ messages: RedisMessages) async -> EngineError? {
        let numbers = Dictionary(shards.indices.map { (shards[$0].channel, $0) }) { first, _ in first }
        do throws(EngineError) {
            for try await event in messages {
                switch event {
                case .message(let message):
                    guard let shard = numbers[message.channel] else { continue }
                    table.apply(CacheMessage(message.payload), shard: shard)
                case .dropped: table.updateAll { $0.drop() }
                case .interrupted: table.updateAll { $0.interrupted() }
                case .resubscribed: table.updateAll { $0.subscribed() }
                }
            }
            return nil
        } catch {
            return error
        }
    }

    // MARK: Heartbeats

    /// Sends heartbeats until the task is cancelled.
    private func sendHeartbeats() async {
        while !Task.isCancelled {
            let sent = clock.microseconds
            await sendHeartbeat(sent)
            do {
                if table.shards.contains(where: { $0.read(\.awaitsMessages) }) {
                    try await sleep(NearMirror.messageTime, after: clock.microseconds)
                    let now = clock.microseconds
                    table.updateAll { $0.tick(now: now) }
                }
                try await sleep(Self.heartbeatInterval, after: sent)
            } catch { return }
        }
    }

    /// Asks for the heads of all shards: one round trip. One that does not come confirms nothing.
    private func sendHeartbeat(_ sent: Int64) async {
        let probes = table.shards.map { $0.read { $0.probe(now: sent) } }
        let commands = shards.map { shard in
            RedisCommand("HGET", [shard.control.argument, .string(CacheHead.field)], isRepeatable: true)
        }
        guard let replies = try? await engine.pipeline(commands) else { return }
        let now = clock.microseconds
        for (index, reply) in replies.prefix(shards.count).enumerated() {
            let head: CacheHead?
            switch reply {
            case .bulk(let bytes): head = CacheHead(bytes)
            case .null: head = nil
            default: continue
            }
            table.shards[index].update { $0.apply(head, for: probes[index], now: now) }
        }
    }

    private func sleep(_ microseconds: Int64, after time: Int64) async throws {
        let (deadline, overflow) = time.addingReportingOverflow(microseconds)
        try await clock.sleep(until: overflow ? .max : deadline)
    }
}
