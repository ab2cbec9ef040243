// What a tool needs to walk a tree without knowing every form: the parts of a node, in source order.

extension LuaStatement {
    /// The expressions directly within the statement, in source order; functions that it declares are not expressions
    /// (see ``function``).
    package var expressions: [LuaExpression] {
        switch kind {
        case .local(_, let values): values
        case .assignment(let targets, let values): targets + values
        case .call(let call): [call]
        case .while(let condition, _), .repeat(_, let condition): [condition]
        case .if(let branches, _): branches.map(\.condition)
        case .numericFor(let loop): [loop.start, loop.limit] + (loop.step.map { [$0] } ?? [])
        case .genericFor(let loop): loop.values
        case .return(let values): values
        case .do, .function, .localFunction, .break: []
        }
    }

    /// The blocks directly within the statement, in source order, the body of a declared function included.
    package var blocks: [LuaBlock] {
        switch kind {
        case .do(let block), .while(_, let block), .repeat(let block, _): [block]
        case .if(let branches, let elseBlock): branches.map(\.block) + (elseBlock.map { [$0] } ?? [])
        case .numericFor(let loop): [loop.block]
        case .genericFor(let loop): [loop.block]
        case .function(_, let function), .localFunction(_, let function): [function.body]
        case .local, .assignment, .call, .return, .break: []
        }
    }

    /// The function that a `function` statement declares.
    package var function: LuaFunction? {
        switch kind {
        case .function(_, let function), .localFunction(_, let function): function
        default: nil
        }
    }

    /// Whether its blocks may run more than once.
    package var isLoop: Bool {
        switch kind {
        case .while, .repeat, .numericFor, .genericFor: true
        default: false
        }
    }
}

extension LuaExpression {
    /// The expressions directly within, in source order. The body of a function is not among them.
    package var children: [LuaExpression] {
        switch kind {
        case .nil, .true, .false, .varargs, .number, .string, .function, .name: []
        case .parenthesized(let inner), .unary(_, _, let inner): [inner]
        case .path(let base, let suffixes): [base] + suffixes.flatMap(\.expressions)
        case .operation(let first, let rest): [first] + rest.map(\.operand)
        case .table(let table): table.entries.flatMap(\.expressions)
        }
    }
}

extension LuaSuffix {
    /// The key or the arguments.
    package var expressions: [LuaExpression] {
        switch kind {
        case .field: []
        case .index(let key): [key]
        case .call(let arguments), .method(_, let arguments): arguments.expressions
        }
    }
}

extension LuaTable.Entry {
    /// The key, if it is an expression, and the value.
    package var expressions: [LuaExpression] {
        switch self {
        case .positional(let value), .named(_, let value): [value]
        case .keyed(let key, let value): [key, value]
        }
    }
}
