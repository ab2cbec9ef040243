import CLuaHost
import PeriluneLua

extension LuaHost {
    /// What was measured while something ran.
    struct Measure {
        /// Instructions of the interpreter.
        var instructions: UInt64 = 0
        /// How often each line was come to, the first line first.
        var lines: [UInt64]
    }

    /// Whether the last script was stopped because it took more steps or more time than it may.
    var ranTooLong: Bool { plua_ran_too_long(host) != 0 }

    /// Does something, and measures what the scripts that run in it take.
    ///
    /// - Parameter lineCount: How many lines to tell apart; what runs on later ones is not counted by line.
    func measuring<Result>(lineCount: Int, _ body: () -> Result) -> (result: Result, measure: Measure) {
        var measure = Measure(lines: Array(repeating: 0, count: lineCount))
        let result = measure.lines.withUnsafeMutableBufferPointer { lines in
            var counts = plua_measure(instructions: 0, lines: lines.baseAddress, line_count: lines.count)
            let result = withUnsafeMutablePointer(to: &counts) { counts in
                plua_set_measure(host, counts)
                defer { plua_set_measure(host, nil) }
                return body()
            }
            return (result, counts.instructions)
        }
        measure.instructions = result.1
        return (result.0, measure)
    }

    /// The lines of a script on which something can run, those of its functions included.
    ///
    /// A line that only closes what was opened before, such as `end`, is not among them: the interpreter has
    /// instructions there that a script with a `return` above never comes to.
    ///
    /// - Throws: ``ScriptTextError`` when the script does not compile.
    /// - Complexity: O(n · d) for functions nested d deep.
    func activeLines(of source: [UInt8]) throws(ScriptTextError) -> Set<Int> {
        let text = try ScriptText(source)
        let chunk: LuaChunk
        do {
            chunk = try LuaParser.parse(text.body)
        } catch {
            throw ScriptTextError(line: "ERR Error compiling script (new function): user_script:\(error)")
        }
        let tokens = chunk.tokens.tokens
        var marks = [UInt8](repeating: 0, count: tokens.last?.line ?? 0)
        try mark(text.body, from: 1, isInner: false, in: &marks)
        // The interpreter tells the lines of a function it has, and has an inner one only when the outer runs. So each is
        // compiled alone; that its upvalues are globals then changes no line.
        for function in chunk.functions {
            let alone = function.alone(in: text.body)
            try mark(alone, from: function.range.start.line, isInner: true, in: &marks)
        }
        let opening = Set(tokens.lazy.filter { !$0.kind.onlyCloses }.map(\.line))
        return opening.filter { $0 <= marks.count && marks[$0 - 1] == 1 }
    }

    /// - Parameter line: Where the source begins, from 1.
    private func mark(
        _ source: [UInt8], from line: Int, isInner: Bool, in marks: inout [UInt8]
    ) throws(ScriptTextError) {
        let translated: TranslatedText
        do {
            translated = try Self.translate(source)
        } catch {
            throw ScriptTextError(line: "ERR Error compiling script (new function): user_script:\(error)")
        }
        var error = plua_reply()
        let succeeded = marks.withUnsafeMutableBufferPointer { all in
            let marks = UnsafeMutableBufferPointer(rebasing: all.dropFirst(line - 1))
            return translated.helpers.withUnsafeBufferPointer { helpers in
                Self.withSlice(translated.text) { text in
                    plua_active_lines(
                        host, text, helpers.baseAddress, isInner ? 1 : 0, marks.baseAddress, marks.count, &error)
                }
            }
        }
        guard succeeded != 0 else {
            throw ScriptTextError(line: "ERR Error compiling script (new function): \(error.bytes.text)")
        }
    }
}

extension LuaFunction {
    /// A script that does nothing but return the function, which begins on the first line.
    fileprivate func alone(in source: [UInt8]) -> [UInt8] {
        var script = Array("return function(".utf8)
        if selfParameter != nil { script += (parameters.isEmpty && !isVararg ? "self" : "self,").utf8 }
        script += source[(range.start.offset + 1)..<range.end.offset]
        return script
    }
}

extension LuaToken.Kind {
    /// Whether it ends something that began before it, or separates, and does nothing itself.
    fileprivate var onlyCloses: Bool {
        switch self {
        case .end, .else, .rightParenthesis, .rightBrace, .rightBracket, .semicolon, .comma, .endOfFile: true
        default: false
        }
    }
}
