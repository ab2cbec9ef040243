import Foundation
import Synchronization

/// Something that is done on a thread of its own.
final class BackgroundWork: Sendable {
    private let outcome = Mutex<Result<Void, any Error>?>(nil)

    init(_ body: @escaping @Sendable () throws -> Void) {
        Thread.detachNewThread { [self] in
            let result = Result { try body() }
            outcome.withLock { $0 = result }
        }
    }

    var isDone: Bool { outcome.withLock { $0 != nil } }

    /// Throws what the work has thrown.
    func result() throws {
        try outcome.withLock { $0 }?.get()
    }
}
