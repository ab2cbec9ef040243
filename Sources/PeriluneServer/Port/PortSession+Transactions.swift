import PeriluneCore
import PeriluneEmbedded
import PeriluneIO

extension PortSession {
    /// Keeps a request for `EXEC`.
    mutating func queue(
        _ request: RESPRequest, _ command: PortCommand?, _ state: PortState, _ reply: PortReply
    ) {
        var isRefused = false
        state.withEngine { engine in
            if command == nil {
                isRefused = engine.refuses(
                    count: request.count, argument: { request[$0] }, reply: { reply.output.append($0) })
                if !isRefused, engine.needsMemory(count: request.count, argument: { request[$0] }) {
                    transaction?.needsMemory = true
                }
            } else if engine.isOutOfMemory {
                // What waits for `EXEC` takes memory, too.
                state.noteRejection(of: request, command, ExclusiveEngine.outOfMemory)
                reply.error(ExclusiveEngine.outOfMemory)
                isRefused = true
            }
        }
        if isRefused {
            transaction?.isBroken = true
            return
        }
        if transaction?.append(request) == true { return reply.status("QUEUED") }
        transaction?.isBroken = true
        reply.error("ERR the transaction is too large")
    }

    /// A command has a wrong number of arguments, which breaks a transaction, and with `EXEC` ends it.
    mutating func refuse(_ command: PortCommand, _ state: PortState, _ reply: PortReply) {
        guard command == .exec, transaction != nil else {
            transaction?.isBroken = true
            return reply.wrongNumber(of: command.rawValue)
        }
        transaction = nil
        endWatch(state)
        reply.error("EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command")
    }

    mutating func transact(
        _ command: PortCommand, _ request: RESPRequest, _ state: PortState, _ reply: PortReply
    ) {
        switch command {
        case .watch where transaction != nil, .multi where transaction != nil: refuseNested(command, state, reply)
        case .watch:
            let watch = self.watch ?? KeyWatch()
            self.watch = watch
            state.withEngine { engine in
                for index in 1..<request.count { engine.watch(request[index], session: engineSession, watch) }
            }
            reply.status("OK")
        case .unwatch:
            endWatch(state)
            reply.status("OK")
        case .multi:
            transaction = PortTransaction()
            reply.status("OK")
        case .discard where transaction == nil: reply.error("ERR DISCARD without MULTI")
        case .discard:
            transaction = nil
            endWatch(state)
            reply.status("OK")
        default: execute(state, reply)
        }
    }

    /// `MULTI` and `WATCH` are not for transactions that have begun.
    private mutating func refuseNested(_ command: PortCommand, _ state: PortState, _ reply: PortReply) {
        var isOutOfMemory = false
        if state.runningScript == nil {
            state.withEngine { isOutOfMemory = $0.isOutOfMemory }
        }
        if isOutOfMemory {
            transaction?.isBroken = true
            return reply.error(ExclusiveEngine.outOfMemory)
        }
        reply.error(command == .watch ? "ERR WATCH inside MULTI is not allowed" : "ERR MULTI calls can not be nested")
    }

    private mutating func execute(_ state: PortState, _ reply: PortReply) {
        guard let transaction else { return reply.error("ERR EXEC without MULTI") }
        self.transaction = nil
        defer { endWatch(state) }
        let watch = watch
        var session = self
        state.withEngine { engine in
            if engine.isOutOfMemory, transaction.needsMemory {
                return reply.error("EXECABORT Transaction discarded because of: " + ExclusiveEngine.outOfMemory)
            }
            guard !transaction.isBroken else {
                return reply.error("EXECABORT Transaction discarded because of previous errors.")
            }
            if let watch, engine.isChanged(watch) { return reply.nullArray() }
            reply.array(transaction.count)
            transaction.forEachRequest { request in
                let reply = session.reply(to: reply.output)
                switch PortCommand(request[0]) {
                case nil:
                    engine.perform(
                        count: request.count, argument: { request[$0] }, session: &session.engineSession,
                        isQueued: true, reply: { reply.output.append($0) })
                case .unwatch: reply.status("OK")
                case .some(let command):
                    let begin = MonotonicTime.now
                    let replied = reply.output.count
                    session.answer(command, request, state, engine, reply)
                    state.note(
                        command, request, from: begin,
                        reply: UnsafeRawBufferPointer(rebasing: reply.output.bytes[replied...]))
                }
            }
        }
        self = session
    }
}
