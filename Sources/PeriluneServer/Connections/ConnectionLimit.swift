import HummingbirdCore
import Logging
import NIOCore
import PeriluneCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many connections may be open at once. Further ones wait in the system's queue until one of these ends.
///
/// Without a limit the process would run out of descriptors, and then try to accept the next connection again and
/// again, which takes a whole core.
final class ConnectionLimit: AvailableConnectionsDelegate {
    private struct State {
        var open = 0
        var isReported = false
    }

    /// The most connections that are open at once, give or take the few that are accepted together.
    let maximum: Int
    private let state = Locked(State())
    private let logger: Logger

    init(maximum: Int, logger: Logger) {
        self.maximum = maximum
        self.logger = logger
    }

    /// Whether as many connections are open as may be.
    var isReached: Bool { state.withLock { $0.open >= maximum } }

    func isAcceptingNewConnections() -> Bool { !isReached }

    func connectionOpened() {
        let isNews = state.withLock { state in
            state.open += 1
            guard state.open >= maximum, !state.isReported else { return false }
            state.isReported = true
            return true
        }
        guard isNews else { return }
        logger.warning(
            "As many connections are open as may be; further ones wait until others end.",
            metadata: ["connections": "\(maximum)"])
    }

    func connectionClosed() {
        state.withLock { state in
            state.open -= 1
            // Not as soon as one has ended: the next one takes its place, and would be reported again.
            if state.open <= maximum / 2 { state.isReported = false }
        }
    }

    /// How many connections a process may hold without running out of descriptors: what the system allows, less what
    /// event loops, the engine and files need, and never more than 4096.
    ///
    /// - Parameters:
    ///   - descriptors: How many the process may have open; `nil` for no limit.
    ///   - cores: How many event loops there are. Each has three descriptors.
    static func maximum(descriptors: Int?, cores: Int) -> Int {
        let reserve = 64 + 4 * cores
        // A tiny limit leaves a few all the same: a server that accepts nobody is of no use.
        return max(16, min(4096, (descriptors ?? .max) - reserve))
    }

    /// What this process may hold.
    static var standardMaximum: Int {
        var limit = rlimit()
        #if canImport(Glibc)
            let result = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #else
            let result = getrlimit(RLIMIT_NOFILE, &limit)
        #endif
        // RLIM_INFINITY is no Int, or one beyond every bound.
        let descriptors = result == 0 ? Int(exactly: limit.rlim_cur) : nil
        return maximum(descriptors: descriptors, cores: System.coreCount)
    }
}
