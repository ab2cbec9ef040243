import Crypto
import PeriluneEmbedded
import PeriluneIO

/// Who the client is.
extension PortSession {
    mutating func authenticate(_ request: RESPRequest, _ state: PortState, _ reply: PortReply) {
        guard request.count <= 3 else { return reply.error("ERR syntax error") }
        if request.count == 2, state.configuration.password == nil {
            return reply.error(
                "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?"
            )
        }
        let user = request.count == 3 ? request[1] : nil
        if admit(user, request[request.count - 1], state.configuration.password) {
            reply.status("OK")
        } else {
            reply.error(Self.wrongPassword)
        }
    }

    /// Lets the client in when it names the only user there is and gives its password, which is any when it has none.
    private mutating func admit(
        _ user: UnsafeRawBufferPointer?, _ given: UnsafeRawBufferPointer, _ password: String?
    ) -> Bool {
        // Digests are compared, in constant time, so that the time tells nothing about the password.
        let isRight =
            password.map { SHA256.hash(data: Array(given)) == SHA256.hash(data: Array($0.utf8)) } ?? true
        let isKnown = user.map { $0.elementsEqual("default".utf8) } ?? true
        if isRight && isKnown { isAuthenticated = true }
        return isRight && isKnown
    }

    mutating func hello(_ request: RESPRequest, _ state: PortState, _ output: ByteBuffer) {
        let before = reply(to: output)
        var version = engineSession.protocolVersion
        var index = 1
        if request.count > 1 {
            guard let number = Int(String(decoding: request[1].prefix(24), as: UTF8.self)) else {
                return before.error("ERR Protocol version is not an integer or out of range")
            }
            guard number == 2 || number == 3 else { return before.error("NOPROTO unsupported protocol version") }
            version = number
            index = 2
        }
        var name: [UInt8]?
        while index < request.count {
            let option = String(decoding: request[index].prefix(16), as: UTF8.self).lowercased()
            if option == "auth", index + 2 < request.count {
                guard admit(request[index + 1], request[index + 2], state.configuration.password) else {
                    return before.error(Self.wrongPassword)
                }
                index += 3
            } else if option == "setname", index + 1 < request.count {
                guard Self.isName(request[index + 1]) else { return before.error(Self.wrongName) }
                name = Array(request[index + 1])
                index += 2
            } else {
                let shown = PortInformation.printable(String(decoding: request[index].prefix(128), as: UTF8.self))
                return before.error("ERR Syntax error in HELLO option '\(shown)'")
            }
        }
        guard isAuthenticated else {
            return before.error(
                "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time"
            )
        }
        if let name { self.name = name }
        engineSession.protocolVersion = version
        mailbox.use(protocolVersion: version)
        introduce(reply(to: output))
    }

    private func introduce(_ reply: PortReply) {
        reply.map(7)
        for (name, value) in [("server", "redis"), ("version", "7.0.15")] {
            reply.bulk(name.utf8)
            reply.bulk(value.utf8)
        }
        reply.bulk("proto".utf8)
        reply.integer(engineSession.protocolVersion)
        reply.bulk("id".utf8)
        reply.integer(id)
        for (name, value) in [("mode", "standalone"), ("role", "master")] {
            reply.bulk(name.utf8)
            reply.bulk(value.utf8)
        }
        reply.bulk("modules".utf8)
        reply.array(0)
    }

    static func isName(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.allSatisfy { (33...126).contains($0) }
    }

    static let wrongName = "ERR Client names cannot contain spaces, newlines or special characters."
    private static let wrongPassword = "WRONGPASS invalid username-password pair or user is disabled."
}
