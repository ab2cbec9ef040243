public import Hummingbird
public import PeriluneCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Hummingbird's storage of values across requests, on an engine that all processes of a service share.
///
/// ```swift
/// let persist = try EnginePersistDriver(engine: engine)
/// try await persist.set(key: "challenge:\(id)", value: challenge, expires: .seconds(300))
/// ```
///
/// Values are stored as JSON. Each change is atomic, value and expiry together. No key is without an expiry, unless that
/// is asked for: what is stored without one gets the default lifetime.
///
/// Keys are any text that is not empty. For sessions see ``SessionMiddleware``: a `set` stores a value whether it was
/// removed meanwhile or not, so that of two requests at once the later one can undo a log-out.
public struct EnginePersistDriver: PersistDriver {
    private let engine: any ScriptEngine
    private let keys: KeyFamily
    private let defaultLifetime: Duration?

    /// Creates the driver.
    ///
    /// - Parameters:
    ///   - engine: Where the values are. It is not shut down with the driver.
    ///   - name: Part of every key: drivers with different names do not know each other's values. 1 to 64 of the characters
    ///     `A-Z a-z 0-9 . _ -`.
    ///   - defaultLifetime: How long a value lives that is stored under a new key without an expiry, 30 days by default;
    ///     `nil` for ever.
    ///   - keySpace: How keys are named.
    /// - Throws: ``/PeriluneCore/KeyError/invalidName(_:)``.
    public init(
        engine: any ScriptEngine, name: String = "default", defaultLifetime: Duration? = .seconds(2_592_000),
        keySpace: KeySpace = .standard
    ) throws(KeyError) {
        self.engine = engine
        self.keys = try keySpace.family(kind: "kv", id: name)
        self.defaultLifetime = defaultLifetime
    }

    /// Stores a value under a new key.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - value: The value.
    ///   - expires: How long it lives; `nil` for the default lifetime. Nothing or less counts as a millisecond, more than
    ///     a hundred years as that.
    /// - Throws: `PersistError.duplicate` when the key is there; `EncodingError`; ``/PeriluneCore/EngineError``; for an
    ///   empty key ``/PeriluneCore/KeyError``.
    /// - Complexity: One round trip.
    public func create<Object: Codable & Sendable>(key: String, value: Object, expires: Duration?) async throws {
        let isNew = try await engine.set(
            try keys.key(tag: key), try Self.encode(value), if: .ifMissing, expiring: expiry(expires))
        guard isNew else { throw PersistError.duplicate }
    }

    /// Stores a value, whether the key is there or not.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - value: The value.
    ///   - expires: How long it lives; `nil` to keep the expiry of a key that is there, and for the default lifetime of one
    ///     that is not. Nothing or less counts as a millisecond, more than a hundred years as that.
    /// - Throws: `EncodingError`; ``/PeriluneCore/EngineError``; for an empty key ``/PeriluneCore/KeyError``.
    /// - Complexity: One round trip. Without an expiry the value is sent twice.
    public func set<Object: Codable & Sendable>(key: String, value: Object, expires: Duration?) async throws {
        let (key, value) = (try keys.key(tag: key), try Self.encode(value))
        if expires != nil {
            try await engine.set(key, value, expiring: expiry(expires))
        } else {
            // Exactly one of them writes.
            _ = try await engine.transaction(
                .set(key, value, if: .ifPresent, expiring: .unchanged),
                .set(key, value, if: .ifMissing, expiring: expiry(nil)))
        }
    }

    /// Reads a value.
    ///
    /// - Returns: `nil` when the key is not there.
    /// - Throws: `PersistError.invalidConversion` when what is stored is not of the type; ``/PeriluneCore/EngineError``; for
    ///   an empty key ``/PeriluneCore/KeyError``.
    /// - Complexity: One round trip.
    public func get<Object: Codable & Sendable>(key: String, as type: Object.Type) async throws -> Object? {
        try await engine.get(try keys.key(tag: key), as: [UInt8].self).map { try Self.decode(type, $0) }
    }

    /// Reads a value and how long it will live: `nil` for ever. See ``get(key:as:)``.
    public func getWithTTL<Object: Codable & Sendable>(
        key: String, as type: Object.Type
    ) async throws -> (object: Object, ttl: Duration?)? {
        let key = try keys.key(tag: key)
        let (bytes, timeToLive) = try await engine.transaction(.get(key, as: [UInt8].self), .ttl(key))
        guard let bytes else { return nil }
        let object = try Self.decode(type, bytes)
        guard case .expires(let time) = timeToLive else { return (object, nil) }
        return (object, time)
    }

    /// Removes a key, if it is there.
    ///
    /// - Throws: ``/PeriluneCore/EngineError``; for an empty key ``/PeriluneCore/KeyError``.
    /// - Complexity: One round trip.
    public func remove(key: String) async throws {
        try await engine.del(try keys.key(tag: key))
    }

    private func expiry(_ time: Duration?) -> Expiry {
        guard let time = time ?? defaultLifetime else { return .never }
        return .after(min(max(time, .milliseconds(1)), .seconds(3_155_760_000)))
    }

    private static func encode(_ value: some Encodable) throws -> [UInt8] {
        Array(try JSONEncoder().encode(value))
    }

    private static func decode<Object: Decodable>(_ type: Object.Type, _ bytes: [UInt8]) throws -> Object {
        do { return try JSONDecoder().decode(type, from: Data(bytes)) } catch { throw PersistError.invalidConversion }
    }
}
