import PeriluneCore
import PeriluneEmbedded
import PeriluneIO

/// What happens while a script runs for long: the port goes on to listen, tells everybody that it is busy, and can be
/// asked to kill the script.
///
/// The script runs on the loop's thread. It is interrupted every few thousand steps; then the loop's sockets are
/// attended to, all but that of the client whose script it is.
extension PortState: ScriptObserver {
    /// How long a script that has written may run when the port is to be closed.
    private static let graceTime = Duration.seconds(5)

    func scriptRuns(_ engine: ExclusiveEngine, for duration: Duration, hasWritten: Bool) -> Bool {
        // One that has written is to come to its end, so that nothing is half done, but not for ever.
        if isStopping.withLock({ $0 }), !hasWritten || duration >= Self.graceTime { return true }
        let threshold = settings.busyMilliseconds
        guard threshold > 0, duration >= .milliseconds(threshold) else { return false }
        runningScript = RunningScript(engine: engine, hasWritten: hasWritten)
        defer { runningScript = nil }
        loop.handleReady()
        return runningScript?.isKilled == true
    }

    /// Answers a request that came while a script runs.
    func answerWhileBusy(_ request: RESPRequest, _ session: inout PortSession, _ reply: PortReply) {
        let words = (0..<min(request.count, 2)).map {
            String(decoding: request[$0].prefix(8), as: UTF8.self).lowercased()
        }
        if session.isAuthenticated, words == ["script", "kill"], request.count == 2 {
            guard runningScript?.hasWritten == false else {
                return reply.error(
                    "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command."
                )
            }
            runningScript?.isKilled = true
            return reply.status("OK")
        }
        let command = PortCommand(request[0])
        if let command, [.auth, .hello, .quit, .multi, .discard, .watch, .unwatch, .reset].contains(command) {
            return session.perform(request, self, reply.output)
        }
        guard session.isAuthenticated else { return reply.error("NOAUTH Authentication required.") }
        let text = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
        if command == .exec, session.transaction != nil {
            session.transaction = nil
            return reply.error("EXECABORT Transaction discarded because of: " + text)
        }
        session.transaction?.isBroken = true
        reply.error(text)
    }
}

/// The script that makes a port busy.
struct RunningScript {
    let engine: ExclusiveEngine
    let hasWritten: Bool
    var isKilled = false
}
