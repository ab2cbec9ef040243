/// A doubly linked list of slots, by their numbers. The links are in the slots.
struct NearQueue: Sendable {
    /// The number that is none.
    static let none = UInt32.max

    /// Where the newest is.
    var head = none
    /// Where the oldest is.
    var tail = none
    var count = 0
    var bytes = 0
}
