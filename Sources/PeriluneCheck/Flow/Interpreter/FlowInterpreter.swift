import PeriluneLua

/// Runs a script on what is known of its values, and tells rules what happens.
///
/// Every way through the script is followed: branches are joined, loops run until nothing new comes of them, functions run
/// where they are called. What is not followed is any value. The work is bounded, and a script that takes more is given
/// up; see ``isExhausted``.
struct FlowInterpreter {
    /// A call of a function that is being run.
    struct Frame {
        let function: Int
        let varargs: ValueList
        /// What the `return` statements gave, and the states there, joined.
        var exit: (values: ValueList, state: FlowState)?
        /// For each loop around, outermost first, the states of its `break` statements, joined.
        var breaks: [FlowState] = []

        var isMain: Bool { function == 0 }
    }

    enum Limit {
        /// Statements and expressions that are run.
        static let steps = 200_000
        /// Statements and expressions within each other, through calls.
        static let depth = 160
        /// Calls within each other.
        static let frames = 8
        /// Rounds of a loop after which what still changes is given up.
        static let exactRounds = 3
        static let rounds = 12
    }

    let script: CheckedScript
    let commands: CommandTable
    let traits: ScriptTraits
    private(set) var listeners: [any FlowListener]
    private var steps = 0
    private var depth = 0
    /// Whether the script was given up, so that nothing is known of it.
    private(set) var isExhausted = false
    var frames: [Frame] = []
    /// The functions of the script that have been met, by ``LuaFunction/id``.
    private(set) var functions: [Int: LuaFunction] = [:]
    /// Those functions that have not been called yet.
    private var waiting: Set<Int> = []
    /// Where functions were made.
    private var made: [Int: FlowState] = [:]
    /// The functions that have been called in a way that is not followed.
    private var unfollowedCalls: Set<Int> = []
    /// Whether something has been called of which nobody knows what it is: any function may have been.
    var hasUnknownCalls = false
    /// What the conditions depend on that this runs under, outermost first.
    var conditions: [ValueSources] = []
    /// What becomes of the texts that are made.
    var textUse = FlowContext.TextUse.any
    /// How many loops with a condition this runs in.
    var loopDepth = 0
    /// How many calls of `pcall` this runs in.
    var protection = 0

    init(_ script: CheckedScript, listeners: [any FlowListener]) {
        self.script = script
        commands = CommandTable(version: script.redis)
        self.listeners = listeners
        traits = ScriptTraits(script.chunk)
    }

    /// The sites of KEYS and ARGV; all others are 0 and above.
    static let keys = -1
    static let arguments = -2

    /// Runs the script, then those of its functions that nothing has called.
    mutating func run() {
        var state = FlowState()
        let text = AbstractValue.text(.unknown)
        var key = text
        var argument = text
        (key.sources, argument.sources) = (.key, .argument)
        state.tables[Self.keys] = TableFacts(.keys, elements: key)
        state.tables[Self.arguments] = TableFacts(.arguments, elements: argument)
        _ = run(script.chunk.block, of: 0, varargs: .empty, &state)
        // Those that nothing has called, and then, once more, those of which not all calls were seen.
        var done: Set<Int> = []
        while !isExhausted {
            let open = made.keys.filter { !done.contains($0) && isUnseen($0) }
            if open.isEmpty { break }
            for id in open.sorted(by: { (waiting.contains($0) ? 0 : 1, $0) < (waiting.contains($1) ? 0 : 1, $1) }) {
                // One before it may have called it.
                guard !isExhausted, isUnseen(id), var state = made[id], let function = functions[id] else { continue }
                done.insert(id)
                forgetReassigned(&state)
                _ = enter(function, ValueList([], rest: .any), &state)
            }
        }
    }

    /// Whether a function has not been called, or not in all ways in which it is.
    private func isUnseen(_ id: Int) -> Bool {
        waiting.contains(id) || hasUnknownCalls || unfollowedCalls.contains(id)
    }

    /// Runs the body of a function.
    ///
    /// - Returns: What it gives.
    mutating func run(
        _ block: LuaBlock, of function: Int, varargs: ValueList, _ state: inout FlowState
    ) -> ValueList {
        frames.append(Frame(function: function, varargs: varargs))
        run(block, &state)
        if frames.last?.isMain == true {
            let end = block.statements.last?.range.end ?? block.range.start
            emit(.reply(.nil, range: SourceRange(start: end, end: end)), state)
            emit(.end, state)
        }
        guard let exit = frames.removeLast().exit else { return .empty }
        guard state.isReachable else {
            state = exit.state
            return exit.values
        }
        state = state.joined(exit.state)
        return exit.values.joined(.empty)
    }

    /// What two `return` statements give, and the states there.
    static func joined(
        _ one: (values: ValueList, state: FlowState), _ other: (values: ValueList, state: FlowState)
    ) -> (values: ValueList, state: FlowState) {
        let values = one.values.joined(other.values)
        var state = one.state.joined(other.state)
        for (index, value) in values.values.enumerated() {
            state.escapeLost(one.values[index], other.values[index], in: value)
        }
        return (values, state)
    }

    // MARK: The bounds

    /// Counts a step; `false` when there are to be no more.
    mutating func enterNode() -> Bool {
        steps += 1
        depth += 1
        if steps > Limit.steps || depth > Limit.depth { isExhausted = true }
        return !isExhausted
    }

    mutating func leaveNode() { depth -= 1 }

    // MARK: Events

    mutating func emit(_ event: FlowEvent, _ state: FlowState) {
        guard state.isReachable, !isExhausted else { return }
        let context = FlowContext(
            state: state, decisions: conditions, textUse: textUse, loopDepth: loopDepth, script: script)
        for index in listeners.indices { listeners[index].hear(event, context) }
    }

    // MARK: Functions

    /// A value for a function of the script.
    mutating func closure(_ function: LuaFunction, _ state: FlowState) -> AbstractValue {
        if functions.updateValue(function, forKey: function.id) == nil {
            waiting.insert(function.id)
            made[function.id] = state
        }
        return .function(.closure(function.id))
    }

    /// Calls a function of the script.
    mutating func enter(_ function: LuaFunction, _ arguments: ValueList, _ state: inout FlowState) -> ValueList {
        waiting.remove(function.id)
        // Recursion is not followed.
        guard frames.count < Limit.frames, !frames.contains(where: { $0.function == function.id }) else {
            unfollowedCalls.insert(function.id)
            for argument in arguments.values { state.escape(argument) }
            forgetCaptured(&state)
            return .any
        }
        var arguments = arguments
        if let parameter = function.selfParameter {
            declare(parameter, arguments.first, &state)
            arguments = arguments.dropFirst()
        }
        let before = state
        for (place, parameter) in function.parameters.enumerated() { declare(parameter, arguments[place], &state) }
        let varargs = function.isVararg ? arguments.dropFirst(function.parameters.count) : .empty
        let results = run(function.body, of: function.id, varargs: varargs, &state)
        leaveScope(since: before, &state)
        state.sweep(since: before, holding: results.values + (results.rest.map { [$0] } ?? []))
        return results
    }

    /// Forgets the locals that have come into scope since a state before, but for those that functions have.
    func leaveScope(since before: FlowState, _ state: inout FlowState) {
        guard state.locals.count > before.locals.count else { return }
        state.locals = state.locals.filter { before.locals[$0.key] != nil || script.chunk.locals[$0.key].isCaptured }
    }

    /// Gives a local its first value. One that functions have may be there from before: then they may mean that one.
    func declare(_ local: Int, _ value: AbstractValue, _ state: inout FlowState) {
        guard script.chunk.locals[local].isCaptured, let earlier = state.locals[local] else {
            state.locals[local] = value
            return
        }
        state.locals[local] = earlier.mixed(with: value)
    }

    /// Forgets the locals that may have changed since a function was made, and what tables hold.
    private func forgetReassigned(_ state: inout FlowState) {
        for (index, value) in state.locals {
            if traits.reassigned.contains(index) {
                state.locals[index] = .any
            } else {
                state.escape(value)
            }
        }
        state.write = nil
        state.slot = nil
        state.writeDepth = 0
        state.leaving = []
        state.callCount = 0
        forgetCommands(&state)
    }

    /// Something that is not followed may have switched to the other protocol, if the script does so at all, and have
    /// called commands.
    private func forgetCommands(_ state: inout FlowState) {
        if traits.switchesProtocol { state.replies = .either }
        state.lifetimes.forget()
    }

    /// Forgets what functions of the script could change when something that is not followed calls them.
    func forgetCaptured(_ state: inout FlowState) {
        for (index, value) in state.locals where script.chunk.locals[index].isCaptured {
            state.escape(value)
            if traits.reassigned.contains(index) { state.locals[index] = .any }
        }
        forgetCommands(&state)
    }
}
