import PeriluneCore

/// Counts calls.
final class Calls: Sendable {
    private let number = Locked(0)

    var count: Int { number.withLock { $0 } }

    func next() -> Int {
        number.withLock { number in
            number += 1
            return number
        }
    }
}
