/// Lets others work before a condition is looked at again.
package func shortPause() async {
    try? await Task.sleep(for: .milliseconds(2))
}

/// Waits for what another task is about to bring about.
///
/// - Throws: What the condition throws; `CancellationError`; ``ConditionNotMet`` after ten minutes.
package func until(
    fileID: String = #fileID, line: Int = #line, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(600)
    while try await !condition() {
        try Task.checkCancellation()
        guard ContinuousClock.now < deadline else { throw ConditionNotMet(place: "\(fileID):\(line)") }
        await shortPause()
    }
}

/// What somebody waited for has not come about.
package struct ConditionNotMet: Error, CustomStringConvertible {
    /// Where they waited.
    package let place: String

    package var description: String { "the condition at \(place) was not met within ten minutes" }
}
