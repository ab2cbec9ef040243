import CLuaHost
import PeriluneCore
import PeriluneLua

// MARK: - The interpreter

extension EngineCore {
    /// The interpreter, opened when the first script needs it.
    func openHost() throws(ScriptTextError) -> LuaHost {
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
            look: { context in
                guard let context else { return 0 }
                return Unmanaged<EngineCore>.fromOpaque(context).takeUnretainedValue().mustKillScript() ? 1 : 0
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

    /// Whether a command is refused when the data has reached its limit.
    func needsMemory(_ command: Command, _ arguments: Arguments) -> Bool {
        if command.mayGrow(arguments) { return true }
        let flags: ScriptFlags?
        switch command.name {
        case "eval", "eval_ro":
            let known = script(LuaScript.sha(of: arguments[1].buffer))
            flags = known.map(\.flags) ?? (try? ScriptText(arguments[1].array))?.flags
        case "evalsha", "evalsha_ro": flags = script(arguments[1].text.lowercased())?.flags
        default: return false
        }
        return flags?.needsMemory == true
    }

    /// Runs a script on arguments that begin with its keys.
    func run(
        _ script: CompiledScript, _ arguments: Arguments, keyCount: Int, readOnlyCommand: Bool
    ) -> CommandReply {
        guard let host else { return .null }
        runs += 1
        script.lastRun = runs
        if readOnlyCommand, let flags = script.flags, !flags.contains(.noWrites) {
            return .error("ERR Can not execute a script with write flag using *_ro command.")
        }
        if isOutOfMemory, script.flags?.needsMemory == true {
            return .error(
                "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'")
        }
        let database = databases.selected
        defer { databases.select(database) }
        scriptStart = nil
        hasWritten = false
        ignoresMemoryLimit = script.flags?.contains(.allowOOM) == true
        isReadOnly = readOnlyCommand || script.flags?.contains(.noWrites) == true
        let reply = host.call(
            script, keys: arguments.pointer, keyCount: keyCount, arguments: arguments.pointer + keyCount,
            argumentCount: arguments.count - keyCount, resp: protocolVersion, limits: limits)
        scriptErrorIsCounted = host.errorIsCounted
        return reply
    }
}

// MARK: - Calls from scripts

extension EngineCore {
    /// Runs a command for a script. Called from C; must not call the host.
    private func runFromScript(_ arguments: Arguments, into reply: UnsafeMutablePointer<plua_reply>) {
        guard let command = commands.command(named: arguments[0]) else {
            let refusal = ServerCommands.refusal(of: arguments)
            noteRejection(of: nil, arguments, refusal)
            if refusal != ServerCommands.unknown {
                statistics?.noteRejection(ServerCommands.countedName(of: arguments))
            }
            return fill(reply, with: .error(refusal))
        }
        if let refusal = refusalToScript(of: command, arguments) {
            noteRejection(of: command, arguments, refusal)
            return fill(reply, with: .error(refusal))
        }
        if command.flags.contains(.write) { hasWritten = true }
        fill(reply, with: run(command, arguments))
    }

    /// Why the running script may not call a command, in the order in which a server looks for reasons.
    private func refusalToScript(of command: Command, _ arguments: Arguments) -> String? {
        if !command.accepts(argumentCount: arguments.count) { return ServerCommands.wrongNumber }
        if command.flags.contains(.noScript), !isForScripts(command) {
            return ServerCommands.refusal(of: arguments)
        }
        if isReadOnly, !command.flags.isDisjoint(with: [.write, .mayReplicate]) {
            return "ERR Write commands are not allowed from read-only scripts."
        }
        if isOutOfMemory, !hasWritten, !ignoresMemoryLimit, command.mayGrow(arguments) {
            return CommandError.outOfMemory.line
        }
        return nil
    }

    /// Whether a command that scripts may not call was allowed to them.
    private func isForScripts(_ command: Command) -> Bool {
        command.name == "debug" && debugging?.isForScripts == true
    }

    /// Lets whoever watches over scripts look at the one that runs.
    private func mustKillScript() -> Bool {
        guard let observer else { return false }
        let now = ContinuousClock.now
        guard let scriptStart else {
            scriptStart = now
            return false
        }
        return observer.scriptRuns(ExclusiveEngine(core: self), for: now - scriptStart, hasWritten: hasWritten)
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
        case .null, .nullArray, .blocked, .encoded:
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
        case .value(let string):
            reply.pointee.kind = PLUA_BULK
            string.withSlice { answer.append(UnsafeRawBufferPointer($0.buffer)) }
        case .array, .double, .number, .typed, .special:
            reply.pointee.kind = PLUA_RESP
            result.encode(into: answer, as: .script)
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
