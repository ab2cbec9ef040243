import PeriluneCore
import PeriluneEmbedded
import PeriluneIO

/// A conversation with the embedded engine: lines come in, text goes out. It knows no terminal.
///
/// Each input runs as a script of its own, by `EVAL` with the keys and arguments that `:args` has set. An expression
/// answers its value; statements go on over lines until they are whole. The clock stands still until it is moved, so
/// that nothing expires while somebody thinks.
struct Repl {
    /// What came of a line.
    struct Answer: Equatable {
        /// What is shown, without a line feed at the end; empty when there is nothing to say.
        var text = ""
        /// Whether an input failed.
        var hasFailed = false

        static func failure(_ text: String) -> Answer { Answer(text: text, hasFailed: true) }
    }

    /// KEYS and ARGV.
    struct ScriptArguments: Equatable {
        var keys: [[UInt8]] = []
        var arguments: [[UInt8]] = []
    }

    /// What stops a script early.
    private let observer: (any ScriptObserver)?
    /// The time, in microseconds since 1970.
    let present: () -> Int64
    let readFile: (String) throws(CommandFailure) -> [UInt8]

    private(set) var clock: ManualClock
    private var engine: EmbeddedEngine
    private var session = EngineSession()
    /// What the scripts that follow get.
    var scriptArguments = ScriptArguments()
    /// The lines of an input that is not whole yet, each with its line feed.
    private var pending: [UInt8] = []
    private var open = OpenBlocks()
    /// Whether `:quit` has come.
    var isEnded = false

    /// The longest input in bytes: what the engine takes as a script.
    static let longestInput = EmbeddedLimits.standard.scriptLength

    /// Begins with no data, at the present second.
    ///
    /// - Parameters:
    ///   - observer: Who can stop a script before the engine's limits do.
    ///   - present: The time, in microseconds since 1970.
    ///   - readFile: The bytes of a file.
    init(
        observer: (any ScriptObserver)? = nil, present: @escaping () -> Int64,
        readFile: @escaping (String) throws(CommandFailure) -> [UInt8]
    ) {
        self.observer = observer
        self.present = present
        self.readFile = readFile
        clock = ManualClock(microseconds: Self.wholeSecond(present()))
        engine = EmbeddedEngine(clock: clock)
    }

    /// Whether the next line goes on with an input.
    var isUnfinished: Bool { !pending.isEmpty }

    /// Takes a line, without its line feed.
    ///
    /// - Complexity: O(length of the input so far), or of the line within what more than 32 lines have left open; and what
    ///   it costs to run it.
    mutating func read(_ line: [UInt8]) -> Answer {
        let trimmed = line.trimmed
        if isUnfinished {
            if trimmed.elementsEqual(":cancel".utf8) {
                cancel()
                return Answer()
            }
        } else if trimmed.first == UInt8(ascii: ":") {
            return perform(trimmed)
        } else if trimmed.first == UInt8(ascii: "!") {
            return runCommand(trimmed.dropFirst())
        }
        pending += line + [UInt8(ascii: "\n")]
        guard pending.count <= Self.longestInput else {
            cancel()
            return .failure("an input of more than \(Self.longestInput) bytes is not taken")
        }
        open.add(line)
        guard open.mayBeWhole else { return Answer() }
        switch LuaInput(pending) {
        case .unfinished: return Answer()
        case .nothing:
            cancel()
            return Answer()
        case .script(let script):
            let shown = pending
            cancel()
            return run(script, shown: shown, scriptArguments) { "line \($0)" }
        }
    }

    /// Drops an input that is not whole yet.
    mutating func cancel() {
        pending = []
        open = OpenBlocks()
    }

    /// Takes the end of all lines: an input that is not whole by now is a script that does not compile.
    mutating func end() -> Answer {
        guard isUnfinished else { return Answer() }
        let script = pending
        cancel()
        return run(script, shown: script, scriptArguments) { "line \($0)" }
    }

    /// Begins anew: no data, the present second, database 0.
    mutating func reset() {
        clock = ManualClock(microseconds: Self.wholeSecond(present()))
        engine = EmbeddedEngine(clock: clock)
        session = EngineSession()
        scriptArguments = ScriptArguments()
    }

    static func wholeSecond(_ microseconds: Int64) -> Int64 {
        microseconds - microseconds % 1_000_000
    }
}

// MARK: - The engine

extension Repl {
    /// Runs a script.
    ///
    /// - Parameters:
    ///   - shown: Its text as it was written, whose line is shown when it fails.
    ///   - place: What a line is called by its number.
    mutating func run(
        _ script: [UInt8], shown: [UInt8], _ arguments: ScriptArguments, place: (Int) -> String
    ) -> Answer {
        let count = Array(String(arguments.keys.count).utf8)
        let reply = reply(to: [Array("EVAL".utf8), script, count] + arguments.keys + arguments.arguments)
        guard case .error(let error) = reply else { return Answer(text: ReplyText.text(of: reply)) }
        let failure = ScriptFailure(error.line, sha: LuaScript.sha(of: script))
        var text = "(error) " + printable(failure.message, atMost: 1_000)
        if let number = failure.line {
            let lines = shown.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let line = lines.indices.contains(number - 1) ? lines[number - 1] : []
            let source = String(decoding: Array(line).trimmed, as: UTF8.self)
            text += "\n  \(printable(place(number), atMost: 200))"
            if !source.isEmpty { text += ": " + printable(source, atMost: 100) }
        }
        return .failure(text)
    }

    /// Runs a command that stands on a line.
    private mutating func runCommand(_ line: ArraySlice<UInt8>) -> Answer {
        guard let words = Self.words(of: line) else { return .failure("a quotation mark is not closed") }
        guard !words.isEmpty else { return .failure("after ! stands a command: !SET greeting hello PX 1000") }
        let reply = reply(to: words)
        if case .error = reply { return .failure(ReplyText.text(of: reply)) }
        return Answer(text: ReplyText.text(of: reply))
    }

    /// The reply of the engine, be it an error.
    mutating func reply(to words: [[UInt8]]) -> RedisReply {
        engine.reply(to: words, session: &session, observer: observer)
    }

    /// The words of a line, by the rules of redis-cli; `nil` when a quotation mark is not closed.
    static func words(of line: ArraySlice<UInt8>) -> [[UInt8]]? {
        line.withUnsafeBytes { InlineWords($0[...])?.words }
    }
}

extension [UInt8] {
    /// The bytes without blanks at both ends.
    fileprivate var trimmed: ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }
        let front = self[...].drop(while: isBlank)
        return front[..<(front.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? front.startIndex)]
    }
}
