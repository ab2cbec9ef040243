import PeriluneCore

extension Command {
    /// The commands that run scripts and keep them.
    static let scripts: [Command] = [
        Command(engine: "eval", -3, .noScript) { engine, arguments in
            try evaluate(arguments, byDigest: false, readOnly: false, engine)
        },
        Command(engine: "eval_ro", -3, .noScript) { engine, arguments in
            try evaluate(arguments, byDigest: false, readOnly: true, engine)
        },
        Command(engine: "evalsha", -3, .noScript) { engine, arguments in
            try evaluate(arguments, byDigest: true, readOnly: false, engine)
        },
        Command(engine: "evalsha_ro", -3, .noScript) { engine, arguments in
            try evaluate(arguments, byDigest: true, readOnly: true, engine)
        },
        Command(engine: "script", -2, [.noScript, .hasSubcommands], script),
    ]

    private static func evaluate(
        _ arguments: Arguments, byDigest: Bool, readOnly: Bool, _ engine: EngineCore
    ) throws(CommandError) -> CommandReply {
        let keyCount = try arguments.integer(2)
        guard keyCount <= arguments.count - 3 else {
            throw CommandError("ERR Number of keys can't be greater than number of args")
        }
        guard keyCount >= 0 else { throw CommandError("ERR Number of keys can't be negative") }
        let compiled: CompiledScript
        if byDigest {
            guard let known = engine.script(arguments[1].text.lowercased()) else {
                throw CommandError("NOSCRIPT No matching script. Please use EVAL.")
            }
            compiled = known
        } else {
            compiled = try load(arguments[1], sha: LuaScript.sha(of: arguments[1].buffer), engine)
        }
        return engine.run(compiled, arguments.dropFirst(3), keyCount: keyCount, readOnlyCommand: readOnly)
    }

    private static func load(
        _ source: ByteSlice, sha: String, _ engine: EngineCore
    ) throws(CommandError) -> CompiledScript {
        do {
            return try engine.load(source.array, sha: sha)
        } catch {
            throw CommandError(error.line)
        }
    }

    /// `SCRIPT LOAD|EXISTS|FLUSH|KILL`
    private static func script(_ engine: EngineCore, _ arguments: Arguments) throws(CommandError) -> CommandReply {
        let subcommand = arguments[1]
        if subcommand.isWord("load") {
            guard arguments.count == 3 else { throw .argumentCount(of: "script|load") }
            let sha = LuaScript.sha(of: arguments[2].buffer)
            _ = try load(arguments[2], sha: sha, engine)
            return .bulk(Array(sha.utf8))
        }
        if subcommand.isWord("exists") {
            guard arguments.count >= 3 else { throw .argumentCount(of: "script|exists") }
            return .array(
                (2..<arguments.count).map {
                    .integer(engine.knowsScript(arguments[$0].text.lowercased()) ? 1 : 0)
                })
        }
        if subcommand.isWord("flush") {
            guard
                arguments.count == 2
                    || arguments.count == 3 && (arguments[2].isWord("sync") || arguments[2].isWord("async"))
            else { throw CommandError("ERR SCRIPT FLUSH only support SYNC|ASYNC option") }
            engine.flushScripts()
            return .ok
        }
        if subcommand.isWord("kill") {
            guard arguments.count == 2 else { throw .argumentCount(of: "script|kill") }
            throw CommandError("NOTBUSY No scripts in execution right now.")
        }
        throw CommandError("ERR unknown subcommand '\(subcommand.text.prefix(128))'. Try SCRIPT HELP.")
    }
}
