package import PeriluneCore

/// What one run of a script answered and took.
package struct MeasuredCall: Sendable {
    /// The reply, be it an error.
    package let reply: RedisReply
    /// Instructions of the interpreter; 0 when lines were not counted.
    ///
    /// Those of Lua 5.4, after the script was rewritten for it: a server's Lua 5.1 runs about as many.
    package let instructions: Int
    /// How many commands the script had carried out.
    package let commands: Int
    /// How many of them may write and answered no error, whether they found something to change or not.
    package let writes: Int
    /// The names of the commands that it had carried out or that were refused, in order.
    package let commandNames: [String]
    /// How often each line of the script was come to, the first line first; empty when lines were not counted.
    package let lines: [Int]
    /// Whether it was stopped because it took more steps or more time than a script may.
    package let ranTooLong: Bool
}

extension EmbeddedEngine {
    /// Runs a script and measures what that takes.
    ///
    /// Takes several times as long as ``call(_:keys:arguments:)``, which pays nothing for it.
    ///
    /// - Parameter lineCount: How many lines the script has; `nil` counts neither lines nor instructions, which is what
    ///   takes long.
    package func measuredCall(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument], lineCount: Int?
    ) -> MeasuredCall {
        core.withLock { $0.measuredCall(script, keys: keys, arguments: arguments, lineCount: lineCount) }
    }

    /// The lines of a script on which something can run.
    ///
    /// - Throws: ``EngineError`` with the server's words when the script does not compile.
    package func activeLines(of script: LuaScript) throws(EngineError) -> Set<Int> {
        let result: Result<Set<Int>, ScriptTextError> = core.withLock { core in
            Result { () throws(ScriptTextError) in try core.activeLines(of: Array(script.source.utf8)) }
        }
        switch result {
        case .success(let lines): return lines
        case .failure(let error): throw EngineError(RedisError(error.line), mayHaveRun: false)
        }
    }
}

extension EngineCore {
    private static let writingNames = CommandTable().writingNames

    fileprivate func measuredCall(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument], lineCount: Int?
    ) -> MeasuredCall {
        let host: LuaHost
        do {
            // Compiled first: loading is no part of a run.
            _ = try load(Array(script.source.utf8), sha: script.sha)
            host = try openHost()
        } catch {
            return MeasuredCall(
                reply: .error(RedisError(error.line)), instructions: 0, commands: 0, writes: 0, commandNames: [],
                lines: [], ranTooLong: false)
        }
        // Of this run alone; a port's own count goes on afterwards.
        let counted = statistics
        let statistics = CallStatistics(names: commands.numbered)
        self.statistics = statistics
        defer { self.statistics = counted }
        let reply: RedisReply
        var measure = LuaHost.Measure(lines: [])
        if let lineCount {
            (reply, measure) = host.measuring(lineCount: lineCount) {
                call(script, keys: keys, arguments: arguments)
            }
        } else {
            reply = call(script, keys: keys, arguments: arguments)
        }
        let called = statistics.commands
        let writes = called.reduce(0) { sum, command in
            // Of a subcommand, `xgroup|create`, the command.
            let name = command.name.prefix { $0 != "|" }
            return Self.writingNames.contains(String(name)) ? sum + command.calls.count - command.calls.failed : sum
        }
        return MeasuredCall(
            reply: reply, instructions: Int(clamping: measure.instructions), commands: statistics.callCount,
            writes: writes, commandNames: called.map(\.name),
            lines: measure.lines.map { Int(clamping: $0) }, ranTooLong: host.ranTooLong)
    }

    fileprivate func activeLines(of source: [UInt8]) throws(ScriptTextError) -> Set<Int> {
        try openHost().activeLines(of: source)
    }
}
