import PeriluneCore

/// Tells those who wait for a value that another process has stored it, or has given up.
///
/// The channels of a region are subscribed to when somebody waits for the first time, and until the region goes. A message
/// that is lost costs time and nothing else: nobody waits for one without looking now and then.
final class CacheWakeups: Sendable {
    /// What somebody has who may have to wait.
    private enum Watch {
        /// They do not yet, and nothing has happened.
        case idle
        /// They do not yet, and need not any more.
        case woken
        case waiting(CheckedContinuation<Void, Never>)
    }

    private struct State {
        var listener: Task<Void, Never>?
        /// Whether messages come.
        var isListening = false
        var watches: [CacheKey: [Int: Watch]] = [:]
        var watchesMade = 0
    }

    private let engine: (any MessageEngine)?
    private let shards: [CacheShard]
    private let clock: any RedisClock
    private let state = Locked(State())

    init(engine: any ScriptEngine, shards: [CacheShard], clock: any RedisClock) {
        self.engine = engine as? any MessageEngine
        self.shards = shards
        self.clock = clock
    }

    deinit {
        state.withLock { $0.listener }?.cancel()
    }

    /// Begins to watch a key: what becomes of it from now on ends the next wait.
    ///
    /// - Returns: The number of the watch, which must be ended.
    func watch(_ key: CacheKey) -> Int {
        state.withLock { state in
            state.watchesMade += 1
            state.watches[key, default: [:]][state.watchesMade] = .idle
            return state.watchesMade
        }
    }

    func end(_ watch: Int, of key: CacheKey) {
        state.withLock { state in
            state.watches[key]?[watch] = nil
            if state.watches[key]?.isEmpty == true { state.watches[key] = nil }
        }
    }

    /// Waits until something has become of a key, or as long as it is worth while not to look.
    ///
    /// - Parameters:
    ///   - deadline: When to look at the latest, in microseconds of the clock.
    ///   - tries: How often the caller has waited before.
    func wait(_ watch: Int, for key: CacheKey, until deadline: Int64, tries: Int) async {
        listen()
        let now = clock.microseconds
        // With messages a second is for those that are lost; without, twice as long each time.
        let longest: Int64 = state.withLock { $0.isListening } ? 1_000_000 : 10_000 << Int64(min(tries, 6))
        let deadline = min(deadline, now + longest)
        guard deadline > now else { return }
        let clock = clock
        let timer = Task { [weak self] in
            // A timer that is cancelled wakes nobody: the next wait would be over before it began.
            guard (try? await clock.sleep(until: deadline)) != nil else { return }
            self?.wake(key, watch)
        }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    if case .idle? = state.watches[key]?[watch] {
                        state.watches[key]?[watch] = .waiting(continuation)
                        return true
                    }
                    state.watches[key]?[watch] = .idle
                    return false
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            wake(key, watch)
        }
    }

    private func wake(_ key: CacheKey, _ watch: Int) {
        let continuation = state.withLock { state in
            Self.wake(&state.watches, key, watch)
        }
        continuation?.resume()
    }

    private static func wake(
        _ watches: inout [CacheKey: [Int: Watch]], _ key: CacheKey, _ number: Int
    ) -> CheckedContinuation<Void, Never>? {
        guard let watch = watches[key]?[number] else { return nil }
        guard case .waiting(let continuation) = watch else {
            watches[key]?[number] = .woken
            return nil
        }
        watches[key]?[number] = .idle
        return continuation
    }

    /// Wakes those who wait for a key, or for any.
    private func wakeAll(_ key: CacheKey?) {
        let continuations = state.withLock { state in
            var continuations: [CheckedContinuation<Void, Never>] = []
            for key in key.map({ [$0] }) ?? Array(state.watches.keys) {
                for number in state.watches[key].map({ Array($0.keys) }) ?? [] {
                    if let continuation = Self.wake(&state.watches, key, number) { continuations.append(continuation) }
                }
            }
            return continuations
        }
        for continuation in continuations { continuation.resume() }
    }

    private func listen() {
        guard let engine else { return }
        let channels = shards.map(\.done)
        state.withLock { state in
            guard state.listener == nil else { return }
            state.listener = Task { [weak self] in
                if let messages = try? await engine.subscribeToShards(channels) {
                    self?.state.withLock { $0.isListening = true }
                    // Somebody may have been done before there was somebody to hear it.
                    self?.wakeAll(nil)
                    do {
                        for try await event in messages {
                            switch event {
                            case .message(let message):
                                if let key = CacheKey(named: message.payload) { self?.wakeAll(key) }
                            case .dropped, .resubscribed: self?.wakeAll(nil)
                            case .interrupted: break
                            }
                        }
                    } catch {}
                }
                // The next who waits tries again.
                self?.state.withLock { state in
                    state.isListening = false
                    state.listener = nil
                }
            }
        }
    }
}

extension MessageEngine {
    /// Subscribes to channels in which scripts publish: shard channels, or plain ones where the server has no others
    /// (before 7.0).
    func subscribeToShards(_ channels: [RedisChannel]) async throws(EngineError) -> RedisMessages {
        do {
            return try await subscribe(toShardChannels: channels)
        } catch  where error.serverError?.isUnknownCommand == true {
            return try await subscribe(to: channels)
        }
    }
}

extension RedisError {
    /// Whether the server does not know the command.
    var isUnknownCommand: Bool { line.hasPrefix("ERR unknown command") }
}
