#if canImport(Glibc)
    package import Glibc
#elseif canImport(Musl)
    package import Musl
#elseif canImport(Darwin)
    package import Darwin
#endif

/// A value that only one thread at a time can reach.
///
/// This is a `pthread_mutex_t` and not `Synchronization.Mutex`: on Linux the latter is a futex inside the
/// uninstrumented standard library, so that Thread Sanitizer reports races where there are none.
///
/// `@unchecked Sendable` because the value is reached through the mutex alone. For the same reason it stands in memory of
/// its own: the checks for overlapping accesses that a class's variable has would find nothing, and cost time.
package final class Locked<Value>: @unchecked Sendable {
    package let storage: UnsafeMutablePointer<pthread_mutex_t>
    package let value: UnsafeMutablePointer<Value>

    package init(_ value: sending Value) {
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
        self.storage = .allocate(capacity: 1)
        storage.initialize(to: pthread_mutex_t())
        pthread_mutex_init(storage, nil)
    }

    deinit {
        pthread_mutex_destroy(storage)
        storage.deinitialize(count: 1)
        storage.deallocate()
        value.deinitialize(count: 1)
        value.deallocate()
    }

    /// Runs the body alone. The body must not call out to code that may take the same lock, and must not block.
    @inlinable
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(storage)
        defer { pthread_mutex_unlock(storage) }
        return try body(&value.pointee)
    }
}
