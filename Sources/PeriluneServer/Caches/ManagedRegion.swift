import Logging
import Perilune
import PeriluneCore

/// A cache region as the server works on it: its values are bytes, which nothing here reads.
struct ManagedRegion: Sendable {
    let settings: CacheRegionSettings
    let region: CacheRegion<[UInt8]>
    private let origin: OriginClient?

    var name: String { settings.type.name }
    var administration: CacheAdministration { region.administration }

    /// Creates the access to a region.
    ///
    /// - Throws: ``/Perilune/CacheConfigurationError``.
    init(
        _ settings: CacheRegionSettings, engine: any ScriptEngine, keySpace: KeySpace, origin: OriginClient?,
        logger: Logger
    ) throws(CacheConfigurationError) {
        var type = settings.type
        // Nobody asks this process for values: it keeps none of its own.
        type.near = nil
        region = try CacheRegion(
            type, of: [UInt8].self, engine: engine, codec: .bytes, keySpace: keySpace, logger: logger)
        self.settings = settings
        self.origin = origin
    }

    /// Puts values into the region: those that are given, the others from its origin.
    ///
    /// - Parameters:
    ///   - items: What to put there. Those without a value have a text of the same place in `texts`.
    ///   - texts: The keys as they were written: a long one cannot be had back from its ``/Perilune/CacheKey``.
    func warm(
        _ items: [CacheWarmingItem<[UInt8]>], texts: [CacheKey: String], concurrency: Int, force: Bool,
        progress: (CacheWarmingStep) async throws -> Void
    ) async throws -> CacheWarmingProgress {
        try await region.warm(items, concurrency: concurrency, force: force) { [settings, origin] key, _ in
            guard let origin, let text = texts[key], let url = settings.origin?.url(for: text) else {
                throw OriginFailure.noURL
            }
            switch try await origin.value(
                at: url, timeout: settings.originTimeout, limit: settings.type.maximumBytes)
            {
            case .value(let bytes): return bytes
            case .absent: return nil
            }
        } progress: {
            try await progress($0)
        }
    }
}

/// All cache regions that the server manages.
struct ManagedRegions: Sendable {
    /// How many values are loaded at once where nobody says it.
    static let usualConcurrency = 8

    let all: [ManagedRegion]
    let engine: any ScriptEngine
    /// Asks the regions' origins; `nil` when none has one.
    private let origin: OriginClient?
    private let logger: Logger

    init(engine: any ScriptEngine, configuration: ManagementConfiguration, logger: Logger) throws {
        let origin = configuration.cache.regions.contains { $0.origin != nil } ? OriginClient() : nil
        all = try configuration.cache.regions.map {
            try ManagedRegion(
                $0, engine: engine, keySpace: configuration.keySpace, origin: origin, logger: logger)
        }
        self.engine = engine
        self.origin = origin
        self.logger = logger
    }

    /// Warms what the configuration names, and looks after the regions until the task is cancelled; then once more, so that
    /// what was counted and what shards have not acknowledged is not lost with the process.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for region in all where !region.settings.warmKeys.isEmpty {
                group.addTask { await warm(region) }
            }
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(2))
                for region in all where !Task.isCancelled { await region.administration.settle() }
            }
        }
        // This task is cancelled; that one is not. What an engine that is down costs, it costs all regions at once.
        await Task {
            await withTaskGroup(of: Void.self) { group in
                for region in all { group.addTask { await region.administration.settle() } }
            }
        }.value
    }

    /// Ends the connections to origins.
    func shutdown() {
        origin?.shutdown()
    }

    /// How often values that cannot be loaded at the start are tried again.
    private static let mostRounds = 10

    /// Loads the keys of the configuration. While the engine fails, or an origin for some of them, it is tried again: what is
    /// there by then stays. Between two rounds lie 1 s, 2 s, 4 s and so on, at most a minute.
    private func warm(_ region: ManagedRegion) async {
        let keys = region.settings.warmKeys
        let texts = Dictionary(keys.map { (CacheKey($0), $0) }) { first, _ in first }
        var pause = Duration.seconds(1)
        for round in 1...Self.mostRounds {
            var reason = ""
            do {
                let progress = try await region.warm(
                    keys.map { CacheWarmingItem(CacheKey($0)) }, texts: texts, concurrency: Self.usualConcurrency,
                    force: false
                ) { step in
                    if case .failed(let error) = step.outcome { reason = CacheController.reason(error) }
                }
                logger.info(
                    "A cache was warmed.",
                    metadata: [
                        "cache": "\(region.name)", "stored": "\(progress.stored)", "absent": "\(progress.absent)",
                        "fresh": "\(progress.fresh)", "failed": "\(progress.failed)",
                    ])
                if progress.failed == 0 { return }
            } catch {
                reason = "\(error)"
            }
            guard !Task.isCancelled else { return }
            logger.warning(
                round < Self.mostRounds
                    ? "A cache is not warm yet; it is tried again." : "A cache could not be warmed.",
                metadata: ["cache": "\(region.name)", "error": "\(reason)"])
            guard round < Self.mostRounds else { return }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(60))
        }
    }
}
