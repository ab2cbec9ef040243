public import ServiceLifecycle

/// In a `ServiceGroup` an engine lives as long as the services that use it: put it before them, so that it is shut down
/// after them.
extension RedisEngine: Service {
    /// Waits for the graceful shutdown, then lets the calls under way end; see ``shutdown(deadline:)``.
    ///
    /// When the task is cancelled instead, calls under way fail at once.
    public func run() async throws {
        do {
            try await gracefulShutdown()
        } catch {
            await shutdown(deadline: .zero)
            throw error
        }
        await shutdown()
    }
}
