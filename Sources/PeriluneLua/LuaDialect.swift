/// Lua 5.1, the dialect of Redis, told in Lua 5.4.
///
/// The rewriting keeps every token on its line, so that errors and coverage speak of the script the user wrote. It
/// relies on these 5.4 facts: float arithmetic is the arithmetic of 5.1, `t[1.0]` is `t[1]`, and a `for` whose start
/// is a float counts in floats.
///
/// Known differences that remain:
/// - An error in an expression that spans lines is reported on another of its lines: a concatenation or a modulo on
///   its first, where 5.1 names its last.
/// - The variable at fault is not named where a line has several operations of a kind that it could be in.
/// - A `for` with step 0 runs as in 5.1 (never, or for ever) unless it starts at exactly 0 and its limit is 0.
/// - In 5.1, `0` and `-0` share one constant of a function, and the first to appear decides the sign of both; here
///   each keeps its own.
/// - A method called `goto` is called through a helper, so a missing one is reported without its name.
/// - `#` honours `__len` of tables, and `==` an `__eq` that only one operand has, where the name of the metamethod is
///   put together at run time.
/// - A chain of about 190 or more `%` of one precedence does not compile: each is a call within the next.
/// - 5.4 counts syntax levels differently: nesting within about 10 of the limit of 200 may fail to compile there.
/// - A literal integer that is alone in an index, as in `KEYS[1]`, stays an integer, which only an `__index` function
///   or a handler that divides it by zero could tell.
package enum LuaDialect {
    /// A function that rewritten text calls, and that the engine supplies.
    package enum Helper: String, Sendable, Hashable, CaseIterable {
        /// `cat(a, b, …)`: `a .. (b .. …)` by the rules of 5.1, numbers as `%.14g`. At least two arguments.
        case concat = "cat"
        /// `mod(a, b)`: `a - floor(a / b) * b`, which 5.1 computes and 5.4's `%` does not.
        case modulo = "mod"
        /// `tick()`: called at the start of each loop body and of each inner function; may raise.
        case tick = "tick"
        /// `step(x)`: `x`, but the negative number next to 0 (`-4.9406564584124654e-324`) for 0 or `"0"`: 5.4 refuses
        /// a `for` step of 0, and with this one it loops as 5.1 does.
        case step = "step"
        /// `iter(f, s, c, …)`: the first three; 5.4 would close a fourth value of a generic `for`.
        case iterate = "iter"
        /// `arg(...)`: a table of the arguments, with their count as a float in field `n`.
        case arguments = "arg"
        /// `call(object, name, …)`: `object[name](object, …)`, for the method name that 5.4 reserves.
        case method = "call"
        /// `len(x)`: `#x` without a look at a table's `__len`, as a float. Only in scripts that mention `__len`.
        case length = "len"
        /// `eq(a, b)`: `a == b` with `__eq` as in 5.1, which wants both operands to have the same. Only in scripts
        /// that mention `__eq`.
        case equal = "eq"
        /// `ne(a, b)`: not `eq(a, b)`.
        case unequal = "ne"
    }

    /// What to rewrite beyond the plain necessities.
    package struct Options: Sendable, Hashable {
        /// `#x` becomes `(#x+0.0)`, since an integer would meet `/ 0`, `% 0` and `tostring` differently.
        package var floatsLengths = true
        /// `a % b` goes through ``Helper/modulo``: 5.4 computes another remainder for fractions (`1 % 0.1`) and
        /// infinities.
        package var rewritesModulo = true
        /// Loops and inner functions call ``Helper/tick``.
        package var ticks = true
        /// The chunk itself calls ``Helper/tick``, for one that a script loads and can call over and over.
        package var ticksChunk = false

        /// The options the embedded engine runs with.
        package init() {}
    }

    /// Rewrites a script of Lua 5.1 as a chunk of Lua 5.4.
    ///
    /// - Parameter source: The script, without a shebang line but with its line break.
    /// - Throws: ``LuaSyntaxError`` when it is not Lua 5.1.
    /// - Complexity: O(n).
    package static func rewrite(
        _ source: [UInt8], options: Options = Options()
    ) throws(LuaSyntaxError) -> RewrittenSource {
        rewrite(try LuaParser.parse(source), options: options)
    }

    /// Rewrites a script that is already parsed. O(n).
    package static func rewrite(_ chunk: LuaChunk, options: Options = Options()) -> RewrittenSource {
        var rewriter = DialectRewriter(chunk, options: options)
        return rewriter.run()
    }
}

/// A script in Lua 5.4, wrapped so that it is compiled once and run often.
///
/// The text has one shape, whatever it uses:
///
///     local __cat,__tick=...;return function(...) SCRIPT
///     end
///
/// (without helpers it starts at `return`). Load it, call it once with the functions for ``helpers`` in their order,
/// keep the function that comes back, and call that without arguments for each run.
package struct RewrittenSource: Sendable, Hashable {
    /// The chunk, for a loader in text mode.
    package let text: [UInt8]
    /// The helpers it uses, in the order in which it takes them as arguments.
    package let helpers: [LuaDialect.Helper]
    /// The names it gave them, in the same order: messages that name an upvalue must not show these.
    package let helperNames: [String]
    /// What the operands of arithmetic and concatenation are called; see ``LuaOperandNames``.
    package let operandNames: [UInt8]
}
