extension LuaParser {
    var scope: Scope {
        get { scopes[scopes.count - 1] }
        _modify { yield &scopes[scopes.count - 1] }
    }

    /// Registers a local that is not yet in scope.
    ///
    /// - Parameter pending: How many declared before it are waiting to come into scope with it.
    mutating func declare(_ name: LuaName, _ origin: LuaLocal.Origin, pending: Int) throws(LuaSyntaxError) -> Int {
        if scope.active.count + pending + 1 > Limit.locals {
            throw limitError(Limit.locals, "local variables", in: scope)
        }
        locals.append(LuaLocal(name: name, origin: origin, functionID: scope.id))
        return locals.count - 1
    }

    /// Brings a declared local into scope.
    mutating func activate(_ index: Int, symbol: Int32) {
        activeCounts[symbol, default: 0] += 1
        scope.active.append((symbol, index))
        scope.registers = scope.active.count
    }

    /// Takes the innermost locals out of scope.
    mutating func deactivate(_ count: Int) {
        for local in scope.active.suffix(count) { activeCounts[local.symbol, default: 0] -= 1 }
        scope.active.removeLast(count)
    }

    /// The three slots that a `for` keeps on its frame count as locals.
    mutating func activateHidden(at position: SourcePosition) throws(LuaSyntaxError) {
        let range = SourceRange(start: position, end: position)
        for name in ["(for index)", "(for limit)", "(for step)"] {
            let hidden = try declare(LuaName(text: name, range: range), .hidden, pending: 0)
            activate(hidden, symbol: -1)
        }
    }

    mutating func openBlock(isLoop: Bool) {
        scope.blocks.append(Block(isLoop: isLoop, activeCount: scope.active.count))
    }

    mutating func closeBlock() {
        guard let block = scope.blocks.popLast() else { return }
        deactivate(scope.active.count - block.activeCount)
        scope.registers = scope.active.count
    }

    /// Finds what a name means at this point, noting captures in every function between.
    mutating func resolve(_ symbol: Int32) throws(LuaSyntaxError) -> LuaBinding {
        guard activeCounts[symbol, default: 0] > 0 else { return .global }
        for depth in scopes.indices.reversed() {
            guard let found = scopes[depth].active.last(where: { $0.symbol == symbol }) else { continue }
            locals[found.index].mentionCount += 1
            if depth == scopes.count - 1 { return .local(found.index) }
            locals[found.index].isCaptured = true
            for inner in (depth + 1)..<scopes.count where !scopes[inner].upvalues.contains(found.index) {
                if scopes[inner].upvalues.count + 1 > Limit.upvalues {
                    throw limitError(Limit.upvalues, "upvalues", in: scopes[inner])
                }
                scopes[inner].upvalues.append(found.index)
            }
            return .upvalue(found.index)
        }
        return .global
    }

    // MARK: Registers

    /// Counts registers that values occupy until the caller sets the count back.
    mutating func reserve(_ count: Int = 1) throws(LuaSyntaxError) {
        if scope.registers + count >= Limit.registers { throw error("function or expression too complex") }
        scope.registers += count
    }

    /// Constants and locals serve as operands where they are; everything else takes a register.
    func needsRegister(_ expression: LuaExpression) -> Bool {
        switch expression.kind {
        case .nil, .true, .false, .number, .string, .name(_, .local): false
        default: true
        }
    }

    /// Registers that an assignment keeps for a target: its table and its key.
    func heldRegisters(_ target: LuaExpression) -> Int {
        guard case .path(let base, let suffixes) = target.kind else { return 0 }
        var held = suffixes.count > 1 || needsRegister(base) ? 1 : 0
        if case .index(let key)? = suffixes.last?.kind, needsRegister(key) { held += 1 }
        return held
    }

    /// Counts the last value of a list and the nils that fill up to the number of variables.
    mutating func reserveValues(_ values: [LuaExpression], for variables: Int) throws(LuaSyntaxError) {
        guard let last = values.last else { return try reserve(variables) }
        if last.isMultiValued {
            try reserve(max(0, variables - values.count) + (last.isCall ? 0 : 1))
        } else if values.count != variables {
            try reserve()
            try reserve(max(0, variables - values.count))
        }
    }
}
