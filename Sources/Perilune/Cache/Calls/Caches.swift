public import Logging
public import PeriluneCore

/// The cache regions of a service, made when they are first asked for: where functions with `@Cached` find theirs.
///
/// ```swift
/// let caches = Caches(engine: engine)
/// let reports = try caches.region(.outbreakData, of: Report.self)
/// ```
///
/// Regions need a task beside their calls: see ``run()``.
///
/// Of each ``CacheType`` there is one region for each type of value. In the engine they are one region: their keys and
/// their tags are the same.
public final class Caches: Sendable {
    private let engine: any ScriptEngine
    private let keySpace: KeySpace
    private let clock: any RedisClock
    private let logger: Logger
    private let state = Locked(State())

    private struct State {
        var regions: [Identity: any CachesMember] = [:]
        /// Gets what is made while ``Caches/run()`` runs.
        var runner: AsyncStream<any CachesMember>.Continuation?
    }

    /// Which region. Only what nearly always differs is hashed: a type has many settings, and this is asked for every hit.
    private struct Identity: Hashable {
        let type: CacheType
        let value: ObjectIdentifier

        func hash(into hasher: inout Hasher) {
            hasher.combine(type.name)
            hasher.combine(value)
        }
    }

    /// Creates the regions' home. Nothing is asked of the engine.
    ///
    /// - Parameters:
    ///   - engine: Where the values live.
    ///   - keySpace: How keys are named.
    ///   - clock: Measures how long things take here.
    ///   - logger: Gets what the regions log.
    public init(
        engine: any ScriptEngine, keySpace: KeySpace = .standard, clock: any RedisClock = .monotonic,
        logger: Logger = Logger(label: "perilune.cache")
    ) {
        self.engine = engine
        self.keySpace = keySpace
        self.clock = clock
        self.logger = logger
    }

    /// The region of a type for one type of values, the same one whenever it is asked for.
    ///
    /// - Throws: ``CacheConfigurationError`` when the type's settings cannot be.
    /// - Complexity: O(1).
    public func region<Value: Codable & Sendable>(
        _ type: CacheType, of value: Value.Type = Value.self
    ) throws(CacheConfigurationError) -> CacheRegion<Value> {
        let identity = Identity(type: type, value: ObjectIdentifier(value))
        if let region = state.withLock({ $0.regions[identity] }) as? CacheRegion<Value> { return region }
        let made = try CacheRegion(type, of: value, engine: engine, keySpace: keySpace, clock: clock, logger: logger)
        // Another task may have made it meanwhile; then that one is it.
        return state.withLock { state in
            if let region = state.regions[identity] as? CacheRegion<Value> { return region }
            state.regions[identity] = made
            state.runner?.yield(made)
            return made
        }
    }

    /// The regions with a type's name by which to invalidate: those with near caches, which are to hear of it at once, or
    /// else any, for in the engine they are one.
    func regions(of type: CacheType) throws(CacheConfigurationError) -> [any CachesMember] {
        let used = state.withLock { state in state.regions.filter { $0.key.type.name == type.name }.map(\.value) }
        let near = used.filter { $0.type.near != nil }
        if !near.isEmpty { return near }
        if let first = used.first { return [first] }
        return [try region(type, of: String.self)]
    }

    /// Does what the regions need beside their calls, those that are made later included, until the task is cancelled. See
    /// ``CacheRegion/run()``.
    ///
    /// To be called once at a time.
    public func run() async {
        let (regions, runner) = AsyncStream.makeStream(of: (any CachesMember).self)
        state.withLock { state in
            for region in state.regions.values { runner.yield(region) }
            state.runner = runner
        }
        await withDiscardingTaskGroup { group in
            for await region in regions { group.addTask { await region.run() } }
        }
        state.withLock { $0.runner = nil }
    }
}

/// What ``Caches`` does with a region, whatever its values are.
protocol CachesMember: AnyObject, Sendable {
    var type: CacheType { get }
    func invalidate(tags: [CacheTag], replication: CacheReplication?) async throws(CacheError)
    func invalidate(allOf tags: [CacheTag], replication: CacheReplication?) async throws(CacheError)
    func clear(replication: CacheReplication?) async throws(CacheError)
    func run() async
}

extension CacheRegion: CachesMember {}
