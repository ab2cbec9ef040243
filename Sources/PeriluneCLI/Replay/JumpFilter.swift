/// Tells a log whose time jumps from a few entries whose time is wrong.
///
/// The time of a log jumps when the server was off, when nobody came for days, or where one file ends and another
/// begins. It also seems to jump at a line that was damaged, or that was written before a clock was set. The second kind
/// must not reach a clock that never goes back: all entries after it would be late. So an entry far from those before
/// it waits. If the next one is near those before, what waited was stray; if ``confirmation`` entries in a row are far
/// from them, the log has jumped.
///
/// Each entry costs O(1), and no more than ``confirmation`` wait. What the log ends with has neighbours on one side
/// only, and is taken as it is.
struct JumpFilter<Element> {
    /// How far apart neighbours may be, in microseconds.
    let distance: Int64
    /// How many entries in a row make a jump.
    let confirmation: Int

    /// The latest time since the last jump; `nil` before the first entry.
    private var latest: Int64?
    private var waiting: [(element: Element, time: Int64)] = []

    /// Creates a filter that has seen nothing.
    ///
    /// - Parameters:
    ///   - distance: In microseconds.
    ///   - confirmation: At least 1.
    init(distance: Int64, confirmation: Int) {
        self.distance = distance
        self.confirmation = max(confirmation, 1)
    }

    /// Whether a time is near those before it.
    func isNear(_ time: Int64) -> Bool {
        guard let latest else { return true }
        return abs(time - latest) <= distance
    }

    /// Takes note of an entry that is near those before it, and gives back what waited: all of it stray.
    mutating func follow(_ time: Int64) -> [Element] {
        latest = max(latest ?? time, time)
        guard !waiting.isEmpty else { return [] }
        defer { waiting.removeAll(keepingCapacity: true) }
        return waiting.map(\.element)
    }

    /// Lets an entry wait that is far from those before it.
    ///
    /// - Returns: All that waits, in the order it came, once that makes a jump; `nil` before.
    mutating func wait(_ element: Element, time: Int64) -> Jump? {
        waiting.append((element, time))
        guard waiting.count >= confirmation else { return nil }
        defer { latest = time }
        return Jump(elements: takeWaiting(), backTo: time < latest ?? time ? time : nil)
    }

    /// Gives back what waits at the end of the log.
    mutating func takeWaiting() -> [Element] {
        defer { waiting.removeAll(keepingCapacity: true) }
        return waiting.map(\.element)
    }

    /// A jump, and the entries behind it.
    struct Jump {
        var elements: [Element]
        /// Where time goes on from, if that is earlier than before.
        var backTo: Int64?
    }
}
