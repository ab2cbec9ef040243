#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A system call that failed.
package struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The call, for example `connect`.
    package let operation: String
    /// What went wrong, in words.
    package let reason: String

    /// Creates an error from an `errno` value.
    package init(_ operation: String, number: Int32) {
        self.operation = operation
        self.reason = String(cString: strerror(number))
    }

    /// Creates an error that has no `errno`.
    package init(_ operation: String, reason: String) {
        self.operation = operation
        self.reason = reason
    }

    package var description: String { "\(operation): \(reason)" }
}
