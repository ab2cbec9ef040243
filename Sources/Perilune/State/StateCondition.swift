/// When a state is changed.
public enum StateCondition: Sendable, Hashable {
    /// Always. A state that is not there is made.
    case always
    /// When there is one; otherwise the call fails with ``StateError/notFound``.
    case ifPresent
    /// When there is none; otherwise the call fails with ``StateError/versionConflict(found:)``.
    case ifMissing
    /// When the state has this version (compare and set); otherwise the call fails with
    /// ``StateError/versionConflict(found:)`` or ``StateError/notFound``.
    case version(Int)
}

extension StateCondition {
    /// The condition as `state.update` takes it.
    var word: String {
        switch self {
        case .always: ""
        case .ifPresent: "XX"
        case .ifMissing: "NX"
        // There is no version below 1, so none is 0.
        case .version(let version): "\(max(version, 0))"
        }
    }
}
