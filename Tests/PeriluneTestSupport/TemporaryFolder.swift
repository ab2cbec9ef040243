import Foundation

/// A folder of a test's own, which goes with the object.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        path = try TemporaryDirectory.make()
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
