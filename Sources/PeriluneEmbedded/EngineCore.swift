import CLuaHost
import PeriluneCore
import PeriluneLua

/// The engine without its lock: data, commands and scripts. Used by one thread at a time.
final class EngineCore {
    private var keyspace: Keyspace
    private let commands = CommandTable()
    private let limits: EmbeddedLimits
    private var scripts = ScriptCache()
    private var host: LuaHost?
    /// How many times a script was run.
    private var runs: UInt64 = 0

    /// The arguments of the call under way.
    private var arguments = CallArguments()
    /// The reply to a script's command.
    private var answer = ByteArena()
    /// The arguments and the reply of a request that came over a port.
    var requestArguments: [plua_slice] = []
    var requestReply = ByteArena()
    /// What the clients of a port watch.
    var watches = KeyWatches()
    /// Whether the running script has promised not to write.
    private var isReadOnly = false

    init(clock: any RedisClock, limits: EmbeddedLimits) {
        self.keyspace = Keyspace(clock: clock)
        self.limits = limits
    }

    /// The interpreter, opened when the first script needs it.
    private func openHost() throws(ScriptTextError) -> LuaHost {
        if let host { return host }
        let services = plua_services(
            command: { context, arguments, count, reply in
                guard let context, let arguments, let reply else { return }
                Unmanaged<EngineCore>.fromOpaque(context).takeUnretainedValue()
                    .runFromScript(Arguments(arguments, count: count, isFromScript: true), into: reply)
            },
            knows: { context, name in
                guard let context, let name = ByteSlice(name) else { return 0 }
                return Unmanaged<EngineCore>.fromOpaque(context).takeUnretainedValue().commands.command(named: name)
                    == nil ? 0 : 1
            },
            sha1hex: { _, bytes, digits in
                guard let digits else { return }
                let sha = LuaScript.sha(of: UnsafeRawBufferPointer(start: bytes.data, count: bytes.length))
                for (index, digit) in sha.utf8.prefix(40).enumerated() { digits[index] = CChar(bitPattern: digit) }
            },
            translate: { context, source, chunk, reply in
                guard let context, let chunk, let reply else { return }
                Unmanaged<EngineCore>.fromOpaque(context).takeUnretainedValue()
                    .translate(source, chunk: String(cString: chunk), into: reply)
            })
        // The host lives no longer than this object, which owns it.
        let context = Unmanaged.passUnretained(self).toOpaque()
        guard let host = LuaHost(services: services, context: context, memoryLimit: limits.scriptMemory) else {
            throw ScriptTextError(line: "ERR not enough memory for a script interpreter")
        }
        self.host = host
        return host
    }
}

// MARK: - Calls from outside

extension EngineCore {
    /// Runs a script for a caller of the engine.
    func call(_ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]) -> RedisReply {
        beginCall()
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
        self.arguments.load(first: keys, then: arguments)
        return self.arguments.withArguments { run(compiled, $0, keyCount: keys.count, readOnlyCommand: false) }
    }

    /// Runs a command for a caller of the engine.
    func send(_ command: RedisCommand) -> RedisReply {
        beginCall()
        arguments.load(first: [RedisKey(command.name)], then: command.arguments)
        return arguments.withArguments { execute($0).redisReply }
    }

    func beginCall() {
        keyspace.readClock()
        keyspace.removeExpired(atMost: 16)
    }

    func execute(_ arguments: Arguments) -> CommandReply {
        let name = arguments[0]
        if let reply = executeScriptCommand(arguments) { return reply }
        guard let command = commands.command(named: name) else { return Self.unknown(arguments) }
        guard command.accepts(argumentCount: arguments.count) else {
            return .error("ERR wrong number of arguments for '\(command.name)' command")
        }
        return run(command, arguments)
    }

    /// Why a command will fail whatever the data is; `nil` when it may not.
    func refusal(of arguments: Arguments) -> CommandReply? {
        if Self.isScriptCommand(arguments[0]) {
            return arguments.count > 1
                ? nil : .error("ERR wrong number of arguments for '\(arguments[0].text.lowercased())' command")
        }
        guard let command = commands.command(named: arguments[0]) else { return Self.unknown(arguments) }
        return command.accepts(argumentCount: arguments.count)
            ? nil : .error("ERR wrong number of arguments for '\(command.name)' command")
    }

    func watch(_ key: ByteSlice, _ watch: KeyWatch) {
        watches.add(key, isPresent: keyspace.entry(for: key) != nil, to: watch)
    }

    func isChanged(_ watch: KeyWatch) -> Bool {
        watches.isChanged(watch, in: &keyspace)
    }

    private func run(_ command: Command, _ arguments: Arguments) -> CommandReply {
        let reply = command.run(&keyspace, arguments)
        if !watches.isEmpty, command.flags.contains(.write) { watches.noteChange(by: command, arguments) }
        return reply
    }

    private static func unknown(_ arguments: Arguments) -> CommandReply {
        // As many arguments as begin within 128 bytes, and of the last only what fits.
        var beginning: [UInt8] = []
        for index in 1..<max(arguments.count, 1) where beginning.count < 128 {
            beginning.append(UInt8(ascii: "'"))
            beginning += arguments[index].buffer.prefix(129 - beginning.count)
            beginning += "' ".utf8
        }
        let name = arguments[0].text.prefix(128)
        return .error(
            "ERR unknown command '\(name)', with args beginning with: \(String(decoding: beginning, as: UTF8.self))")
    }
}

// MARK: - Scripts

extension EngineCore {
    /// Compiles a script and keeps it by its SHA-1.
    func load(_ source: [UInt8], sha: String) throws(ScriptTextError) -> CompiledScript {
        if let known = scripts.compiled(digest: sha) { return known }
        guard source.count <= limits.scriptLength else {
            throw ScriptTextError(line: "ERR script too long: \(source.count) bytes, more than \(limits.scriptLength)")
        }
        let host = try openHost()
        if host.memory > limits.scriptMemory / 2 { makeRoom(in: host) }
        let compiled = try host.compile(source, sha: sha)
        compiled.lastRun = runs
        scripts.insert(compiled)
        return compiled
    }

    /// Frees memory of the interpreter: what no script uses, and if that is not enough, scripts.
    private func makeRoom(in host: LuaHost) {
        host.collect()
        guard host.memory > limits.scriptMemory / 2 else { return }
        for script in scripts.removeLeastRecentlyRun() { host.forget(script) }
        host.collect()
    }

    func knowsScript(_ sha: String) -> Bool {
        scripts.compiled(digest: sha) != nil
    }

    /// The script of a digest.
    func script(_ sha: String) -> CompiledScript? {
        scripts.compiled(digest: sha)
    }

    /// Forgets all scripts, and the interpreter with them, as `SCRIPT FLUSH` does.
    func flushScripts() {
        for script in scripts.removeAll() { host?.forget(script) }
        host = nil
    }

    /// Runs a script on arguments that begin with its keys.
    func run(
        _ script: CompiledScript, _ arguments: Arguments, keyCount: Int, readOnlyCommand: Bool
    ) -> RedisReply {
        guard let host else { return .null }
        runs += 1
        script.lastRun = runs
        if readOnlyCommand, let flags = script.flags, !flags.contains(.noWrites) {
            return .error(RedisError("ERR Can not execute a script with write flag using *_ro command."))
        }
        isReadOnly = readOnlyCommand || script.flags?.contains(.noWrites) == true
        let reply = host.call(
            script, keys: arguments.pointer, keyCount: keyCount, arguments: arguments.pointer + keyCount,
            argumentCount: arguments.count - keyCount, limits: limits)
        return ReplyReader.reply(reply)
    }
}

// MARK: - Calls from scripts

extension EngineCore {
    /// Runs a command for a script. Called from C; must not call the host.
    private func runFromScript(_ arguments: Arguments, into reply: UnsafeMutablePointer<plua_reply>) {
        let result: CommandReply
        if let command = commands.command(named: arguments[0]) {
            if !command.accepts(argumentCount: arguments.count) {
                result = .error("ERR Wrong number of args calling Redis command from script")
            } else if isReadOnly, command.flags.contains(.write) {
                result = .error("ERR Write commands are not allowed from read-only scripts.")
            } else {
                result = run(command, arguments)
            }
        } else if Self.isScriptCommand(arguments[0]) {
            result = .error("ERR This Redis command is not allowed from script")
        } else {
            result = .error("ERR Unknown Redis command called from script")
        }
        fill(reply, with: result)
    }

    /// Puts a reply where C finds it.
    private func fill(_ reply: UnsafeMutablePointer<plua_reply>, with result: CommandReply) {
        answer.removeAll()
        guard result.isSmaller(than: limits.scriptMemory) else {
            reply.pointee.kind = PLUA_ERROR
            answer.append("ERR reply too large for the memory of a script")
            reply.pointee.bytes = answer.slice(from: 0)
            return
        }
        switch result {
        case .integer(let value):
            reply.pointee.kind = PLUA_INTEGER
            reply.pointee.integer = Int64(value)
            return
        case .null, .nullArray, .blocked, .reply:
            reply.pointee.kind = PLUA_NIL
            return
        case .status(let text):
            reply.pointee.kind = PLUA_STATUS
            answer.append(text)
        case .error(let line):
            reply.pointee.kind = PLUA_ERROR
            answer.append(line)
        case .value(.integer(let value)):
            reply.pointee.kind = PLUA_BULK
            answer.append(decimal: value)
        case .value(.bytes(let bytes)):
            reply.pointee.kind = PLUA_BULK
            answer.append(bytes)
        case .array, .double, .typed:
            reply.pointee.kind = PLUA_RESP
            result.encode(into: &answer, typed: true)
        }
        reply.pointee.bytes = answer.slice(from: 0)
    }

    /// Rewrites source text for `load` and `loadstring`.
    private func translate(_ source: plua_slice, chunk: String, into reply: UnsafeMutablePointer<plua_reply>) {
        answer.removeAll()
        guard source.length <= limits.scriptLength else {
            reply.pointee.kind = PLUA_ERROR
            answer.append("chunk too long: \(source.length) bytes, more than \(limits.scriptLength)")
            reply.pointee.bytes = answer.slice(from: 0)
            return
        }
        do {
            var options = LuaDialect.Options()
            options.ticksChunk = true
            let text = try LuaHost.translate(
                Array(UnsafeRawBufferPointer(start: source.data, count: source.length)), options: options)
            reply.pointee.kind = PLUA_BULK
            answer.append(text.helpers.map { UInt8(bitPattern: $0) })
            answer.append(text.text)
        } catch {
            reply.pointee.kind = PLUA_ERROR
            answer.append("\(LuaChunkName.shown(chunk)):\(error)")
        }
        reply.pointee.bytes = answer.slice(from: 0)
    }
}
