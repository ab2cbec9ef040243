/// A statement with its place.
package struct LuaStatement: Sendable {
    /// The forms of a statement.
    package indirect enum Kind: Sendable {
        /// `local a, b = …`: indices into ``LuaChunk/locals``.
        case local([Int], values: [LuaExpression])
        case assignment(targets: [LuaExpression], values: [LuaExpression])
        /// A call as a statement; the expression is a path that ends in a call.
        case call(LuaExpression)
        case `do`(LuaBlock)
        case `while`(LuaExpression, LuaBlock)
        /// The condition sees the locals of the block.
        case `repeat`(LuaBlock, until: LuaExpression)
        case `if`([LuaBranch], else: LuaBlock?)
        case numericFor(LuaNumericFor)
        case genericFor(LuaGenericFor)
        case function(LuaFunctionName, LuaFunction)
        case localFunction(Int, LuaFunction)
        case `return`([LuaExpression])
        case `break`
    }

    package let kind: Kind
    package let range: SourceRange
}

/// Statements that share a scope.
package struct LuaBlock: Sendable {
    package let statements: [LuaStatement]
    /// From the end of the token that opens the block to the start of the one that closes it.
    package let range: SourceRange
}

/// `if` or `elseif` with its block.
package struct LuaBranch: Sendable {
    package let condition: LuaExpression
    package let block: LuaBlock
}

/// `for i = start, limit, step do … end`
package struct LuaNumericFor: Sendable {
    /// The loop variable: index into ``LuaChunk/locals``.
    package let variable: Int
    package let start: LuaExpression
    package let limit: LuaExpression
    package let step: LuaExpression?
    package let block: LuaBlock
}

/// `for a, b in … do … end`
package struct LuaGenericFor: Sendable {
    /// The loop variables: indices into ``LuaChunk/locals``.
    package let variables: [Int]
    package let values: [LuaExpression]
    package let block: LuaBlock
}

/// The name in `function a.b:c()`.
package struct LuaFunctionName: Sendable {
    package let base: LuaName
    package let binding: LuaBinding
    /// The fields after the base, the method last.
    package let fields: [LuaName]
    /// Whether the last field stands after `:`.
    package let isMethod: Bool
    /// The keyword `function` before it.
    package let keywordRange: SourceRange
    /// The name as a whole.
    package let range: SourceRange
}

/// A local variable, parameter or loop variable of a chunk.
package struct LuaLocal: Sendable {
    /// How a local comes to be.
    package enum Origin: Sendable, Hashable {
        case local, localFunction, parameter, loop
        /// The `self` of a method.
        case implicitSelf
        /// The `arg` of a vararg function.
        case implicitArgument
        /// One of the three slots that a `for` keeps for itself.
        case hidden
    }

    package let name: LuaName
    package let origin: Origin
    /// ``LuaFunction/id`` of the function it belongs to.
    package let functionID: Int
    /// How often it is read or assigned after its declaration.
    package internal(set) var mentionCount = 0
    /// Whether an inner function uses it.
    package internal(set) var isCaptured = false
}

/// A parsed script.
package struct LuaChunk: Sendable {
    package let block: LuaBlock
    /// Every local, in the order of declaration; bindings are indices into it.
    package let locals: [LuaLocal]
    /// How many functions there are, the main chunk included.
    package let functionCount: Int
    /// Tokens, comments and source.
    package let tokens: LuaTokenList
}
