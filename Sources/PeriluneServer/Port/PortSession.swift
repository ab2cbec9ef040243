import Crypto
import PeriluneEmbedded
import PeriluneIO

/// What a port remembers of a client, and the commands that are about that and not about data.
struct PortSession {
    var id = 0
    private(set) var isAuthenticated: Bool
    /// Whether the connection is to be closed when its replies are sent.
    var isEnding = false
    private var name: [UInt8] = []
    private var transaction: PortTransaction?
    private var watch: KeyWatch?

    init(_ configuration: RedisPort.Configuration) {
        isAuthenticated = configuration.password == nil
    }

    /// Runs one request and appends its reply.
    mutating func perform(_ request: RESPRequest, _ state: PortState, _ output: ByteBuffer) {
        let command = Word(request[0])
        guard isAuthenticated || [.auth, .hello, .quit, .reset].contains(command) else {
            return output.append("-NOAUTH Authentication required.\r\n")
        }
        if transaction != nil, ![.multi, .exec, .discard, .watch, .quit, .reset].contains(command) {
            return queue(request, command, state, output)
        }
        switch command {
        case .multi, .exec, .discard, .watch, .unwatch: transact(command, request, state, output)
        case .quit:
            output.append("+OK\r\n")
            isEnding = true
        case .reset:
            end(state)
            self = PortSession(state.configuration, id: id)
            output.append("+RESET\r\n")
        case nil:
            state.engine.perform(count: request.count, argument: { request[$0] }, reply: { output.append($0) })
        default: answer(command, request, state, output)
        }
    }

    /// The connection is closed.
    mutating func end(_ state: PortState) {
        if let watch { state.engine.unwatch(watch) }
        watch = nil
    }

    /// A command that is about the client.
    private mutating func answer(
        _ command: Word?, _ request: RESPRequest, _ state: PortState, _ output: ByteBuffer
    ) {
        switch command {
        case .auth: authenticate(request, state, output)
        case .hello: hello(request, state, output)
        case .select: select(request, output)
        case .client: client(request, output)
        case .command: output.append("*0\r\n")
        case .info: append(bulk: PortInformation.text(state), to: output)
        default: break
        }
    }

    private init(_ configuration: RedisPort.Configuration, id: Int) {
        self.init(configuration)
        self.id = id
    }

    /// A command that is answered here.
    private enum Word: String {
        case auth, hello, quit, reset, select, client, command, info, multi, exec, discard, watch, unwatch

        init?(_ bytes: UnsafeRawBufferPointer) {
            guard bytes.count <= 8 else { return nil }
            self.init(rawValue: String(decoding: bytes, as: UTF8.self).lowercased())
        }
    }

    // MARK: Transactions

    private mutating func queue(
        _ request: RESPRequest, _ command: Word?, _ state: PortState, _ output: ByteBuffer
    ) {
        if command == nil {
            var isRefused = false
            state.engine.exclusively { engine in
                isRefused = engine.refuses(
                    count: request.count, argument: { request[$0] }, reply: { output.append($0) })
            }
            if isRefused {
                transaction?.isBroken = true
                return
            }
        }
        if transaction?.append(request) == true { return output.append("+QUEUED\r\n") }
        transaction?.isBroken = true
        output.append("-ERR the transaction is too large\r\n")
    }

    private mutating func transact(
        _ command: Word?, _ request: RESPRequest, _ state: PortState, _ output: ByteBuffer
    ) {
        switch command {
        case .watch where request.count < 2: Self.appendWrongNumber(of: "watch", to: output)
        case .watch where transaction != nil: output.append("-ERR WATCH inside MULTI is not allowed\r\n")
        case .watch:
            let watch = self.watch ?? KeyWatch()
            self.watch = watch
            state.engine.exclusively { $0.watch(count: request.count, argument: { request[$0] }, watch) }
            output.append("+OK\r\n")
        case .unwatch:
            end(state)
            output.append("+OK\r\n")
        case .multi where request.count > 1: Self.appendWrongNumber(of: "multi", to: output)
        case .multi where transaction != nil: output.append("-ERR MULTI calls can not be nested\r\n")
        case .multi:
            transaction = PortTransaction()
            output.append("+OK\r\n")
        case .discard where transaction == nil: output.append("-ERR DISCARD without MULTI\r\n")
        case .discard:
            transaction = nil
            end(state)
            output.append("+OK\r\n")
        default: execute(state, output)
        }
    }

    private mutating func execute(_ state: PortState, _ output: ByteBuffer) {
        guard let transaction else { return output.append("-ERR EXEC without MULTI\r\n") }
        self.transaction = nil
        defer { end(state) }
        guard !transaction.isBroken else {
            return output.append("-EXECABORT Transaction discarded because of previous errors.\r\n")
        }
        let watch = watch
        var session = self
        state.engine.exclusively { engine in
            if let watch, engine.isChanged(watch) { return output.append("*-1\r\n") }
            output.append("*")
            output.append(decimal: transaction.count)
            output.append("\r\n")
            transaction.forEachRequest { request in
                let command = Word(request[0])
                if command == nil {
                    engine.perform(count: request.count, argument: { request[$0] }, reply: { output.append($0) })
                } else if command == .unwatch {
                    output.append("+OK\r\n")
                } else {
                    session.answer(command, request, state, output)
                }
            }
        }
        self = session
    }

    // MARK: Who it is

    private mutating func authenticate(_ request: RESPRequest, _ state: PortState, _ output: ByteBuffer) {
        guard request.count == 2 || request.count == 3 else { return Self.appendWrongNumber(of: "auth", to: output) }
        guard let password = state.configuration.password else {
            return output.append(
                request.count == 2
                    ? "-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n"
                    : "-WRONGPASS invalid username-password pair or user is disabled.\r\n")
        }
        let user = request.count == 3 ? request[1] : nil
        if admit(user, request[request.count - 1], password) {
            output.append("+OK\r\n")
        } else {
            output.append("-WRONGPASS invalid username-password pair or user is disabled.\r\n")
        }
    }

    private mutating func admit(_ user: UnsafeRawBufferPointer?, _ given: UnsafeRawBufferPointer, _ password: String)
        -> Bool
    {
        // Digests are compared, in constant time, so that the time tells nothing about the password.
        let isRight = SHA256.hash(data: Array(given)) == SHA256.hash(data: Array(password.utf8))
        let isKnown = user.map { $0.elementsEqual("default".utf8) } ?? true
        if isRight && isKnown { isAuthenticated = true }
        return isRight && isKnown
    }

    private mutating func hello(_ request: RESPRequest, _ state: PortState, _ output: ByteBuffer) {
        var index = 1
        if request.count > 1 {
            guard request[1].elementsEqual("2".utf8) else {
                return output.append("-NOPROTO unsupported protocol version\r\n")
            }
            index = 2
        }
        while index < request.count {
            let option = String(decoding: request[index].prefix(16), as: UTF8.self).lowercased()
            if option == "auth", index + 2 < request.count {
                guard let password = state.configuration.password,
                    admit(request[index + 1], request[index + 2], password)
                else {
                    return output.append("-WRONGPASS invalid username-password pair or user is disabled.\r\n")
                }
                index += 3
            } else if option == "setname", index + 1 < request.count {
                name = Array(request[index + 1])
                index += 2
            } else {
                return output.append("-ERR Syntax error in HELLO option\r\n")
            }
        }
        guard isAuthenticated else {
            return output.append(
                "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time\r\n"
            )
        }
        output.append(
            "*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:")
        output.append(decimal: id)
        output.append(
            "\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n")
    }

    // MARK: What it wants

    /// There is one database.
    private func select(_ request: RESPRequest, _ output: ByteBuffer) {
        guard request.count == 2 else { return Self.appendWrongNumber(of: "select", to: output) }
        switch Int(String(decoding: request[1], as: UTF8.self)) {
        case 0: output.append("+OK\r\n")
        case nil: output.append("-ERR invalid DB index\r\n")
        default: output.append("-ERR DB index is out of range\r\n")
        }
    }

    private mutating func client(_ request: RESPRequest, _ output: ByteBuffer) {
        let subcommand = request.count > 1 ? String(decoding: request[1].prefix(32), as: UTF8.self) : ""
        switch (subcommand.lowercased(), request.count) {
        case ("id", 2):
            output.append(":")
            output.append(decimal: id)
            output.append("\r\n")
        case ("getname", 2):
            if name.isEmpty { return output.append("$-1\r\n") }
            append(bulk: name, to: output)
        case ("setname", 3):
            guard request[2].allSatisfy({ (33...126).contains($0) }) else {
                return output.append("-ERR Client names cannot contain spaces, newlines or special characters.\r\n")
            }
            name = Array(request[2].prefix(1024))
            output.append("+OK\r\n")
        case ("", _): Self.appendWrongNumber(of: "client", to: output)
        default:
            output.append("-ERR Unknown subcommand or wrong number of arguments for '")
            output.append(PortInformation.printable(subcommand))
            output.append("'. Try CLIENT HELP.\r\n")
        }
    }

    private func append(bulk bytes: [UInt8], to output: ByteBuffer) {
        output.append("$")
        output.append(decimal: bytes.count)
        output.append("\r\n")
        bytes.withUnsafeBytes { output.append($0) }
        output.append("\r\n")
    }

    private static func appendWrongNumber(of command: StaticString, to output: ByteBuffer) {
        output.append("-ERR wrong number of arguments for '")
        output.append(command)
        output.append("' command\r\n")
    }
}
