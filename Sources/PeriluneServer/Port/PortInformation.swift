import PeriluneEmbedded
import PeriluneIO

/// What a port tells of itself.
enum PortInformation {
    /// `INFO [section ...]`
    static func answerInfo(_ request: RESPRequest, _ state: PortState, _ engine: ExclusiveEngine, _ reply: PortReply) {
        let wanted = Set((1..<max(request.count, 1)).map { String(decoding: request[$0], as: UTF8.self).lowercased() })
        let isAll = wanted.isEmpty || !wanted.isDisjoint(with: ["all", "everything", "default"])
        let text = sections(state, engine).filter { isAll || wanted.contains($0.name.lowercased()) }.map { section in
            (["# \(section.name)"] + section.lines).map { $0 + "\r\n" }.joined()
        }.joined(separator: "\r\n")
        reply.bulk(text.utf8)
    }

    private static func sections(_ state: PortState, _ engine: ExclusiveEngine) -> [(name: String, lines: [String])] {
        let uptime = (ContinuousClock.now - state.start).components.seconds
        let configuration = state.configuration
        return [
            (
                "Server",
                [
                    "redis_version:7.0.15", "redis_mode:standalone", "server_name:perilune",
                    "tcp_port:\(configuration.host == nil ? 0 : configuration.port)", "uptime_in_seconds:\(uptime)",
                ]
            ),
            (
                "Clients",
                [
                    "connected_clients:\(state.connectionCount)", "maxclients:\(configuration.maximumConnections)",
                    "blocked_clients:\(engine.waitingCount)",
                ]
            ),
            ("Memory", memory(engine)),
            ("Replication", ["role:master", "connected_slaves:0"]),
            ("Keyspace", engine.keyCounts.map { "db\($0.database):keys=\($0.count)" }),
        ]
    }

    private static func memory(_ engine: ExclusiveEngine) -> [String] {
        let (used, scripts, limit) = (engine.dataMemory, engine.scriptMemory, PortSettings.maxmemory(of: engine))
        return [
            "used_memory:\(used)", "used_memory_human:\(ByteCount.text(used))", "used_memory_dataset:\(used)",
            "used_memory_lua:\(scripts)", "used_memory_vm_eval:\(scripts)",
            "used_memory_lua_human:\(ByteCount.text(scripts))", "number_of_cached_scripts:\(engine.scriptCount)",
            "maxmemory:\(limit)", "maxmemory_human:\(ByteCount.text(limit))", "maxmemory_policy:noeviction",
        ]
    }

    /// `COMMAND [COUNT|DOCS|INFO|LIST]`: how many there are, and no details.
    static func answerCommand(_ request: RESPRequest, _ state: PortState, _ reply: PortReply) {
        let word = request.count > 1 ? String(decoding: request[1].prefix(128), as: UTF8.self) : ""
        switch word.lowercased() {
        case "count" where request.count == 2: reply.integer(EmbeddedEngine.commandNames.count)
        case "list" where request.count == 2:
            reply.array(EmbeddedEngine.commandNames.count)
            for name in EmbeddedEngine.commandNames { reply.bulk(name.utf8) }
        case "docs": reply.map(0)
        case "", "info": reply.array(0)
        default: reply.error("ERR unknown subcommand '\(printable(word))'. Try COMMAND HELP.")
        }
    }

    /// Text from a client within an error line.
    static func printable(_ text: String) -> String {
        String(text.unicodeScalars.filter { (32...126).contains($0.value) })
    }
}
