import CLuaHost
import PeriluneCore

extension EmbeddedEngine {
    /// Runs a command whose arguments lie in memory, and hands out its reply in RESP2: what a port needs, without a
    /// copy of the arguments.
    ///
    /// - Parameters:
    ///   - count: The number of arguments, the command's name included; at least 1.
    ///   - argument: One of them; valid until this returns.
    ///   - reply: Called once with the reply, which is valid for the length of the call. Must not call the engine.
    package func perform(
        count: Int, argument: (Int) -> UnsafeRawBufferPointer, reply: (UnsafeRawBufferPointer) -> Void
    ) {
        exclusively { $0.perform(count: count, argument: argument, reply: reply) }
    }

    /// Has the engine to itself: what the body does is one step for everybody else.
    package func exclusively(_ body: (ExclusiveEngine) -> Void) {
        core.withLock { core in body(ExclusiveEngine(core: core)) }
    }

    /// Ends a watch; nothing happens if there is none.
    package func unwatch(_ watch: KeyWatch) {
        core.withLock { core in core.watches.remove(watch) }
    }
}

/// The engine while nobody else can use it. Must not outlive the call that hands it out.
package struct ExclusiveEngine {
    fileprivate let core: EngineCore

    /// Runs a command; see ``EmbeddedEngine/perform(count:argument:reply:)``.
    package func perform(
        count: Int, argument: (Int) -> UnsafeRawBufferPointer, reply: (UnsafeRawBufferPointer) -> Void
    ) {
        core.beginCall()
        core.requestReply.removeAll()
        core.withRequest(count: count, argument) { core.execute($0).encode(into: &core.requestReply) }
        reply(core.requestReply.bytes)
    }

    /// Hands out an error in RESP2 when a command would fail whatever the data is.
    ///
    /// - Returns: Whether it would.
    package func refuses(
        count: Int, argument: (Int) -> UnsafeRawBufferPointer, reply: (UnsafeRawBufferPointer) -> Void
    ) -> Bool {
        core.requestReply.removeAll()
        var isRefused = false
        core.withRequest(count: count, argument) { arguments in
            guard let refusal = core.refusal(of: arguments) else { return }
            isRefused = true
            refusal.encode(into: &core.requestReply)
        }
        if isRefused { reply(core.requestReply.bytes) }
        return isRefused
    }

    /// Adds keys to a watch: the arguments from the second on.
    package func watch(count: Int, argument: (Int) -> UnsafeRawBufferPointer, _ watch: KeyWatch) {
        core.beginCall()
        core.withRequest(count: count, argument) { arguments in
            for index in 1..<max(arguments.count, 1) { core.watch(arguments[index], watch) }
        }
    }

    /// Whether a watched key was changed, or has expired since.
    package func isChanged(_ watch: KeyWatch) -> Bool {
        core.beginCall()
        return core.isChanged(watch)
    }
}

extension EngineCore {
    fileprivate func withRequest(
        count: Int, _ argument: (Int) -> UnsafeRawBufferPointer, _ body: (Arguments) -> Void
    ) {
        requestArguments.removeAll(keepingCapacity: requestArguments.capacity <= 4096)
        for index in 0..<count {
            let bytes = argument(index)
            requestArguments.append(
                plua_slice(data: bytes.baseAddress?.assumingMemoryBound(to: CChar.self), length: bytes.count))
        }
        requestArguments.withUnsafeBufferPointer { buffer in
            if let start = buffer.baseAddress { body(Arguments(start, count: buffer.count)) }
        }
    }
}
