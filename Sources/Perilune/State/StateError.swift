public import PeriluneCore

/// Why the state of a conversation or a workflow could not be read or changed. Nothing was changed, but for what
/// ``engine(_:)`` tells.
public enum StateError: Error, Sendable, Hashable {
    /// An identifier is empty, or longer than 256 bytes.
    case invalidIdentifier(String)
    /// A store cannot be set up like this; the text tells why.
    case invalidSetting(String)
    /// The name of a member has a NUL, or more than 256 bytes.
    case invalidField(String)
    /// The value is none that JSON can hold; the text tells why.
    case notEncodable(String)
    /// The value is not an object in JSON, so it has no members.
    case notAnObject
    /// Arrays and objects lie in one another more than 64 times, counting the state itself, and the list of messages.
    case tooDeep
    /// There would be more members, or more bytes of them, than ``StateLimits`` allow, or more than 2,002 changes.
    case tooLarge
    /// A message is longer than ``MessageLimits/bytes``.
    case messageTooLong(bytes: Int)
    /// One call takes 1 to 1,000 messages.
    case messageCountOutOfRange(Int)
    /// What is stored is not a value of the type that was asked for, or is damaged; the text tells why.
    case notDecodable(String)
    /// The member is not an integer, or the sum is more than 2^53 - 1 in magnitude.
    case notAnInteger
    /// There is no such state: it was never stored, has expired or was deleted.
    case notFound
    /// The state has another version than the one expected, or there is one where there must be none.
    case versionConflict(found: Int)
    /// The workflow is at another step than the one expected; `nil` when it has none.
    case stepConflict(found: String?)
    /// Others have changed the state during every one of this many attempts.
    case contention(attempts: Int)
    /// The engine gave no answer, or refused. ``EngineError/mayHaveRun`` tells whether something can have changed.
    case engine(EngineError)
}

extension StateError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidIdentifier(let text):
            text.isEmpty ? "the identifier is empty" : "\"\(text.prefix(80))\" is longer than 256 bytes"
        case .invalidSetting(let reason): reason
        case .invalidField(let name):
            "\"\(name.prefix(80).filter { $0 != "\0" })\" cannot be a member: it has a NUL or more than 256 bytes"
        case .notEncodable(let reason): "the value cannot be JSON: \(reason)"
        case .notAnObject: "the value is not a JSON object"
        case .tooDeep: "arrays and objects lie in one another more than \(JSONMembers.deepestNesting) times"
        case .tooLarge: "the state would have more members or bytes than it may"
        case .messageTooLong(let bytes): "a message of \(bytes) bytes is longer than all messages may be together"
        case .messageCountOutOfRange(let count): "\(count) messages are to be appended, not 1 to 1000"
        case .notDecodable(let reason): "the stored state is not the type asked for: \(reason)"
        case .notAnInteger: "the member is not an integer, or the sum is not within 2^53 - 1"
        case .notFound: "there is no such state"
        case .versionConflict(let found): "the state has version \(found), which is not the one expected"
        case .stepConflict(let current):
            current.map { "the workflow is at \"\($0.prefix(80))\", which is not expected" }
                ?? "the workflow has no step"
        case .contention(let attempts): "others have changed the state during each of \(attempts) attempts"
        case .engine(let error): error.description
        }
    }
}
