import CLuaHost
package import PeriluneCore

/// What a port needs: commands whose arguments lie in memory, and replies as bytes, without copies of either.
extension EmbeddedEngine {
    /// Runs a command.
    ///
    /// - Parameters:
    ///   - count: The number of arguments, the command's name included; at least 1.
    ///   - argument: One of them; valid until this returns.
    ///   - session: Whose command it is.
    ///   - observer: Who watches over the script that it may be.
    ///   - later: Who gets the reply when the command has to wait; not kept alive for that.
    ///   - reply: Called once with the reply when there is one, which is valid for the length of the call. Must not call
    ///     the engine.
    /// - Returns: The command when it waits.
    package func perform(
        count: Int, argument: (Int) -> UnsafeRawBufferPointer, session: inout EngineSession,
        observer: any ScriptObserver, later: any LateReplyReceiver,
        reply: (UnsafeRawBufferPointer) -> Void
    ) -> WaitingCall? {
        core.withLock { core in
            core.observe(observer)
            core.beginCall(session)
            let call = core.perform(count: count, argument, &session, later: later, reply: reply)
            if let call { startTimer(of: call) }
            core.endCall()
            return call
        }
    }

    /// Has the engine to itself: what the body does is one step for everybody else, and no key expires within it.
    ///
    /// - Parameter observer: Who watches over the scripts that it runs.
    package func exclusively(observer: (any ScriptObserver)? = nil, _ body: (ExclusiveEngine) -> Void) {
        core.withLock { core in
            core.observe(observer)
            core.beginCall(EngineSession())
            body(ExclusiveEngine(core: core))
            core.endCall()
        }
    }

    /// Runs a command for somebody who cannot wait: one that would wait gets the reply for a time that is up.
    ///
    /// - Parameters:
    ///   - words: The command's name and its arguments; not empty.
    ///   - session: Whose command it is; gets replies in RESP2.
    ///   - observer: Who watches over the script that it may be.
    /// - Returns: The reply, be it an error.
    package func reply(
        to words: [[UInt8]], session: inout EngineSession, observer: (any ScriptObserver)? = nil
    ) -> RedisReply {
        core.withLock { core in
            core.observe(observer)
            core.beginCall(session)
            let reply = core.execute(words).redisReply
            session.database = core.databases.selected
            core.endCall()
            return reply
        }
    }

    /// Lets `DEBUG` be called.
    package func enableDebugCommand() {
        core.withLock { core in core.debugging = DebugSettings() }
    }

    /// Counts commands and errors from now on, for ``ExclusiveEngine/statistics``.
    package func collectStatistics() {
        core.withLock { core in
            if core.statistics == nil { core.statistics = CallStatistics(names: core.commands.numbered) }
        }
    }

    /// The names of all commands, in order.
    package static let commandNames = CommandTable().names

    /// Whether a text matches a pattern such as `save*`.
    package static func matches(_ text: String, _ pattern: String) -> Bool {
        Glob.matches(Array(text.utf8), Array(pattern.utf8))
    }
}

/// The engine while nobody else can use it. Must not outlive the call that hands it out.
package struct ExclusiveEngine {
    let core: EngineCore

    /// Runs a command, which cannot wait: one that would gets the reply for a time that is up. See
    /// ``EmbeddedEngine/perform(count:argument:session:observer:later:reply:)``.
    ///
    /// - Parameter isQueued: Whether it is part of a transaction, for which ``isOutOfMemory`` was asked.
    package func perform(
        count: Int, argument: (Int) -> UnsafeRawBufferPointer, session: inout EngineSession, isQueued: Bool = false,
        reply: (UnsafeRawBufferPointer) -> Void
    ) {
        core.use(session)
        _ = core.perform(count: count, argument, &session, isQueued: isQueued, later: nil, reply: reply)
    }

    /// Whether the data had reached its limit when the call under way began.
    package var isOutOfMemory: Bool { core.isOutOfMemory }

    /// The error of a command for which there is no memory.
    package static var outOfMemory: String { CommandError.outOfMemory.line }

    /// Whether a command is refused when the data has reached its limit.
    package func needsMemory(count: Int, argument: (Int) -> UnsafeRawBufferPointer) -> Bool {
        var needsMemory = false
        core.withRequest(count: count, argument) { arguments in
            if let command = core.commands.command(named: arguments[0]) {
                needsMemory = core.needsMemory(command, arguments)
            }
        }
        return needsMemory
    }

    /// What was counted of commands; `nil` when that was not asked for.
    package var statistics: CallStatistics? { core.statistics }

    /// Counts that a command was refused before it came to the engine.
    ///
    /// - Parameter line: The error that was answered.
    package func noteRejection(count: Int, argument: (Int) -> UnsafeRawBufferPointer, _ line: String) {
        core.withRequest(count: count, argument) { arguments in
            core.noteRejection(of: core.commands.command(named: arguments[0]), arguments, line)
        }
    }

    /// What all keys and values take in memory, in bytes: an estimate.
    package var dataMemory: Int { core.databases.memorySize }

    /// What scripts' code and values take in memory, in bytes.
    package var scriptMemory: Int { core.host?.memory ?? 0 }

    /// See ``EmbeddedLimits/dataMemory``.
    package var dataMemoryLimit: Int {
        get { core.limits.dataMemory }
        nonmutating set { core.limits.dataMemory = newValue }
    }

    /// Hands out an error when a command cannot be queued: it would fail whatever the data is, or there is no memory.
    ///
    /// - Returns: Whether it would.
    package func refuses(
        count: Int, argument: (Int) -> UnsafeRawBufferPointer, reply: (UnsafeRawBufferPointer) -> Void
    ) -> Bool {
        guard let refusal = core.withRequest(count: count, argument, { core.refusal(of: $0, isKept: true) }) else {
            return false
        }
        core.requestReply.removeAll()
        refusal.encode(into: core.requestReply, as: .resp2)
        reply(core.requestReply.bytes)
        return true
    }

    /// Adds a key to a watch.
    package func watch(_ key: UnsafeRawBufferPointer, session: EngineSession, _ watch: KeyWatch) {
        Array(key).withByteSlice { core.watch($0, in: session.database, watch) }
    }

    /// Ends a watch; nothing happens if there is none.
    package func unwatch(_ watch: KeyWatch) {
        core.watches.remove(watch)
    }

    /// Ends a wait, as if its time were up or with an error; nothing happens if it is over.
    ///
    /// - Returns: Whether it was under way.
    package func end(_ call: WaitingCall, error: String? = nil) -> Bool {
        core.waiting.end(call, with: error.map { .error($0) } ?? .nullArray)
    }

    /// Whether a watched key was changed, or has expired since.
    package func isChanged(_ watch: KeyWatch) -> Bool {
        core.isChanged(watch)
    }

    /// The numbers of the databases that hold keys, with how many: expired ones that nobody has met yet included.
    package var keyCounts: [(database: Int, count: Int)] { core.databases.keyCounts }

    /// How many scripts are kept by their digests.
    package var scriptCount: Int { core.scripts.count }

    /// How many commands wait for a key.
    package var waitingCount: Int { core.waiting.count }

    /// Who has subscribed to what.
    package var subscriptions: Subscriptions {
        get { core.subscriptions }
        nonmutating _modify { yield &core.subscriptions }
    }
}

extension EngineCore {
    fileprivate func observe(_ observer: (any ScriptObserver)?) {
        if self.observer !== observer { self.observer = observer }
    }

    fileprivate func perform(
        count: Int, _ argument: (Int) -> UnsafeRawBufferPointer, _ session: inout EngineSession,
        isQueued: Bool = false, later: (any LateReplyReceiver)?, reply: (UnsafeRawBufferPointer) -> Void
    ) -> WaitingCall? {
        let result = withRequest(count: count, argument) { execute($0, isQueued: isQueued) }
        session.database = databases.selected
        let form = ReplyForm(session)
        if let later, case .blocked(let command) = result {
            return wait(command, session) { [weak later] result in
                let bytes = ByteArena()
                result.encode(into: bytes, as: form)
                later?.receive(lateReply: Array(bytes.bytes))
            }
        }
        requestReply.removeAll()
        result.encode(into: requestReply, as: form)
        reply(requestReply.bytes)
        return nil
    }

    /// Calls a function with the arguments of a request.
    fileprivate func withRequest<Result>(
        count: Int, _ argument: (Int) -> UnsafeRawBufferPointer, _ body: (Arguments) -> Result
    ) -> Result {
        // On the stack, unless there are many.
        withUnsafeTemporaryAllocation(of: plua_slice.self, capacity: max(count, 1)) { slices in
            for index in 0..<count {
                let bytes = argument(index)
                let data = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                slices.initializeElement(at: index, to: plua_slice(data: data, length: bytes.count))
            }
            guard let start = slices.baseAddress else {
                return withUnsafePointer(to: plua_slice()) { body(Arguments($0, count: 0)) }
            }
            return body(Arguments(start, count: count))
        }
    }
}
