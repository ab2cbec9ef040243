import Foundation

/// The tests that take long, which `Tools/test --all` runs. For `.enabled(if:)`.
package enum LongTests {
    /// Whether they are to run.
    package static var areWanted: Bool { ProcessInfo.processInfo.environment["PERILUNE_LONG_TESTS"] != nil }
}
