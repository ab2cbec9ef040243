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

    init(_ configuration: RedisPort.Configuration) {
        isAuthenticated = configuration.password == nil
    }

    /// Runs one request and appends its reply.
    mutating func perform(_ request: RESPRequest, _ state: PortState, _ output: ByteBuffer) {
        let command = Word(request[0])
        guard isAuthenticated || [.auth, .hello, .quit, .reset].contains(command) else {
            return output.append("-NOAUTH Authentication required.\r\n")
        }
        switch command {
        case .auth: authenticate(request, state, output)
        case .hello: hello(request, state, output)
        case .quit:
            output.append("+OK\r\n")
            isEnding = true
        case .reset:
            self = PortSession(state.configuration, id: id)
            output.append("+RESET\r\n")
        case .select: select(request, output)
        case .client: client(request, output)
        case .command: output.append("*0\r\n")
        case .info: append(bulk: PortInformation.text(state), to: output)
        case nil:
            state.engine.perform(count: request.count, argument: { request[$0] }, reply: { output.append($0) })
        }
    }

    private init(_ configuration: RedisPort.Configuration, id: Int) {
        self.init(configuration)
        self.id = id
    }

    /// A command that is answered here.
    private enum Word: String {
        case auth, hello, quit, reset, select, client, command, info

        init?(_ bytes: UnsafeRawBufferPointer) {
            guard bytes.count <= 8 else { return nil }
            self.init(rawValue: String(decoding: bytes, as: UTF8.self).lowercased())
        }
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
