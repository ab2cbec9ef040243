import PeriluneEmbedded
import PeriluneIO

/// The settings that clients see and set with `CONFIG`, under the names that a server has for them.
struct PortSettings {
    private var values: [String: String]

    /// For how many milliseconds a script runs before others are told that the port is busy.
    private(set) var busyMilliseconds = 5_000

    /// A setting that `CONFIG SET` changes.
    private enum Changeable: String {
        case busyReplyThreshold = "busy-reply-threshold"
        case maxmemory
        case maxmemoryPolicy = "maxmemory-policy"

        init?(_ name: String) {
            self.init(rawValue: name == "lua-time-limit" ? "busy-reply-threshold" : name)
        }
    }

    init(_ configuration: RedisPort.Configuration) {
        values = [
            "appendonly": "no", "bind": configuration.host ?? "", "databases": "16",
            "maxclients": "\(configuration.maximumConnections)", "maxmemory-policy": "noeviction",
            "port": "\(configuration.host == nil ? 0 : configuration.port)", "proto-max-bulk-len": "536870912",
            "save": "", "timeout": "0", "unixsocket": configuration.unixSocket ?? "",
        ]
    }

    /// The limit of the engine's data as a server tells it: 0 for none.
    static func maxmemory(of engine: ExclusiveEngine) -> Int {
        engine.dataMemoryLimit == .max ? 0 : engine.dataMemoryLimit
    }

    /// `CONFIG GET|SET|RESETSTAT`
    ///
    /// - Parameter counts: What the port counts itself.
    mutating func answer(
        _ request: RESPRequest, _ engine: ExclusiveEngine, _ counts: CallStatistics, _ reply: PortReply
    ) {
        let word = String(decoding: request[1].prefix(128), as: UTF8.self)
        let words = (1..<request.count).map { String(decoding: request[$0].prefix(1024), as: UTF8.self).lowercased() }
        switch words[0] {
        case "get" where words.count > 1: get(words.dropFirst(), engine, reply)
        case "set" where words.count > 2 && words.count % 2 == 1: set(Array(words.dropFirst()), engine, reply)
        case "resetstat" where words.count == 1:
            engine.statistics?.reset()
            counts.reset()
            reply.status("OK")
        case "get", "set", "resetstat": reply.wrongNumber(of: "config|\(words[0])")
        default:
            reply.error("ERR unknown subcommand '\(PortInformation.printable(word))'. Try CONFIG HELP.")
        }
    }

    private func get(_ patterns: ArraySlice<String>, _ engine: ExclusiveEngine, _ reply: PortReply) {
        var found = values
        found["busy-reply-threshold"] = "\(busyMilliseconds)"
        found["lua-time-limit"] = found["busy-reply-threshold"]
        found["maxmemory"] = "\(Self.maxmemory(of: engine))"
        let names = found.keys.filter { name in patterns.contains { EmbeddedEngine.matches(name, $0) } }.sorted()
        reply.map(names.count)
        for name in names {
            reply.bulk(name.utf8)
            reply.bulk((found[name] ?? "").utf8)
        }
    }

    /// Sets all or, when one is wrong, none.
    private mutating func set(_ words: [String], _ engine: ExclusiveEngine, _ reply: PortReply) {
        var changed = self
        var limit = engine.dataMemoryLimit
        for index in stride(from: 0, to: words.count, by: 2) {
            let value = words[index + 1]
            func fail(_ reason: String) {
                let name = PortInformation.printable(words[index])
                reply.error("ERR CONFIG SET failed (possibly related to argument '\(name)') - \(reason)")
            }
            switch Changeable(words[index]) {
            case .busyReplyThreshold:
                guard let number = Int(value) else { return fail("argument couldn't be parsed into an integer") }
                guard number >= 0 else { return fail("argument must be between 0 and \(Int.max) inclusive") }
                changed.busyMilliseconds = number
            case .maxmemory:
                guard let bytes = value.isEmpty ? 0 : ByteCount.bytes(of: value) else {
                    return fail("argument must be a memory value")
                }
                limit = bytes == 0 ? .max : bytes
            case .maxmemoryPolicy:
                guard value == "noeviction" else { return fail("the port evicts no keys: noeviction is all it has") }
            case nil:
                let name = PortInformation.printable(words[index])
                return reply.error("ERR Unknown option or number of arguments for CONFIG SET - '\(name)'")
            }
        }
        self = changed
        engine.dataMemoryLimit = limit
        reply.status("OK")
    }
}
