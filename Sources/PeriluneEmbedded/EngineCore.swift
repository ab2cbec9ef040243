import CLuaHost
import PeriluneCore

/// The engine without its lock: data, commands and scripts. Used by one thread at a time.
final class EngineCore {
    let databases: Databases
    let commands = CommandTable()
    var limits: EmbeddedLimits
    /// Whether the data had reached its limit when the call under way began, a transaction being one.
    var isOutOfMemory = false
    /// Whether the running script may write all the same.
    var ignoresMemoryLimit = false

    // What scripts need; see EngineCore+Scripts.swift.
    var scripts = ScriptCache()
    var host: LuaHost?
    /// How many times a script was run.
    var runs: UInt64 = 0
    /// Whether the running script has promised not to write.
    var isReadOnly = false
    /// Whether the running script has called a command that may write.
    var hasWritten = false
    /// When the running script was first looked at, a few thousand steps after it began.
    var scriptStart: ContinuousClock.Instant?
    /// Who watches over the scripts of the caller under way. Set from call to call, and mostly the same.
    var observer: (any ScriptObserver)?
    /// The version of RESP, 2 or 3, in which the caller under way gets replies.
    var protocolVersion = 2

    /// What is counted of commands; `nil` when nobody can ask for it.
    var statistics: CallStatistics?
    /// Whether the error that the last script answered is that of a command it has called, which was counted there.
    var scriptErrorIsCounted = false

    /// What holds for `DEBUG`; `nil` when it may not be called.
    var debugging: DebugSettings?

    /// The arguments of the call under way.
    private var arguments = CallArguments()
    /// The reply to a script's command.
    let answer = ByteArena()
    /// The reply to a request that came over a port.
    let requestReply = ByteArena()

    /// What the clients of a port watch.
    let watches = KeyWatches()
    /// The commands that wait for a key.
    let waiting = WaitingCalls()
    var subscriptions = Subscriptions()

    /// The walk over all keys that is under way, for a snapshot.
    var walk: SnapshotWalk?
    /// How many commands that may write were run.
    var changes: UInt64 = 0

    init(clock: any RedisClock, limits: EmbeddedLimits) {
        databases = Databases(clock: clock)
        self.limits = limits
    }
}

// MARK: - Calls from outside

extension EngineCore {
    /// Runs a script for a caller of the engine.
    func call(_ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]) -> RedisReply {
        observer = nil
        beginCall(EngineSession())
        defer { endCall() }
        let compiled: CompiledScript
        if let known = scripts.compiled(for: script) {
            compiled = known
        } else {
            do {
                compiled = try load(Array(script.source.utf8), sha: script.sha)
                scripts.remember(compiled, for: script)
            } catch {
                return .error(RedisError(error.line))
            }
        }
        if isOutOfMemory, compiled.flags?.needsMemory == true {
            return .error(RedisError(CommandError.outOfMemory.line))
        }
        self.arguments.load(first: keys, then: arguments)
        return self.arguments.withArguments {
            run(compiled, $0, keyCount: keys.count, readOnlyCommand: false).redisReply
        }
    }

    /// Runs a command for a caller of the engine.
    func send(_ command: RedisCommand) -> CommandReply {
        observer = nil
        beginCall(EngineSession())
        defer { endCall() }
        load(command)
        return arguments.withArguments { execute($0) }
    }

    /// Runs a command again that would have waited.
    func tryAgain(_ command: BlockedCommand) -> CommandReply {
        beginCall(EngineSession())
        defer { endCall() }
        return execute(command.retry)
    }

    /// Runs a command given by its words.
    ///
    /// - Parameter readyKey: The key for which a command that waits is tried again.
    func execute(_ words: [[UInt8]], readyKey: ByteSlice? = nil) -> CommandReply {
        arguments.load(words)
        return arguments.withArguments(readyKey: readyKey) { execute($0) }
    }

    /// Runs commands for a caller of the engine as one step, within which no key expires.
    ///
    /// - Returns: Their replies; the error of the first one that would fail whatever the data is, or for which there is no memory, when
    ///   none has run.
    func transaction(_ commands: [RedisCommand]) -> Result<[CommandReply], RedisError> {
        observer = nil
        beginCall(EngineSession())
        defer { endCall() }
        for command in commands {
            load(command)
            if case .error(let line)? = arguments.withArguments({ refusal(of: $0, isKept: false) }) {
                return .failure(RedisError(line))
            }
        }
        return .success(
            commands.map { command in
                load(command)
                return arguments.withArguments { execute($0, isQueued: true) }
            })
    }

    private func load(_ command: RedisCommand) {
        arguments.load(first: [RedisKey(command.name)], then: command.arguments)
    }

    func beginCall(_ session: EngineSession) {
        use(session)
        databases.readClock()
        if debugging?.expiresActively != false { databases.removeExpired(atMost: 16) }
        noteMemory()
    }

    /// Looks whether the data has reached its limit.
    func noteMemory() {
        isOutOfMemory = limits.dataMemory < .max && databases.memorySize > limits.dataMemory
    }

    /// What holds for the next command of a call.
    func use(_ session: EngineSession) {
        protocolVersion = session.protocolVersion
        databases.select(session.database)
    }

    /// What follows from a call, for others.
    func endCall() {
        if !waiting.isEmpty { serveWaiting() }
    }

    /// - Parameter isQueued: Whether the command was admitted before it is run, as part of a transaction.
    func execute(_ arguments: Arguments, isQueued: Bool = false) -> CommandReply {
        guard let command = commands.command(named: arguments[0]) else {
            return reject(nil, arguments, Self.unknown(arguments))
        }
        guard command.accepts(argumentCount: arguments.count) else {
            return reject(command, arguments, "ERR wrong number of arguments for '\(command.name)' command")
        }
        if isOutOfMemory, !isQueued, arguments.readyKey == nil, needsMemory(command, arguments) {
            return reject(command, arguments, CommandError.outOfMemory.line)
        }
        return run(command, arguments)
    }

    private func reject(_ command: Command?, _ arguments: Arguments, _ line: String) -> CommandReply {
        noteRejection(of: command, arguments, line)
        return .error(line)
    }

    /// Why a command of a transaction will fail whatever the data is; `nil` when it may not.
    ///
    /// - Parameter isKept: Whether it is kept until the others have come, which takes memory, too.
    func refusal(of arguments: Arguments, isKept: Bool) -> CommandReply? {
        guard let command = commands.command(named: arguments[0]) else {
            return reject(nil, arguments, Self.unknown(arguments))
        }
        guard command.accepts(argumentCount: arguments.count) else {
            return reject(command, arguments, "ERR wrong number of arguments for '\(command.name)' command")
        }
        guard isOutOfMemory, isKept || needsMemory(command, arguments) else { return nil }
        return reject(command, arguments, CommandError.outOfMemory.line)
    }

    /// Carries a command out.
    @inline(__always)
    func run(_ command: Command, _ arguments: Arguments) -> CommandReply {
        if let statistics { return runCounted(command, arguments, statistics) }
        return carryOut(command, arguments)
    }

    func carryOut(_ command: Command, _ arguments: Arguments) -> CommandReply {
        if walk != nil, command.flags.contains(.write) { saveBeforeWrite(command, arguments) }
        let reply: CommandReply
        do {
            switch command.handler {
            case .keyspace(let handler): reply = try handler(&databases.current, arguments)
            case .engine(let handler): reply = try handler(self, arguments)
            }
        } catch let error as CommandError {
            reply = .error(error.line)
        } catch {
            reply = .error("ERR \(error)")
        }
        // What waits has changed nothing, nor has what waited in vain.
        if case .blocked = reply { return reply }
        if case .error = reply, arguments.readyKey != nil { return reply }
        if command.flags.contains(.write) {
            changes &+= 1
            noteChange(by: command, arguments)
        }
        return reply
    }

    private static func unknown(_ arguments: Arguments) -> String {
        // As many arguments as begin within 128 bytes, and of the last only what fits.
        var beginning: [UInt8] = []
        for index in 1..<max(arguments.count, 1) where beginning.count < 128 {
            beginning.append(UInt8(ascii: "'"))
            beginning += arguments[index].buffer.prefix(129 - beginning.count)
            beginning += "' ".utf8
        }
        let name = arguments[0].text.prefix(128)
        return
            "ERR unknown command '\(name)', with args beginning with: \(String(decoding: beginning, as: UTF8.self))"
    }
}
