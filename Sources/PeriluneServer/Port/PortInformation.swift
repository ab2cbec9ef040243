import PeriluneEmbedded
import PeriluneIO

/// What a port tells of itself.
enum PortInformation {
    /// `INFO [section ...]`
    static func answerInfo(_ request: RESPRequest, _ state: PortState, _ engine: ExclusiveEngine, _ reply: PortReply) {
        let wanted = Set((1..<max(request.count, 1)).map { String(decoding: request[$0], as: UTF8.self).lowercased() })
        let isAll = !wanted.isDisjoint(with: ["all", "everything"])
        let isDefault = wanted.isEmpty || wanted.contains("default")
        let isShown = { (section: Section) in
            isAll || isDefault && section.isDefault || wanted.contains(section.name.lowercased())
        }
        let text = sections(state, engine).filter(isShown).map { section in
            (["# \(section.name)"] + section.lines()).map { $0 + "\r\n" }.joined()
        }.joined(separator: "\r\n")
        reply.bulk(text.utf8)
    }

    private struct Section {
        let name: String
        /// Whether it is shown when no section is asked for.
        var isDefault = true
        /// Made when they are shown.
        let lines: () -> [String]
    }

    private static func sections(_ state: PortState, _ engine: ExclusiveEngine) -> [Section] {
        let uptime = (ContinuousClock.now - state.start).components.seconds
        let configuration = state.configuration
        let counts = [state.statistics] + (engine.statistics.map { [$0] } ?? [])
        return [
            Section(name: "Server") {
                [
                    "redis_version:7.0.15", "redis_mode:standalone", "server_name:perilune",
                    "tcp_port:\(configuration.host == nil ? 0 : configuration.port)", "uptime_in_seconds:\(uptime)",
                ]
            },
            Section(name: "Clients") {
                [
                    "connected_clients:\(state.connectionCount)", "maxclients:\(configuration.maximumConnections)",
                    "blocked_clients:\(engine.waitingCount)",
                ]
            },
            Section(name: "Memory") { memory(engine) },
            Section(name: "Stats") {
                [
                    "total_connections_received:\(state.connectionsMade)",
                    "total_commands_processed:\(counts.reduce(0) { $0 + $1.callCount })",
                    "total_error_replies:\(counts.reduce(0) { $0 + $1.errorCount })",
                ]
            },
            Section(name: "Replication") { ["role:master", "connected_slaves:0"] },
            Section(name: "Commandstats", isDefault: false) { commands(counts) },
            Section(name: "Errorstats") { errors(counts) },
            Section(name: "Keyspace") { engine.keyCounts.map { "db\($0.database):keys=\($0.count)" } },
        ]
    }

    private static func commands(_ counts: [CallStatistics]) -> [String] {
        // A command of the port is refused by the engine when a script calls it.
        let all = Dictionary(counts.flatMap(\.commands).map { ($0.name, $0.calls) }) { $0.adding($1) }
        return all.sorted { $0.key < $1.key }.map { name, calls in
            let microseconds = calls.nanoseconds / 1_000
            let mean = calls.count > 0 ? Double(microseconds) / Double(calls.count) : 0
            return "cmdstat_\(name):calls=\(calls.count),usec=\(microseconds),"
                + "usec_per_call=\(ByteCount.hundredths(mean)),rejected_calls=\(calls.rejected),"
                + "failed_calls=\(calls.failed)"
        }
    }

    private static func errors(_ counts: [CallStatistics]) -> [String] {
        Dictionary(counts.flatMap(\.errorCodes).map { ($0.code, $0.count) }, uniquingKeysWith: +)
            .sorted { $0.key < $1.key }.map { "errorstat_\(printable($0.key)):count=\($0.value)" }
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
