import PeriluneCore
import PeriluneEmbedded
import PeriluneIO

/// What a port remembers of a client, and the commands that are about that and not about data.
struct PortSession {
    var id = 0
    var isAuthenticated: Bool
    /// Whether the connection is to be closed when its replies are sent.
    var isEnding = false
    /// What the engine knows of the client.
    var engineSession = EngineSession()
    var name: [UInt8] = []
    /// When the client came, and when bytes last came from it, in nanoseconds of the monotonic clock.
    var beginning = MonotonicTime.now
    var lastActivity = MonotonicTime.now
    var transaction: PortTransaction?
    var watch: KeyWatch?
    /// The command that the client waits for; its next commands wait with it.
    var waitingCall: WaitingCall?
    var subscriber: Subscriber?
    /// How many channels, patterns and shard channels the client has subscribed to.
    var subscriptionCount = 0
    /// Takes what comes for the client by itself.
    let mailbox: PortMailbox

    init(_ state: PortState, _ mailbox: PortMailbox) {
        isAuthenticated = state.configuration.password == nil
        self.mailbox = mailbox
    }

    /// Runs one request and appends its reply.
    mutating func perform(_ request: RESPRequest, _ state: PortState, _ output: ByteBuffer) {
        let command = PortCommand(request[0])
        let reply = reply(to: output)
        guard isAuthenticated || command?.needsNoPassword == true else {
            state.noteRejection(of: request, command, "NOAUTH Authentication required.")
            return reply.error("NOAUTH Authentication required.")
        }
        if subscriptionCount > 0, engineSession.protocolVersion == 2, command?.isForSubscribers != true {
            let name = PortInformation.printable(String(decoding: request[0].prefix(128), as: UTF8.self).lowercased())
            guard name == "ping" else {
                return reply.error(
                    "ERR Can't execute '\(name)': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
                )
            }
            return pong(request, reply)
        }
        if let command, !command.accepts(argumentCount: request.count) {
            state.noteRejection(of: request, command, "ERR wrong number of arguments")
            return refuse(command, state, reply)
        }
        if transaction != nil, command?.isRunInTransactions != true { return queue(request, command, state, reply) }
        guard let command else {
            waitingCall = state.engine.perform(
                count: request.count, argument: { request[$0] }, session: &engineSession, observer: state,
                later: mailbox, reply: { output.append($0) })
            return
        }
        let begin = MonotonicTime.now
        let replied = output.count
        carryOut(command, request, state, reply)
        state.note(command, request, from: begin, reply: UnsafeRawBufferPointer(rebasing: output.bytes[replied...]))
    }

    private mutating func carryOut(
        _ command: PortCommand, _ request: RESPRequest, _ state: PortState, _ reply: PortReply
    ) {
        switch command {
        case .multi, .exec, .discard, .watch, .unwatch: transact(command, request, state, reply)
        case .quit:
            reply.status("OK")
            isEnding = true
        case .reset:
            end(state)
            deliver(to: reply.output)
            let (id, came) = (id, beginning)
            self = PortSession(state, mailbox)
            self.id = id
            beginning = came
            mailbox.use(protocolVersion: engineSession.protocolVersion)
            reply.status("RESET")
        default: answer(command, request, state, nil, reply)
        }
    }

    func reply(to output: ByteBuffer) -> PortReply {
        PortReply(output: output, version: engineSession.protocolVersion)
    }

    /// Whether anything can come for the client by itself.
    var getsMail: Bool { subscriber != nil || waitingCall != nil }

    /// The connection is closed, or begins anew.
    mutating func end(_ state: PortState) {
        endWatch(state)
        if let waitingCall { state.withEngine { _ = $0.end(waitingCall) } }
        waitingCall = nil
        if let subscriber { state.withEngine { $0.subscriptions.removeAll(of: subscriber) } }
        subscriber = nil
        subscriptionCount = 0
    }

    mutating func endWatch(_ state: PortState) {
        if let watch { state.withEngine { $0.unwatch(watch) } }
        watch = nil
    }

    /// A command that is about the client or the port.
    ///
    /// - Parameter engine: The engine where it is locked already.
    mutating func answer(
        _ command: PortCommand, _ request: RESPRequest, _ state: PortState, _ engine: ExclusiveEngine?,
        _ reply: PortReply
    ) {
        if engine == nil, [.info, .config, .client].contains(command) || command.isAboutSubscriptions {
            return state.withEngine { answer(command, request, state, $0, reply) }
        }
        switch command {
        case .auth: authenticate(request, state, reply)
        case .hello: hello(request, state, reply.output)
        case .client: if let engine { client(request, state, engine, reply) }
        case .command: PortInformation.answerCommand(request, state, reply)
        case .info: if let engine { PortInformation.answerInfo(request, state, engine, reply) }
        case .config: if let engine { state.settings.answer(request, engine, state.statistics, reply) }
        default: if let engine { changeSubscriptions(command, request, engine, reply) }
        }
    }

    /// `PING` of a client that has subscribed, which can have no plain reply in RESP2.
    private func pong(_ request: RESPRequest, _ reply: PortReply) {
        guard request.count <= 2 else { return reply.wrongNumber(of: "ping") }
        reply.array(2)
        reply.bulk("pong".utf8)
        if request.count == 2 { reply.bulk(request[1]) } else { reply.bulk("".utf8) }
    }
}

/// A command that a port answers itself.
enum PortCommand: String, CaseIterable {
    case auth, hello, quit, reset, client, command, info, config
    case multi, exec, discard, watch, unwatch
    case subscribe, unsubscribe, psubscribe, punsubscribe, ssubscribe, sunsubscribe

    /// For each length of a name, the first letters of those that have it, as bits.
    private static let firstLetters: [UInt32] = {
        var letters = [UInt32](repeating: 0, count: 16)
        for command in allCases {
            let name = command.rawValue.utf8
            if let first = name.first { letters[name.count & 15] |= 1 << UInt32(first & 31) }
        }
        return letters
    }()

    init?(_ bytes: UnsafeRawBufferPointer) {
        // Nearly all requests are none of these, and are to be told so at once.
        guard let first = bytes.first, bytes.count < 16, Self.firstLetters[bytes.count] & 1 << UInt32(first & 31) != 0
        else { return nil }
        self.init(rawValue: String(decoding: bytes, as: UTF8.self).lowercased())
    }

    /// Whether it can have so many arguments, the name included.
    func accepts(argumentCount count: Int) -> Bool {
        switch self {
        case .multi, .exec, .discard, .unwatch, .reset: count == 1
        case .auth, .client, .config, .watch, .subscribe, .psubscribe, .ssubscribe: count >= 2
        case .hello, .quit, .command, .info, .unsubscribe, .punsubscribe, .sunsubscribe: true
        }
    }

    /// Whether it is answered to clients that have not given the password.
    var needsNoPassword: Bool { [.auth, .hello, .quit, .reset].contains(self) }

    /// Whether it is run between `MULTI` and `EXEC`, and not kept for `EXEC`.
    var isRunInTransactions: Bool { [.multi, .exec, .discard, .watch, .quit, .reset].contains(self) }

    /// Whether it begins or ends subscriptions.
    var isAboutSubscriptions: Bool {
        switch self {
        case .subscribe, .unsubscribe, .psubscribe, .punsubscribe, .ssubscribe, .sunsubscribe: true
        default: false
        }
    }

    /// Whether clients that have subscribed may send it in RESP2.
    var isForSubscribers: Bool { isAboutSubscriptions || self == .quit || self == .reset }
}
