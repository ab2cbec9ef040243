/// A state as it was read.
public struct StoredState<Value> {
    /// The value.
    public let value: Value
    /// The version by which a later change can tell that nobody else has changed the state since; see
    /// ``StateCondition/version(_:)``. It grows with every change, and none comes back when a state is deleted and made
    /// anew.
    public let version: Int
}

extension StoredState: Sendable where Value: Sendable {}
extension StoredState: Equatable where Value: Equatable {}
extension StoredState: Hashable where Value: Hashable {}
