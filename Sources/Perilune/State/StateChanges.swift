/// Changes of single members of a state, made in one atomic step and in this order.
///
/// ```swift
/// try await agents.update(talk) { changes in
///     changes.set("topic", to: "cholera")
///     changes.increment("turns")
///     changes.remove("draft")
/// }
/// ```
///
/// A member that no change names stays as it is, whoever else changes it at the same time.
public struct StateChanges {
    enum Change {
        case set(String, any Encodable)
        case remove(String)
        case increment(String, by: Int)
    }

    private(set) var all: [Change] = []

    /// No changes yet.
    init() {}

    /// Sets a member.
    ///
    /// - Parameters:
    ///   - member: Its name: no NUL, up to 256 bytes.
    ///   - value: Any value that JSON can hold.
    public mutating func set(_ member: String, to value: some Encodable) {
        all.append(.set(member, value))
    }

    /// Removes a member, if it is there.
    public mutating func remove(_ member: String) {
        all.append(.remove(member))
    }

    /// Adds to a member that is an integer, or is missing and counts as 0 then.
    ///
    /// The member before, the amount and the sum must be within 2^53 - 1 in magnitude.
    public mutating func increment(_ member: String, by amount: Int = 1) {
        all.append(.increment(member, by: amount))
    }
}

/// What changes have led to.
public struct StateUpdate: Sendable, Hashable {
    /// The state's version after them.
    public let version: Int
    /// The sums of the increments, in the order of the changes.
    public let sums: [Int]
}
