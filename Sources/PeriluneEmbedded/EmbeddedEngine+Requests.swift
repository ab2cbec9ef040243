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
        core.withLock { core in core.perform(count: count, argument: argument, reply: reply) }
    }
}

extension EngineCore {
    func perform(count: Int, argument: (Int) -> UnsafeRawBufferPointer, reply: (UnsafeRawBufferPointer) -> Void) {
        beginCall()
        requestArguments.removeAll(keepingCapacity: requestArguments.capacity <= 4096)
        for index in 0..<count {
            let bytes = argument(index)
            requestArguments.append(
                plua_slice(data: bytes.baseAddress?.assumingMemoryBound(to: CChar.self), length: bytes.count))
        }
        requestReply.removeAll()
        requestArguments.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            execute(Arguments(start, count: buffer.count)).encode(into: &requestReply)
        }
        reply(requestReply.bytes)
    }
}
