import Crypto
import PeriluneCore

/// The keys that the data of sessions is sealed with, by AES-256-GCM (NIST SP 800-38D).
///
/// One of them seals; all of them open. Each sealed value names its key, so keys can be changed while sessions live:
/// ``use(_:as:)`` makes a new key the one that seals, in all processes that share sessions after ``add(_:as:)`` made it
/// known to all. Old keys are forgotten by ``remove(_:)`` when the sessions they sealed have ended.
///
/// A value is bound to its session and field, and a session to its user: moved to another place in Redis, it does not
/// open. Whoever can write to Redis can still end a session, change when it ends, take a field away, prolong the grace of
/// a rotation, and put back what was there before: a field, or a whole session that has ended since.
///
/// Nonces are drawn at random, so use a key for at most 2^32 values, then another one.
public final class SessionKeyRing: Sendable {
    private struct State {
        var current: UInt8
        var keys: [UInt8: SymmetricKey]
    }

    /// Whether data that is not sealed is read all the same: while sessions from before encryption live. Whoever can
    /// write to Redis chooses all data meanwhile.
    public let acceptsUnsealed: Bool
    private let state: Locked<State>

    /// What a sealed value begins with: no JSON text does.
    private static let mark: UInt8 = 1

    /// Creates a ring with one key.
    ///
    /// - Parameters:
    ///   - key: 32 random bytes.
    ///   - id: Its number, stored with every value it seals.
    ///   - acceptsUnsealed: Whether data that is not sealed is read all the same.
    /// - Throws: ``SessionConfigurationError/invalidKeyLength(_:)``.
    public init(
        _ key: [UInt8], as id: UInt8 = 0, acceptsUnsealed: Bool = false
    ) throws(SessionConfigurationError) {
        self.acceptsUnsealed = acceptsUnsealed
        state = Locked(State(current: id, keys: [id: try Self.key(key)]))
    }

    /// Makes a key known, so that it opens what another process seals with it.
    ///
    /// - Throws: ``SessionConfigurationError/invalidKeyLength(_:)``.
    public func add(_ key: [UInt8], as id: UInt8) throws(SessionConfigurationError) {
        let key = try Self.key(key)
        state.withLock { $0.keys[id] = key }
    }

    /// Makes a key known and seals with it from now on.
    ///
    /// - Throws: ``SessionConfigurationError/invalidKeyLength(_:)``.
    public func use(_ key: [UInt8], as id: UInt8) throws(SessionConfigurationError) {
        let key = try Self.key(key)
        state.withLock { state in
            state.keys[id] = key
            state.current = id
        }
    }

    /// Forgets a key, unless it is the one that seals.
    ///
    /// - Returns: Whether it is forgotten.
    @discardableResult
    public func remove(_ id: UInt8) -> Bool {
        state.withLock { state in
            guard state.current != id else { return false }
            state.keys[id] = nil
            return true
        }
    }

    private static func key(_ bytes: [UInt8]) throws(SessionConfigurationError) -> SymmetricKey {
        guard bytes.count == 32 else { throw .invalidKeyLength(bytes.count) }
        return SymmetricKey(data: bytes)
    }

    // MARK: Values

    static func isSealed(_ value: some Collection<UInt8>) -> Bool { value.first == mark }

    /// Seals a value: a 1, the key's id, nonce, ciphertext and tag.
    func seal(_ value: [UInt8], for place: SessionPlace) throws(SessionError) -> [UInt8] {
        let (id, key) = state.withLock { ($0.current, $0.keys[$0.current]) }
        guard let key else { throw .unknownKey(id) }
        do {
            let box = try AES.GCM.seal(value, using: key, authenticating: Self.context(id, place))
            return [Self.mark, id] + box.nonce + box.ciphertext + box.tag
        } catch {
            throw .notEncodable("\(error)")
        }
    }

    /// Opens a value.
    func open(_ value: [UInt8], for place: SessionPlace) throws(SessionError) -> [UInt8] {
        guard Self.isSealed(value) else {
            guard acceptsUnsealed else { throw .notSealed }
            return value
        }
        guard value.count >= 2 else { throw .tampered }
        let id = value[1]
        guard let key = state.withLock({ $0.keys[id] }) else { throw .unknownKey(id) }
        do {
            let box = try AES.GCM.SealedBox(combined: value.dropFirst(2))
            return Array(try AES.GCM.open(box, using: key, authenticating: Self.context(id, place)))
        } catch {
            throw .tampered
        }
    }

    /// What a sealed value is bound to.
    private static func context(_ key: UInt8, _ place: SessionPlace) -> [UInt8] {
        let prefix = [mark, key] + Array(place.session.description.utf8)
        return switch place.part {
        case .field(let name): prefix + [0] + Array(name.utf8)
        case .device(let user): prefix + [1] + Array((user ?? "").utf8)
        }
    }
}

/// Where a sealed value belongs.
struct SessionPlace {
    enum Part {
        case field(String)
        /// The device of a session that is a user's: what proves whose the session is.
        case device(user: String?)
    }

    let session: SessionID
    let part: Part
}
