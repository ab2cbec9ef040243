/// An identifier where it stands.
package struct LuaName: Sendable, Hashable {
    /// Its spelling.
    package let text: String
    /// Where it stands.
    package let range: SourceRange
}

/// What an identifier refers to, by the scoping rules of Lua.
package enum LuaBinding: Sendable, Hashable {
    /// A field of the globals.
    case global
    /// A local of the same function: index into ``LuaChunk/locals``.
    case local(Int)
    /// A local of an enclosing function: index into ``LuaChunk/locals``.
    case upvalue(Int)

    /// Index into ``LuaChunk/locals``, or nil for a global.
    package var localIndex: Int? {
        switch self {
        case .global: nil
        case .local(let index), .upvalue(let index): index
        }
    }
}

/// An expression with its place.
///
/// Chains are flat: `a.b.c(d)` is one ``Kind/path(base:suffixes:)`` and `a + b - c` one
/// ``Kind/operation(first:rest:)``. So the depth of a tree is bounded by the syntax levels Lua allows (200), however
/// long a script is, and walking it recursively is safe.
package struct LuaExpression: Sendable {
    /// The forms of an expression.
    package indirect enum Kind: Sendable {
        case `nil`
        case `true`
        case `false`
        /// `...`
        case varargs
        case number(Double)
        /// A string by value: escapes are resolved.
        case string([UInt8])
        case function(LuaFunction)
        case name(LuaName, LuaBinding)
        /// `(x)`, which also cuts several results down to one.
        case parenthesized(LuaExpression)
        /// A base and what follows it: fields, indices, calls.
        case path(base: LuaExpression, suffixes: [LuaSuffix])
        case unary(LuaUnaryOperator, SourceRange, LuaExpression)
        /// A left fold: `((first op rest[0]) op rest[1]) …`. Precedence is already resolved, so a tighter chain on
        /// the right is an operation of its own: `a + b * c` has one step, whose operand is `b * c`.
        case operation(first: LuaExpression, rest: [LuaOperation])
        case table(LuaTable)
    }

    /// What it is.
    package let kind: Kind
    /// Where it stands.
    package let range: SourceRange
}

extension LuaExpression {
    /// Whether it may give any number of values: a call or `...`.
    package var isMultiValued: Bool {
        switch kind {
        case .varargs: true
        case .path: isCall
        default: false
        }
    }

    /// Whether it is a path whose last suffix is a call.
    package var isCall: Bool {
        guard case .path(_, let suffixes) = kind else { return false }
        switch suffixes.last?.kind {
        case .call, .method: return true
        default: return false
        }
    }

    /// The expression inside any parentheses around it.
    package var unparenthesized: LuaExpression {
        var inner = self
        while case .parenthesized(let next) = inner.kind { inner = next }
        return inner
    }
}

/// A prefix operator.
package enum LuaUnaryOperator: Sendable, Hashable {
    case negate, not, length
}

/// An infix operator.
package enum LuaBinaryOperator: Sendable, Hashable {
    case add, subtract, multiply, divide, modulo, power, concat
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    case and, or
}

/// One step of a fold: an operator and its right operand.
package struct LuaOperation: Sendable {
    package let `operator`: LuaBinaryOperator
    package let operatorRange: SourceRange
    package let operand: LuaExpression
}

/// What follows the base of a path.
package struct LuaSuffix: Sendable {
    /// The forms of a suffix.
    package enum Kind: Sendable {
        /// `.name`
        case field(LuaName)
        /// `[key]`
        case index(LuaExpression)
        /// `(…)`, `"…"` or `{…}`
        case call(LuaArguments)
        /// `:name(…)`
        case method(LuaName, LuaArguments)
    }

    package let kind: Kind
    /// From `.`, `[`, `:` or the start of the arguments to the end of the suffix.
    package let range: SourceRange
}

/// The arguments of a call.
package struct LuaArguments: Sendable {
    package let expressions: [LuaExpression]
    /// False for the forms `f"…"` and `f{…}`.
    package let isParenthesized: Bool
    /// Including the parentheses.
    package let range: SourceRange
}

/// A table constructor.
package struct LuaTable: Sendable {
    /// One entry of a constructor.
    package enum Entry: Sendable {
        /// `value`
        case positional(LuaExpression)
        /// `name = value`
        case named(LuaName, LuaExpression)
        /// `[key] = value`
        case keyed(LuaExpression, LuaExpression)
    }

    package let entries: [Entry]
}

/// A function: parameters and body.
package struct LuaFunction: Sendable {
    /// What the implicit `arg` of Lua 5.0 is in a function.
    package enum ImplicitArgument: Sendable, Hashable {
        /// Not mentioned, or not a vararg function.
        case unused
        /// Mentioned in a function that uses `...` as well: nil.
        case empty
        /// Mentioned: the table of the extra arguments and their count `n`.
        case table
    }

    /// Number of the function in its chunk; the main chunk is 0.
    package let id: Int
    /// The declared parameters, without `self` and `...`: indices into ``LuaChunk/locals``.
    package let parameters: [Int]
    /// The hidden parameter of `function a:b()`.
    package let selfParameter: Int?
    /// Whether the parameter list ends in `...`.
    package let isVararg: Bool
    /// Whether the body mentions `...`.
    package let usesVarargs: Bool
    package let implicitArgument: ImplicitArgument
    /// The locals of enclosing functions it uses: indices into ``LuaChunk/locals``.
    package let upvalues: [Int]
    /// From `(` to `)`.
    package let parametersRange: SourceRange
    package let body: LuaBlock
    /// From the `(` to `end`.
    package let range: SourceRange
}
