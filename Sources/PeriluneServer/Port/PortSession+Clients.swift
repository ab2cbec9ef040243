import PeriluneCore
import PeriluneEmbedded
import PeriluneIO

/// What a client asks about itself and others, and does to them.
extension PortSession {
    /// `CLIENT GETNAME|ID|INFO|KILL|LIST|NO-EVICT|SETNAME|UNBLOCK`
    mutating func client(_ request: RESPRequest, _ state: PortState, _ engine: ExclusiveEngine, _ reply: PortReply) {
        let word = Self.word(request, 1)
        switch (word, request.count) {
        case ("id", 2): reply.integer(id)
        case ("getname", 2): if name.isEmpty { reply.null() } else { reply.bulk(name) }
        case ("setname", 3):
            guard Self.isName(request[2]) else { return reply.error(Self.wrongName) }
            name = Array(request[2].prefix(1024))
            reply.status("OK")
        case ("info", 2):
            let own = state.connectionsInOrder.first { $0.id == id }
            reply.bulk((own.map { description($0, state) } ?? "").utf8)
        case ("list", 2...): list(request, state, reply)
        case ("kill", 3...): kill(request, state, reply)
        case ("unblock", 3...4): unblock(request, state, engine, reply)
        // Nothing is evicted, clients neither.
        case ("no-evict", 3) where ["on", "off"].contains(Self.word(request, 2)): reply.status("OK")
        case ("no-evict", 3): reply.error("ERR syntax error")
        case ("unblock", 5...):
            reply.error(
                "ERR unknown subcommand or wrong number of arguments for '\(Self.text(request, 1))'. Try CLIENT HELP.")
        case ("id", _), ("getname", _), ("setname", _), ("info", _), ("kill", _), ("unblock", _), ("no-evict", _):
            reply.wrongNumber(of: "client|\(word)")
        default:
            reply.error("ERR unknown subcommand '\(Self.text(request, 1))'. Try CLIENT HELP.")
        }
    }

    private static func word(_ request: RESPRequest, _ index: Int) -> String {
        String(decoding: request[index].prefix(128), as: UTF8.self).lowercased()
    }

    private static func text(_ request: RESPRequest, _ index: Int) -> String {
        PortInformation.printable(String(decoding: request[index].prefix(128), as: UTF8.self))
    }

    /// What another client has chosen. One's own is under way, and is not looked at through its connection.
    private func session(of connection: PortConnection) -> PortSession {
        connection.id == id ? self : connection.session
    }

    // MARK: Listing

    /// `CLIENT LIST [TYPE type | ID id ...]`
    private func list(_ request: RESPRequest, _ state: PortState, _ reply: PortReply) {
        var connections = state.connectionsInOrder
        let option = request.count > 3 ? Self.word(request, 2) : ""
        if option == "type", request.count == 4 {
            guard let type = ClientType(Self.word(request, 3)) else {
                return reply.error("ERR Unknown client type '\(Self.text(request, 3))'")
            }
            connections = connections.filter { session(of: $0).type == type }
        } else if option == "id" {
            var listed: [PortConnection] = []
            for index in 3..<request.count {
                guard let id = Int(Self.word(request, index)) else { return reply.error("ERR Invalid client ID") }
                listed += connections.filter { $0.id == id }
            }
            connections = listed
        } else if request.count != 2 {
            return reply.error("ERR syntax error")
        }
        reply.bulk(connections.map { session(of: $0).description($0, state) }.joined().utf8)
    }

    private var type: ClientType { subscriptionCount > 0 ? .pubsub : .normal }

    /// What a server tells of a client, as far as it is known here.
    private func description(_ connection: PortConnection, _ state: PortState) -> String {
        let now = MonotonicTime.now
        let (peer, local) = connection.addresses(state)
        func seconds(since time: UInt64) -> UInt64 { now > time ? (now - time) / 1_000_000_000 : 0 }
        func count(_ kind: Subscriptions.Kind) -> Int {
            subscriber.map { Subscriptions.names(of: $0, kind).count } ?? 0
        }
        var flags = ""
        if waitingCall != nil { flags += "b" }
        if transaction != nil { flags += "x" }
        if subscriptionCount > 0 { flags += "P" }
        if connection.socket.isUnix { flags += "U" }
        return [
            "id=\(connection.id)", "addr=\(peer)", "laddr=\(local)", "fd=\(connection.socket.descriptor)",
            "name=\(String(decoding: name, as: UTF8.self))", "age=\(seconds(since: beginning))",
            "idle=\(seconds(since: lastActivity))", "flags=\(flags.isEmpty ? "N" : flags)",
            "db=\(engineSession.database)",
            "sub=\(count(.channel))", "psub=\(count(.pattern))", "ssub=\(count(.shardChannel))",
            "multi=\(transaction?.count ?? -1)", "user=default", "redir=-1", "resp=\(engineSession.protocolVersion)",
        ].joined(separator: " ") + "\n"
    }

    // MARK: Ending others

    /// `CLIENT KILL address`, or `CLIENT KILL [ID id] [TYPE type] [ADDR address] [LADDR address] [USER name]
    /// [SKIPME yes|no]`. A killed connection is closed before anything more is read from it.
    private mutating func kill(_ request: RESPRequest, _ state: PortState, _ reply: PortReply) {
        var wanted = ClientFilter()
        if request.count == 3 {
            wanted.address = Self.text(request, 2)
            wanted.skipsOwn = false
        } else if let error = wanted.read(
            (2..<request.count).map { (Self.word(request, $0), Self.text(request, $0)) })
        {
            return reply.error(error)
        }
        var killed = 0
        for connection in state.connectionsInOrder where wanted.matches(connection, session(of: connection).type, state)
        {
            let isOwn = connection.id == id
            if isOwn, wanted.skipsOwn { continue }
            killed += 1
            if isOwn { isEnding = true } else { connection.closeSoon() }
        }
        guard request.count == 3 else { return reply.integer(killed) }
        if killed > 0 { reply.status("OK") } else { reply.error("ERR No such client") }
    }

    /// `CLIENT UNBLOCK id [TIMEOUT|ERROR]`
    private func unblock(_ request: RESPRequest, _ state: PortState, _ engine: ExclusiveEngine, _ reply: PortReply) {
        let reason = request.count == 4 ? Self.word(request, 3) : "timeout"
        guard reason == "timeout" || reason == "error" else {
            return reply.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
        }
        guard let wanted = Int(Self.word(request, 2)) else {
            return reply.error("ERR value is not an integer or out of range")
        }
        let target = state.connectionsInOrder.first { $0.id == wanted && $0.id != id }
        guard let call = target?.session.waitingCall else { return reply.integer(0) }
        let error = reason == "error" ? "UNBLOCKED client unblocked via CLIENT UNBLOCK" : nil
        reply.integer(engine.end(call, error: error) ? 1 : 0)
    }
}

/// What `TYPE` tells apart.
enum ClientType {
    case normal, pubsub
    /// What there is none of.
    case master, replica

    init?(_ word: String) {
        switch word {
        case "normal": self = .normal
        case "pubsub": self = .pubsub
        case "master": self = .master
        case "replica", "slave": self = .replica
        default: return nil
        }
    }
}

/// Which clients `CLIENT KILL` ends.
private struct ClientFilter {
    var id: Int?
    var type: ClientType?
    var address: String?
    var localAddress: String?
    var skipsOwn = true

    /// Reads options with their values.
    ///
    /// - Parameter words: Each in lower case, and as it is.
    /// - Returns: The error that a server answers.
    mutating func read(_ words: [(lower: String, text: String)]) -> String? {
        guard words.count % 2 == 0 else { return "ERR syntax error" }
        for index in stride(from: 0, to: words.count, by: 2) {
            let value = words[index + 1]
            switch words[index].lower {
            case "id":
                guard let number = Int(value.text), number > 0 else { return "ERR client-id should be greater than 0" }
                id = number
            case "type":
                guard let type = ClientType(value.lower) else { return "ERR Unknown client type '\(value.text)'" }
                self.type = type
            case "addr": address = value.text
            case "laddr": localAddress = value.text
            case "user" where value.text == "default": break
            case "user": return "ERR No such user '\(value.text)'"
            case "skipme" where value.lower == "yes": skipsOwn = true
            case "skipme" where value.lower == "no": skipsOwn = false
            default: return "ERR syntax error"
            }
        }
        return nil
    }

    func matches(_ connection: PortConnection, _ type: ClientType, _ state: PortState) -> Bool {
        if let id, id != connection.id { return false }
        if let wanted = self.type, wanted != type { return false }
        guard address != nil || localAddress != nil else { return true }
        let (peer, local) = connection.addresses(state)
        return address ?? peer == peer && localAddress ?? local == local
    }
}

extension PortConnection {
    /// Where the client is, and what it has connected to, as a server tells it.
    fileprivate func addresses(_ state: PortState) -> (peer: String, local: String) {
        if socket.isUnix {
            let path = "\(state.configuration.unixSocket ?? ""):0"
            return (path, path)
        }
        return (socket.peerName ?? "?:0", socket.localName ?? "?:0")
    }
}
