/// Why a snapshot was not written or not restored. The data in memory is what it was, and so is a file that was there.
public struct SnapshotError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong.
    public enum Reason: Sendable, Hashable {
        /// The file does not exist.
        case missing
        /// The system does not allow something: what it was to do, and what it says.
        case system(operation: String, message: String)
        /// The file is something else.
        case notASnapshot
        /// The file's format is of a version that this program does not know.
        case unknownVersion(UInt32)
        /// The file ends too early.
        case truncated
        /// The file does not hold what was written.
        case damaged(String)
        /// Another snapshot is being written.
        case inProgress
    }

    /// The file.
    public let path: String
    public let reason: Reason

    init(_ path: String, _ reason: Reason) {
        self.path = path
        self.reason = reason
    }

    public var description: String {
        switch reason {
        case .missing: "\(path): there is no such file"
        case .system(let operation, let message): "\(path): cannot \(operation): \(message)"
        case .notASnapshot: "\(path): not a snapshot of the embedded engine"
        case .unknownVersion(let version):
            "\(path): a snapshot of version \(version), of which this program knows \(SnapshotFormat.version) only"
        case .truncated: "\(path): the snapshot is cut off"
        case .damaged(let what): "\(path): the snapshot is damaged: \(what)"
        case .inProgress: "\(path): another snapshot is being written"
        }
    }
}
