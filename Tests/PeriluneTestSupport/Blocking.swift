#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Work that blocks, away from the threads that tests and engines share.
package enum Blocking {
    /// Why a condition did not come to be.
    package struct Overdue: Error, CustomStringConvertible {
        package let description: String
    }

    /// Runs a body on a thread of its own.
    package static func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            DetachedThread.start { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    /// Waits on a thread that may block until a condition holds, for up to a minute.
    ///
    /// - Parameter condition: One that throws does not hold.
    package static func wait(for name: String, until condition: () throws -> Bool) throws {
        var lastError = ""
        for _ in 0..<6000 {
            do {
                if try condition() { return }
                lastError = ""
            } catch {
                lastError = ": \(error)"
            }
            poll(nil, 0, 10)
        }
        throw Overdue(description: "no \(name) within a minute\(lastError)")
    }
}
