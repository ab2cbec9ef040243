public import Logging
public import PeriluneCore

/// Values of one kind, on an engine that all processes of a service share: what takes long to find out, for a while.
///
/// ```swift
/// let outbreaks = try CacheRegion(.outbreakData, of: Outbreak.self, engine: redis)
/// let outbreak = try await outbreaks.value(for: "outbreak:\(id)", tags: ["location:\(location)"]) {
///     try await database.outbreak(id)
/// }
/// try await outbreaks.invalidate(tags: ["location:\(location)"])   // after the database's transaction
/// ```
///
/// An invalidation costs the same whether ten values have the tag or a million. Whatever was looked up before it, a late
/// write cannot undo it: a value is stamped when it is missed, before it is computed, and what is older than the
/// invalidation is never served. What the engine loses of the region's metadata, by eviction for example, only makes
/// misses.
///
/// A value that is missing or has expired is computed once, whoever asks: callers in this process wait for one computation,
/// and other processes wait for the process that has the lease. When the engine cannot be reached, values are computed and
/// not kept: the cache being down is not the service being down.
///
/// Some of it needs a task of its own: see ``run()``.
public final class CacheRegion<Value: Sendable>: Sendable {
    /// What kind of values these are, and how they live.
    public var type: CacheType { storage.type }

    let storage: CacheStorage
    let codec: CacheCodec<Value>
    let clock: any RedisClock
    let flights = Flights<FlightOutcome<Value>>()
    let wakeups: CacheWakeups
    let near: NearCache<Value>?
    let listener: NearCacheListener?
    /// How long computing a value takes lately, in microseconds; 0 before the first.
    let computeTime = Locked(0.0)

    /// Creates the access to a region.
    ///
    /// - Parameters:
    ///   - type: What kind of values these are, and how they live.
    ///   - engine: Where the values are. If it is a `MessageEngine`, who waits for another process is woken at once, and the
    ///     region can have a near cache.
    ///   - codec: How values become bytes.
    ///   - keySpace: How keys are named.
    ///   - clock: Measures how long things take here. It is not compared with the server's.
    ///   - logger: Gets a warning when the engine has lost writes or does not answer, and when a value cannot be kept. Lines
    ///     hold no values.
    /// - Throws: ``CacheConfigurationError``.
    public init(
        _ type: CacheType, of _: Value.Type = Value.self, engine: any ScriptEngine, codec: CacheCodec<Value>,
        keySpace: KeySpace = .standard, clock: any RedisClock = .monotonic,
        logger: Logger = Logger(label: "perilune.cache")
    ) throws(CacheConfigurationError) {
        storage = try CacheStorage(type, engine: engine, keySpace: keySpace, clock: clock, logger: logger)
        self.codec = codec
        self.clock = clock
        wakeups = CacheWakeups(engine: engine, shards: storage.shards, clock: clock)
        near = storage.near.map { NearCache(table: $0) }
        guard let table = storage.near else {
            listener = nil
            return
        }
        guard let engine = engine as? any MessageEngine else { throw .nearNeedsMessages }
        listener = NearCacheListener(
            table, shards: storage.shards.map { .init(control: $0.control, channel: $0.messages) },
            engine: engine, clock: clock, logger: logger)
    }

    /// What was stored for a key.
    enum Found: Sendable {
        case value(Value)
        /// It was found out that there is none.
        case nothing

        var value: Value? {
            if case .value(let value) = self { value } else { nil }
        }
    }

    /// Reads the value of an entry. What cannot be read is as good as nothing, and counted.
    func decode(_ entry: StoredEntry) -> Found? {
        if entry.flags.contains(.negative) { return .nothing }
        let bytes =
            entry.flags.contains(.compressed)
            ? Compression.decompress(entry.payload, limit: type.maximumBytes) : Array(entry.payload)
        guard let bytes, let value = try? codec.decode(bytes) else {
            storage.counters.count(.undecodable)
            return nil
        }
        storage.counters.count(.bytesRead, bytes.count)
        return .value(value)
    }

    /// Makes an entry of a value.
    ///
    /// - Parameters:
    ///   - value: `nil` to remember that there is none.
    ///   - stamp: `nil` when the script stamps it.
    ///   - computed: How long computing it took, in milliseconds.
    func entry(
        _ value: Value?, tags: [CacheTag], ttl: Duration?, stamp: CacheStamp?, computed: Int
    ) throws(CacheError) -> StoredEntry {
        try checkTags(tags)
        let ttl = ttl ?? (value == nil ? type.negativeTTL : nil) ?? type.ttl
        try Self.check(time: ttl)
        var flags: StoredEntry.Flags = []
        var payload: [UInt8] = []
        if let value {
            do { payload = try codec.encode(value) } catch { throw .coding(CodingFailure.text(error)) }
            guard payload.count <= type.maximumBytes else {
                throw .tooLarge(bytes: payload.count, limit: type.maximumBytes)
            }
            if let least = type.compressAbove, payload.count > least, let smaller = Compression.compress(payload) {
                payload = smaller
                flags = .compressed
            }
        } else {
            flags = .negative
        }
        let factor = type.jitter == 0 ? 1 : 1 + Double.random(in: -type.jitter...type.jitter)
        let fresh = max(1, Int(Double(ttl.millisecondsRoundedUp) * factor))
        return StoredEntry(
            flags: flags, stamp: stamp ?? CacheStamp(epoch: 0, sequence: 0), fresh: fresh,
            total: fresh + type.staleTime, computed: computed, schema: type.schema, tags: tags, payload: payload[...])
    }

    func checkTags(_ tags: [CacheTag]) throws(CacheError) {
        guard tags.count <= type.maximumTags else { throw .tooManyTags(tags.count, limit: type.maximumTags) }
    }

    static func check(time: Duration) throws(CacheError) {
        do { try CacheType.validate(time: time) } catch { throw .timeOutOfRange(time) }
    }

    func entry(_ reading: CacheReading, _ stored: StoredEntry, _ found: Found) -> CacheEntry<Value> {
        CacheEntry(
            value: found.value, tags: stored.tags, age: .milliseconds(reading.age),
            freshFor: .milliseconds(reading.freshFor), livesFor: .milliseconds(reading.livesFor),
            computeTime: .milliseconds(stored.computed))
    }
}

extension CacheRegion where Value: Codable {
    /// Creates the access to a region whose values are stored as JSON. See
    /// ``init(_:of:engine:codec:keySpace:clock:logger:)``.
    public convenience init(
        _ type: CacheType, of _: Value.Type = Value.self, engine: any ScriptEngine, keySpace: KeySpace = .standard,
        clock: any RedisClock = .monotonic, logger: Logger = Logger(label: "perilune.cache")
    ) throws(CacheConfigurationError) {
        try self.init(type, engine: engine, codec: .json, keySpace: keySpace, clock: clock, logger: logger)
    }
}
