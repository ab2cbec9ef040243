import PeriluneEmbedded
import PeriluneIO

/// The settings that clients see and set with `CONFIG`, under the names that a server has for them.
struct PortSettings {
    private var values: [String: String]

    /// Those that `CONFIG SET` changes.
    private static let changeable: Set<String> = ["busy-reply-threshold"]
    /// Other names of settings.
    private static let synonyms = ["lua-time-limit": "busy-reply-threshold"]

    init(_ configuration: RedisPort.Configuration) {
        values = [
            "appendonly": "no", "bind": configuration.host ?? "", "busy-reply-threshold": "5000", "databases": "16",
            "maxclients": "\(configuration.maximumConnections)", "maxmemory": "0", "maxmemory-policy": "noeviction",
            "port": "\(configuration.host == nil ? 0 : configuration.port)", "proto-max-bulk-len": "536870912",
            "save": "", "timeout": "0", "unixsocket": configuration.unixSocket ?? "",
        ]
    }

    /// For how many milliseconds a script runs before others are told that the port is busy.
    var busyMilliseconds: Int { values["busy-reply-threshold"].flatMap(Int.init) ?? 5_000 }

    /// `CONFIG GET|SET|RESETSTAT`
    mutating func answer(_ request: RESPRequest, _ reply: PortReply) {
        let word = String(decoding: request[1].prefix(128), as: UTF8.self)
        let words = (1..<request.count).map { String(decoding: request[$0].prefix(1024), as: UTF8.self).lowercased() }
        switch words[0] {
        case "get" where words.count > 1: get(words.dropFirst(), reply)
        case "set" where words.count > 2 && words.count % 2 == 1: set(Array(words.dropFirst()), reply)
        case "resetstat" where words.count == 1: reply.status("OK")
        case "get", "set", "resetstat": reply.wrongNumber(of: "config|\(words[0])")
        default:
            reply.error("ERR unknown subcommand '\(PortInformation.printable(word))'. Try CONFIG HELP.")
        }
    }

    private func get(_ patterns: ArraySlice<String>, _ reply: PortReply) {
        var found = values
        for (name, original) in Self.synonyms { found[name] = values[original] }
        let names = found.keys.filter { name in patterns.contains { EmbeddedEngine.matches(name, $0) } }.sorted()
        reply.map(names.count)
        for name in names {
            reply.bulk(name.utf8)
            reply.bulk((found[name] ?? "").utf8)
        }
    }

    private mutating func set(_ words: [String], _ reply: PortReply) {
        var changed = values
        for index in stride(from: 0, to: words.count, by: 2) {
            let name = Self.synonyms[words[index]] ?? words[index]
            guard Self.changeable.contains(name) else {
                return reply.error(
                    "ERR Unknown option or number of arguments for CONFIG SET - '\(PortInformation.printable(words[index]))'"
                )
            }
            guard let number = Int(words[index + 1]), number >= 0 else {
                return reply.error(
                    "ERR CONFIG SET failed (possibly related to argument '\(PortInformation.printable(words[index]))') - argument couldn't be parsed into an integer"
                )
            }
            changed[name] = "\(number)"
        }
        values = changed
        reply.status("OK")
    }
}
