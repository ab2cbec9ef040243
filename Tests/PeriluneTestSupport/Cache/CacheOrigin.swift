import PeriluneCore

/// Where values come from, and how often one was computed.
package final class CacheOrigin: Sendable {
    private let count = Locked(0)

    package init() {}

    /// How often a value was computed.
    package var calls: Int { count.withLock { $0 } }

    /// Computes a value: a text and the number of the call.
    package func value(_ text: String = "v") -> String {
        count.withLock { count in
            count += 1
            return "\(text)\(count)"
        }
    }
}

/// What a computation fails with on purpose.
package struct CacheOriginError: Error, Equatable {
    package init() {}
}
