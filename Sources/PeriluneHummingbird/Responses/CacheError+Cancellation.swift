import Perilune
import PeriluneCore

extension CacheError {
    /// Whether it only says that the task was cancelled: nothing of the engine.
    var isCancellation: Bool {
        switch self {
        case .engine(let error), .unacknowledged(_, let error): error.code == .cancelled
        default: false
        }
    }
}
