public import Logging
import PeriluneCore
public import PeriluneEmbedded
import PeriluneIO
public import ServiceLifecycle

/// Keeps the data of an embedded engine in a file: what a restart, or a crash, leaves of it.
///
/// The file is written at intervals when something was changed, and at a graceful shutdown. After a crash of the program
/// or of the machine, what was changed since the file was last begun is lost: no more than an interval, and the time
/// that it takes to write.
///
/// A `Service`: run it in a `ServiceGroup`, in front of those that change the data, so that they are shut down first.
public struct SnapshotService: Service {
    private let engine: EmbeddedEngine
    private let path: String
    private let interval: Duration
    private let logger: Logger
    /// The changes that the file has.
    private let written: Locked<UInt64>

    /// Creates a service, which does nothing before ``restore()`` and ``run()``.
    ///
    /// - Parameters:
    ///   - engine: Whose data it is.
    ///   - path: The file.
    ///   - interval: The time between two looks at whether there is something to write.
    ///   - logger: Where to log.
    public init(engine: EmbeddedEngine, path: String, interval: Duration = .seconds(60), logger: Logger) {
        self.engine = engine
        self.path = path
        self.interval = interval
        self.logger = logger
        written = Locked(engine.changeCount)
    }

    /// Puts the data of the file into the engine; a file that is not there is empty data. Blocks the calling thread.
    ///
    /// What an earlier process did not finish to write is removed.
    ///
    /// - Throws: When the file cannot be read, or is damaged. It is left as it is.
    public func restore() throws(SnapshotError) {
        EmbeddedEngine.removeUnfinishedSnapshot(of: path)
        do throws(SnapshotError) {
            try engine.restoreSnapshot(from: path)
        } catch  where error.reason == .missing {
            return
        }
        written.withLock { $0 = engine.changeCount }
    }

    /// Writes the file at intervals until a graceful shutdown is triggered or the task is cancelled, and then once more.
    /// What cannot be written is logged and tried again.
    ///
    /// - Throws: ``/PeriluneEmbedded/SnapshotError`` when it cannot be written at the end.
    public func run() async throws {
        while (try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }) != nil {
            do {
                try await writeIfChanged()
            } catch {
                logger.error("snapshot not written", metadata: ["error": "\(error)"])
            }
        }
        try await writeIfChanged()
    }

    private func writeIfChanged() async throws {
        guard engine.changeCount != written.withLock({ $0 }) else { return }
        let result = await withCheckedContinuation { continuation in
            let write: @Sendable () -> Void = {
                continuation.resume(
                    returning: Result { () throws(SnapshotError) in try engine.writeSnapshotCountingChanges(to: path) })
            }
            // Disks may be slow: not on the pool that tasks share.
            do { try Thread.detach(write) } catch { write() }
        }
        let changes = try result.get()
        written.withLock { $0 = changes }
    }
}
