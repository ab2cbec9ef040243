public import PeriluneCore

/// Why a session could not be read or changed.
public enum SessionError: Error, Sendable, Hashable {
    /// There is no such session: it ended, or was never there.
    case notFound
    /// The token or id is of a shard that the store does not have.
    case unknownShard(Int)
    /// The data has another version than the one that was expected.
    case versionConflict(expected: Int, found: Int)
    /// Others changed the session again and again while it was about to be changed.
    case contention(attempts: Int)
    /// The user has as many sessions as allowed, and none of them may end for a new one.
    case limitReached(Int)
    /// A user's id is empty, longer than 128 bytes, or has braces or control characters.
    case invalidUser
    /// A timeout is not from a millisecond to ten years.
    case invalidTimeout(Duration)
    /// A field's name is empty, longer than 255 bytes, or has a NUL.
    case invalidField(String)
    /// What is to be added to is no integer, or the sum has more than 53 bits.
    case notAnInteger
    /// A field that is sealed cannot be added to in place.
    case sealedField(String)
    /// The session would have more bytes than it may have.
    case tooLarge(limit: Int)
    /// The value is none that JSON can hold as an object; the text tells where or why.
    case notEncodable(String)
    /// Arrays and objects of the value lie in one another more than 64 times.
    case tooDeep
    /// What is stored is not a value of the store's type; the text tells where.
    case notDecodable(String)
    /// What is stored was sealed with a key that is not known any more, or not here.
    case unknownKey(UInt8)
    /// What is stored was changed by somebody who has no key, or belongs to another session or field.
    case tampered
    /// What is stored is not sealed, although it must be.
    case notSealed
    /// What is stored is not in the form of a session.
    case corrupt
    /// The engine gave no answer, or refused.
    case engine(EngineError)
}

extension SessionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notFound: "there is no such session"
        case .unknownShard(let shard): "there is no shard \(shard)"
        case .versionConflict(let expected, let found): "the session has version \(found), not \(expected)"
        case .contention(let attempts): "others changed the session during each of \(attempts) attempts"
        case .limitReached(let count): "the user has \(count) sessions, as many as allowed"
        case .invalidUser: "a user's id has 1 to 128 bytes, and neither braces nor control characters"
        case .invalidTimeout(let time): "a timeout is from 1 millisecond to 10 years, not \(time)"
        case .invalidField(let name):
            "\"\(name.prefix(80))\" is not a field's name of 1 to 255 bytes without NUL"
        case .notAnInteger: "only integers up to 2^53 - 1 are added"
        case .sealedField(let name): "the field \"\(name.prefix(80))\" is sealed and cannot be added to in place"
        case .tooLarge(let limit): "the session would have more than \(limit) bytes"
        case .notEncodable(let reason): "the value cannot be a session's data: \(reason)"
        case .tooDeep: "arrays and objects of the value lie in one another more than 64 times"
        case .notDecodable(let reason): "the session's data is not the type asked for: \(reason)"
        case .unknownKey(let id): "the session's data is sealed with the unknown key \(id)"
        case .tampered: "the session's data was tampered with"
        case .notSealed: "the session's data is not sealed, although it must be"
        case .corrupt: "what is stored is no session"
        case .engine(let error): error.description
        }
    }
}
