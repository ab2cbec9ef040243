public import Logging
public import PeriluneCore

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// Sessions of users and of clients that are nobody yet, on an engine that all processes of a service share.
///
/// ```swift
/// struct Visit: Codable { var cart: [String] = [] }
/// let store = try SessionStore(of: Visit.self, engine: redis, secrets: SessionSecrets(tokenKey: key))
/// let new = try await store.create(Visit(), user: "42")          // new.token.text goes into the cookie
/// let session = try await store.session(for: SessionToken(cookie)) // read, and its idle timeout starts anew
/// try await store.update(new.session.id) { $0.increment("visits") }
/// try await store.revoke(new.session.id)
/// ```
///
/// Every call is one atomic script unless it says otherwise. What has ended stays ended: no call makes a session again,
/// however late it comes. Both timeouts are kept by the engine's clock.
///
/// Only a keyed hash of a token reaches the engine and the log. A user's sessions lie in one shard, which a token names,
/// so all calls are possible in a Redis Cluster.
///
/// When a session ends by itself, its user's index and the statistics learn of it from ``sweep(leasing:)``, which some
/// process must call now and then: see ``runSweeper(every:)``.
public struct SessionStore<Value: Codable & Sendable>: Sendable {
    /// How sessions live.
    public let configuration: SessionConfiguration

    let engine: any ScriptEngine
    let secrets: SessionSecrets
    let shards: [SessionShard]
    let codec: SessionCodec
    let logger: Logger
    let sweeper: String

    /// Creates the access to the sessions of a store.
    ///
    /// - Parameters:
    ///   - type: The data of a session. Must be encoded as a JSON object; each of its members is a field.
    ///   - engine: Where the sessions are.
    ///   - secrets: The keys.
    ///   - configuration: How sessions live.
    ///   - keySpace: How keys are named.
    ///   - encoder: Makes JSON of values. Must not be changed any more.
    ///   - decoder: Makes values of JSON. Must not be changed any more.
    ///   - logger: Gets a line when a session begins (debug), gets another token or is revoked (info), and when its data
    ///     was tampered with (error). Lines hold ids and never tokens, data or users.
    /// - Throws: ``SessionConfigurationError``.
    public init(
        of type: Value.Type = Value.self, engine: any ScriptEngine, secrets: SessionSecrets,
        configuration: SessionConfiguration = .standard, keySpace: KeySpace = .standard,
        encoder: JSONEncoder = JSONEncoder(), decoder: JSONDecoder = JSONDecoder(),
        logger: Logger = Logger(label: "perilune.session")
    ) throws(SessionConfigurationError) {
        try configuration.validate()
        self.configuration = configuration
        self.engine = engine
        self.secrets = secrets
        shards = (0..<configuration.shards).map { SessionShard($0, name: configuration.name, keySpace: keySpace) }
        codec = SessionCodec(encoder: encoder, decoder: decoder, keys: secrets.encryption)
        self.logger = logger
        sweeper = Base64URL.encode((0..<8).map { _ in UInt8.random(in: .min ... .max) })
    }

    /// The id of the session that a token is for, whether there is one or not.
    public func id(of token: SessionToken) -> SessionID { secrets.id(of: token) }

    // MARK: What all calls need

    func shard(of id: SessionID) throws(SessionError) -> SessionShard {
        guard shards.indices.contains(id.shard) else { throw .unknownShard(id.shard) }
        return shards[id.shard]
    }

    /// The shard that a user's sessions lie in.
    func shard(of user: String) throws(SessionError) -> SessionShard {
        try Self.validate(user: user)
        return shards[secrets.shard(of: user, of: shards.count)]
    }

    static func validate(user: String) throws(SessionError) {
        let isValid = user.utf8.allSatisfy { byte in
            byte >= 0x20 && byte != 0x7F && byte != UInt8(ascii: "{") && byte != UInt8(ascii: "}")
        }
        guard isValid, (1...128).contains(user.utf8.count) else { throw .invalidUser }
    }

    /// The shards in which a key exists.
    ///
    /// - Complexity: One round trip, a command for each shard.
    func shards(having key: (SessionShard) -> RedisKey) async throws(SessionError) -> [SessionShard] {
        let replies = try await ask { () throws(EngineError) in
            try await engine.pipeline(
                shards.map { RedisCommand("EXISTS", [key($0).argument]) })
        }
        var found: [SessionShard] = []
        for (shard, reply) in zip(shards, replies) {
            if case .error(let error) = reply { throw .engine(EngineError(error)) }
            if reply.integer == 1 { found.append(shard) }
        }
        return found
    }

    /// Runs what asks the engine, and makes its errors the store's.
    func ask<Reply>(
        _ call: () async throws(EngineError) -> Reply
    ) async throws(SessionError) -> Reply {
        do {
            return try await call()
        } catch {
            switch error.serverError?.code {
            case "TOOLARGE": throw .tooLarge(limit: configuration.maximumBytes)
            case "NOTINTEGER": throw .notAnInteger
            case "CORRUPT": throw .corrupt
            default: throw .engine(error)
            }
        }
    }

    /// The two integers of a reply.
    static func pair(_ integers: [Int]) throws(SessionError) -> (Int, Int) {
        guard integers.count == 2 else { throw .corrupt }
        return (integers[0], integers[1])
    }

    /// Reads what is stored of a session.
    ///
    /// - Parameter lastSeen: In milliseconds since 1970.
    func session(
        _ record: SessionRecord, id: SessionID, lastSeen: Int? = nil
    ) throws(SessionError) -> Session<Value> {
        try opened(record, id: id, lastSeen: lastSeen).session
    }

    /// Reads what is stored of a session, with its fields as they are when nothing is sealed.
    func opened(
        _ record: SessionRecord, id: SessionID, lastSeen: Int? = nil
    ) throws(SessionError) -> (session: Session<Value>, fields: [JSONMembers.Member]) {
        do throws(SessionError) {
            let fields = try codec.opened(record.fields, of: id)
            let session = Session(
                summary: try summary(record, id: id, lastSeen: lastSeen), version: record.version,
                value: try codec.value(Value.self, of: fields))
            return (session, fields)
        } catch {
            audit(error, id)
            throw error
        }
    }

    func summary(
        _ record: SessionRecord, id: SessionID, lastSeen: Int?
    ) throws(SessionError) -> SessionSummary {
        SessionSummary(
            record, id: id, device: try codec.device(record.device, of: id, user: record.user), lastSeen: lastSeen)
    }

    /// Tells the log of data that somebody else may have written.
    func audit(_ error: SessionError, _ id: SessionID) {
        switch error {
        case .tampered, .unknownKey, .notSealed, .corrupt:
            logger.error(
                "A session's data cannot be trusted.", metadata: ["session": "\(id)", "error": "\(error)"])
        default: break
        }
    }

    func log(_ event: String, _ shard: SessionShard, count: Int) {
        logger.info("\(event)", metadata: ["shard": "\(shard.index)", "sessions": "\(count)"])
    }

    func log(_ event: String, _ id: SessionID) {
        logger.info("\(event)", metadata: ["session": "\(id)"])
    }
}
