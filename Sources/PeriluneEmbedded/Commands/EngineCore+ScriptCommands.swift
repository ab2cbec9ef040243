import PeriluneCore

/// `EVAL`, `SCRIPT` and their kin: commands that need the interpreter, and that scripts themselves may not call.
extension EngineCore {
    private enum ScriptCommand {
        case eval, evalSHA, evalReadOnly, evalSHAReadOnly, script

        init?(_ name: ByteSlice) {
            if name.isWord("eval") {
                self = .eval
            } else if name.isWord("evalsha") {
                self = .evalSHA
            } else if name.isWord("eval_ro") {
                self = .evalReadOnly
            } else if name.isWord("evalsha_ro") {
                self = .evalSHAReadOnly
            } else if name.isWord("script") {
                self = .script
            } else {
                return nil
            }
        }
    }

    static func isScriptCommand(_ name: ByteSlice) -> Bool {
        ScriptCommand(name) != nil
    }

    /// The reply of a command of this family; `nil` for any other command.
    func executeScriptCommand(_ arguments: Arguments, resp: Int) -> CommandReply? {
        guard let command = ScriptCommand(arguments[0]) else { return nil }
        switch command {
        case .eval: return evaluate(arguments, byDigest: false, readOnly: false, resp: resp)
        case .evalSHA: return evaluate(arguments, byDigest: true, readOnly: false, resp: resp)
        case .evalReadOnly: return evaluate(arguments, byDigest: false, readOnly: true, resp: resp)
        case .evalSHAReadOnly: return evaluate(arguments, byDigest: true, readOnly: true, resp: resp)
        case .script: return script(arguments)
        }
    }

    private func evaluate(
        _ arguments: Arguments, byDigest: Bool, readOnly: Bool, resp: Int
    ) -> CommandReply {
        guard arguments.count >= 3 else {
            return .error("ERR wrong number of arguments for '\(arguments[0].text.lowercased())' command")
        }
        guard let keyCount = arguments[2].integer else { return .notAnInteger }
        guard keyCount <= arguments.count - 3 else {
            return .error("ERR Number of keys can't be greater than number of args")
        }
        guard keyCount >= 0 else { return .error("ERR Number of keys can't be negative") }
        let compiled: CompiledScript
        if byDigest {
            guard let known = script(arguments[1].text.lowercased()) else {
                return .error("NOSCRIPT No matching script. Please use EVAL.")
            }
            compiled = known
        } else {
            do {
                compiled = try load(arguments[1].array, sha: LuaScript.sha(of: arguments[1].buffer))
            } catch {
                return .error(error.line)
            }
        }
        return run(compiled, arguments.dropFirst(3), keyCount: keyCount, readOnlyCommand: readOnly, resp: resp)
    }

    private func script(_ arguments: Arguments) -> CommandReply {
        let subcommand = arguments[1]
        if subcommand.isWord("load"), arguments.count == 3 {
            let sha = LuaScript.sha(of: arguments[2].buffer)
            do {
                _ = try load(arguments[2].array, sha: sha)
            } catch {
                return .error(error.line)
            }
            return .value(.bytes(Array(sha.utf8)))
        }
        if subcommand.isWord("exists"), arguments.count >= 3 {
            return .array(
                (2..<arguments.count).map { .integer(knowsScript(arguments[$0].text.lowercased()) ? 1 : 0) })
        }
        if subcommand.isWord("flush") {
            guard
                arguments.count == 2
                    || arguments.count == 3 && (arguments[2].isWord("sync") || arguments[2].isWord("async"))
            else { return .error("ERR SCRIPT FLUSH only support SYNC|ASYNC option") }
            flushScripts()
            return .ok
        }
        if subcommand.isWord("kill"), arguments.count == 2 {
            return .error("NOTBUSY No scripts in execution right now.")
        }
        if arguments.count < 2 { return .error("ERR wrong number of arguments for 'script' command") }
        return .error("ERR unknown subcommand '\(subcommand.text.prefix(128))'. Try SCRIPT HELP.")
    }
}
