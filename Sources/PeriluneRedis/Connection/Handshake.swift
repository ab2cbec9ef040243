import PeriluneCore
import PeriluneIO

/// What a new connection says before commands flow, all in one write, and what the answers mean.
struct Handshake {
    private enum Step {
        case authenticate
        case selectDatabase
        case setName
        /// Tells whether the server is a primary.
        case role
        /// Proves that the server speaks RESP, wants no password, and has loaded its data.
        case ping
    }

    /// What an answer leads to.
    enum Progress {
        case more
        case done
        case failed(EngineError)
    }

    private var steps: ArraySlice<Step>

    /// Writes the commands.
    ///
    /// - Parameter mustBePrimary: Whether a replica is the wrong server.
    init(_ configuration: RedisConfiguration, mustBePrimary: Bool = false, to buffer: ByteBuffer) {
        var steps: ArraySlice<Step> = []
        if let password = configuration.password {
            let user = configuration.username.map { [RedisArgument.string($0)] } ?? []
            RESPEncoder.append(RedisCommand("AUTH", user + [.string(password)]), to: buffer)
            steps.append(.authenticate)
        }
        if configuration.database != 0 {
            RESPEncoder.append(RedisCommand("SELECT", [.integer(configuration.database)]), to: buffer)
            steps.append(.selectDatabase)
        }
        if let name = configuration.clientName {
            RESPEncoder.append(RedisCommand("CLIENT", ["SETNAME", .string(name)]), to: buffer)
            steps.append(.setName)
        }
        if mustBePrimary {
            RESPEncoder.append(RedisCommand("ROLE"), to: buffer)
            steps.append(.role)
        }
        RESPEncoder.append(RedisCommand("PING"), to: buffer)
        steps.append(.ping)
        self.steps = steps
    }

    /// Takes an answer.
    mutating func receive(_ reply: RedisReply) -> Progress {
        guard let step = steps.popFirst() else {
            return .failed(EngineError(.protocolViolation, "the server answered what it was not asked"))
        }
        if case .error(let error) = reply, let failure = failure(of: step, error) { return .failed(failure) }
        if step == .role, let role = reply.array?.first?.string, role != "master" {
            return .failed(EngineError(.unreachable, "the server is no primary but a \(role.prefix(20))"))
        }
        return steps.isEmpty ? .done : .more
    }

    private func failure(of step: Step, _ error: RedisError) -> EngineError? {
        switch (step, error.code) {
        case (_, "LOADING"), (_, "MASTERDOWN"):
            // Passes by itself.
            EngineError(.unreachable, "the server is not ready: \(error.line)")
        // Sent unasked, in place of the first answer.
        case (_, "ERR") where error.line.hasPrefix("ERR max number of clients"):
            EngineError(.unreachable, "the server refuses the connection: \(error.line)")
        case (_, "DENIED"):
            EngineError(.misconfigured, "the server refuses the connection: \(error.line)")
        case (_, "NOAUTH"):
            EngineError(.misconfigured, "the server wants a password: \(error.line)")
        case (.authenticate, _):
            EngineError(.misconfigured, "the server refuses the user or password: \(error.line)")
        case (.selectDatabase, "BUSY"):
            EngineError(.unreachable, "the server is not ready: \(error.line)")
        case (.selectDatabase, _):
            EngineError(.misconfigured, "the server refuses the database: \(error.line)")
        // A user may lack the permission for PING, ROLE or a name, and a busy server answers again some time.
        case (.setName, _), (.role, _), (.ping, _): nil
        }
    }
}
