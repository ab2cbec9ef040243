import PeriluneCore
import PeriluneIO

/// One thing to be asked of a server: the bytes to be written next to each other, and the replies they bring.
struct Request: Sendable {
    enum Body: Sendable {
        case script(LuaScript, keys: [RedisKey], arguments: [RedisArgument])
        case command(RedisCommand)
        /// Commands that no other caller's command comes between. Their replies come back as one array.
        case several([RedisCommand])
    }

    let body: Body
    /// Whether running it twice has the effect of running it once, so that it may be sent again when the first answer
    /// was lost.
    let isRepeatable: Bool
    /// Whether an `ASKING` goes in front: the key's slot is on its way to the node that is asked.
    var isAsking = false

    init(_ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]) {
        body = .script(script, keys: keys, arguments: arguments)
        isRepeatable = script.isRepeatable
    }

    init(_ command: RedisCommand) {
        body = .command(command)
        isRepeatable = command.isRepeatable
    }

    init(several commands: [RedisCommand]) {
        body = .several(commands)
        isRepeatable = false
    }

    /// How many replies the server gives.
    var replyCount: Int {
        let count =
            switch body {
            case .script, .command: 1
            case .several(let commands): commands.count
            }
        return isAsking ? count + 1 : count
    }

    /// The request's reply, made of what a connection collected: the reply itself when there is one, otherwise the array
    /// of them.
    @inline(__always)
    func reply(of collected: RedisReply) -> RedisReply {
        if case .several = body { return allReplies(collected) }
        return isAsking ? allReplies(collected).array?.first ?? .null : collected
    }

    private func allReplies(_ collected: RedisReply) -> RedisReply {
        guard replyCount > 1, case .array(let replies) = collected else { return .array([collected]) }
        return isAsking ? .array(Array(replies.dropFirst())) : collected
    }

    /// Appends the bytes.
    func append(to buffer: ByteBuffer) {
        if isAsking { RESPEncoder.append(RedisCommand("ASKING"), to: buffer) }
        switch body {
        case .script(let script, let keys, let arguments):
            RESPEncoder.appendCall(script, keys: keys, arguments: arguments, to: buffer)
        case .command(let command): RESPEncoder.append(command, to: buffer)
        case .several(let commands): for command in commands { RESPEncoder.append(command, to: buffer) }
        }
    }

    /// The error with which a server has refused the whole request; `nil` when it has not.
    @inline(__always)
    func refusal(in reply: RedisReply) -> RedisError? {
        switch reply {
        case .error(let error): error
        case .array(let replies): refusalOfAll(replies)
        default: nil
        }
    }

    /// A transaction whose commands are refused is given up at its end; the reason stands before it. A server that is not
    /// ready refuses every command.
    private func refusalOfAll(_ replies: [RedisReply]) -> RedisError? {
        guard case .several = body, case .error(let last) = replies.last else { return nil }
        if isTransaction, last.kind == .transactionAborted {
            for case .error(let error) in replies.dropLast() where error.isRefusal { return error }
            return nil
        }
        let isNotReady = replies.allSatisfy { reply in
            guard case .error(let error) = reply else { return false }
            return [.loading, .busy, .clusterDown].contains(error.kind)
        }
        return isNotReady ? last : nil
    }

    /// Whether the commands run all or none.
    var isTransaction: Bool {
        if case .several(let commands) = body { commands.first?.name == "MULTI" } else { false }
    }

    /// Why no server would take it, whatever its state.
    var refusal: EngineError? {
        let parts =
            switch body {
            case .script(_, let keys, let arguments): keys.count + arguments.count + 3
            case .command(let command): command.arguments.count + 1
            case .several(let commands): (commands.map(\.arguments.count).max() ?? 0) + 1
            }
        guard parts > RESPEncoder.largestCommand else { return nil }
        return EngineError(.tooLarge, "a command of \(parts) parts, more than \(RESPEncoder.largestCommand)")
    }
}
