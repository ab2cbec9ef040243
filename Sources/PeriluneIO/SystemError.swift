#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A system call, or an operation of TLS, that failed.
package struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What failed, for example `connect`.
    package let operation: String
    /// What went wrong, in words.
    package let reason: String
    /// Whether trying again cannot help: one side refuses the other's certificate, or a setting is wrong.
    package let isLasting: Bool

    /// Creates an error from an `errno` value.
    package init(_ operation: String, number: Int32) {
        self.init(operation, reason: String(cString: strerror(number)))
    }

    /// Creates an error that has no `errno`.
    package init(_ operation: String, reason: String, isLasting: Bool = false) {
        self.operation = operation
        self.reason = reason
        self.isLasting = isLasting
    }

    package var description: String { "\(operation): \(reason)" }
}
