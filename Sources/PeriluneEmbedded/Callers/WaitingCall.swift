/// A command that waits for one of its keys. Belongs to the engine's lock, hence `@unchecked Sendable`.
package final class WaitingCall: @unchecked Sendable {
    let command: BlockedCommand
    let session: EngineSession
    /// Takes the reply, once, while the engine is locked. Must not call the engine.
    fileprivate let deliver: (CommandReply) -> Void
    fileprivate(set) var isWaiting = true
    /// Ends the wait when its time is up.
    var timer: Task<Void, Never>?

    init(_ command: BlockedCommand, _ session: EngineSession, deliver: @escaping (CommandReply) -> Void) {
        self.command = command
        self.session = session
        self.deliver = deliver
    }

    fileprivate var keys: [DatabaseKey] {
        command.keys.map { DatabaseKey(database: session.database, key: $0) }
    }
}

/// Somebody who gets the reply to a command that had to wait.
package protocol LateReplyReceiver: AnyObject, Sendable {
    /// The reply has come, from any thread and while the engine is locked. Must not call the engine.
    func receive(lateReply: [UInt8])
}

/// All commands that wait on an engine: for each key, who came first is served first.
final class WaitingCalls {
    private var calls: [DatabaseKey: [WaitingCall]] = [:]
    /// The keys that may have got what somebody waits for, in the order of the writes.
    private var ready: [DatabaseKey] = []
    private var isReady: Set<DatabaseKey> = []

    /// How many commands wait.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    func add(_ call: WaitingCall) {
        count += 1
        for key in Set(call.keys) { calls[key, default: []].append(call) }
    }

    /// Ends a wait.
    ///
    /// - Returns: Whether it was still under way.
    @discardableResult
    func end(_ call: WaitingCall, with reply: CommandReply) -> Bool {
        guard call.isWaiting else { return false }
        call.isWaiting = false
        count -= 1
        call.timer?.cancel()
        for key in call.keys {
            calls[key]?.removeAll { $0 === call }
            if calls[key]?.isEmpty == true { calls[key] = nil }
        }
        call.deliver(reply)
        return true
    }

    /// A key may have been changed.
    func noteChange(of key: DatabaseKey) {
        if calls[key] != nil, isReady.insert(key).inserted { ready.append(key) }
    }

    /// Any key may have been changed.
    func noteChangeOfAll() {
        for key in calls.keys { noteChange(of: key) }
    }

    /// Takes the keys that were changed since the last time.
    func takeReady() -> [DatabaseKey] {
        if ready.isEmpty { return [] }
        defer {
            ready = []
            isReady = []
        }
        return ready
    }

    /// Those who wait for a key, the one that came first in front.
    func calls(for key: DatabaseKey) -> [WaitingCall] {
        calls[key] ?? []
    }
}
