package import Logging
import PeriluneCore

/// Keeps the lines of a log.
package final class RecordedLog: Sendable {
    private let recorded = Locked<[String]>([])

    package init() {}

    /// The lines: level, message and metadata, sorted.
    package var lines: [String] { recorded.withLock { $0 } }

    package var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0)=\($1)" }
            log.recorded.withLock { $0.append("\(event.level) \(event.message)\(pairs.joined())") }
        }
    }
}
