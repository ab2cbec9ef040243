#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Threads for the few things that must not run on Swift's cooperative pool: event loops, blocking name lookups, files.
package enum Thread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Tells a thread from the others, as long as it runs.
    package struct Identity: @unchecked Sendable {
        // `@unchecked` because it is an opaque number or pointer that is only compared.
        fileprivate let thread: pthread_t

        /// Whether the calling thread is the one.
        package var isCurrent: Bool { pthread_equal(thread, pthread_self()) != 0 }
    }

    /// Runs the body on a new detached thread.
    @discardableResult
    package static func detach(_ run: @escaping @Sendable () -> Void) throws(SystemError) -> Identity {
        let body = Unmanaged.passRetained(Body(run))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let result = pthread_create(&thread, &attributes, threadEntry, body.toOpaque())
        #if canImport(Darwin)
            let created = result == 0 ? thread : nil
        #else
            let created = result == 0 ? Optional(thread) : nil
        #endif
        guard let created else {
            body.release()
            throw SystemError("pthread_create", number: result)
        }
        return Identity(thread: created)
    }

    fileprivate static func enter(_ argument: UnsafeMutableRawPointer) {
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
    }
}

// The argument of a thread's function is optional on some systems and not on others.
#if canImport(Darwin)
    private func threadEntry(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        Thread.enter(argument)
        return nil
    }
#else
    private func threadEntry(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let argument { Thread.enter(argument) }
        return nil
    }
#endif
