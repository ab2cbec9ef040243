import ArgumentParser
import Dispatch
import PeriluneCore
import PeriluneServer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// `perilune repl`: Lua line by line on the embedded engine.
struct ReplCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repl",
        abstract: "Type Lua, see what Redis would reply.",
        discussion: """
            Each input runs as a Redis script on an embedded engine of its own, whose data ends with the program. Its \
            clock begins at the present second and stands still until :clock moves it. :help tells the rest. Scripts may \
            take what the engine allows by default: 10 million steps, 5 s of CPU, 64 MiB.

            Without a terminal there are no prompts: every line of standard input is taken, what fails does not stop what \
            follows, and replies and errors go to standard output in their order.

            Exit status: 0; without a terminal 1 if any input failed; 1 if the input cannot be read; 2 for wrong use.
            """)

    /// The longest line in bytes.
    private static let longestLine = 1 << 20

    func run() throws {
        let isInteractive = isatty(STDIN_FILENO) == 1 && Output.isTerminal
        let interrupts = isInteractive ? Interrupts() : nil
        let listening = interrupts?.listen()
        defer { listening?.cancel() }
        var repl = Repl(
            observer: interrupts, present: { SystemClock().microseconds },
            readFile: { path throws(CommandFailure) in try Self.script(at: path) })
        func prompt() {
            if isInteractive { Output.text(repl.isUnfinished ? "...> " : "lua> ") }
        }
        var hasFailed = false
        func show(_ answer: Repl.Answer) {
            if !answer.text.isEmpty { Output.line(answer.text) }
            hasFailed = hasFailed || answer.hasFailed
        }
        do {
            let input = InterruptibleInput(try InputFile(path: "-"), interrupts) {
                repl.cancel()
                Output.line("")
                prompt()
            }
            var lines = LineReader(input, longestLine: Self.longestLine)
            if isInteractive {
                Output.line("Perilune \(periluneVersion). The clock stands still until :clock moves it; :help, :quit")
            }
            prompt()
            while !repl.isEnded, try lines.advance() {
                if lines.isTooLong {
                    repl.cancel()
                    show(.failure("a line of more than \(Self.longestLine) bytes is not taken"))
                } else {
                    show(repl.read(lines.withLine { line in line.withUnsafeBufferPointer { Array($0) } }))
                }
                if !repl.isEnded { prompt() }
            }
        } catch {
            Output.error("repl: \(error)")
            throw ExitCode(1)
        }
        if isInteractive, !repl.isEnded { Output.line("") }
        show(repl.end())
        if hasFailed, !isInteractive { throw ExitCode(1) }
    }

    private static func script(at path: String) throws(CommandFailure) -> [UInt8] {
        // A pipe would be waited for, with nobody to hear Ctrl-C.
        guard !ScriptFiles.isSpecial(path) else { throw CommandFailure("\(path): not a file") }
        return try ScriptFiles.content(of: path)
    }
}
