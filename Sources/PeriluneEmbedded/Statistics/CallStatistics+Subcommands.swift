extension CallStatistics {
    /// The name under which a subcommand is counted, `xinfo|stream` for example; `nil` when the server has none such.
    package static func name(_ command: String, _ word: some Collection<UInt8>) -> String? {
        let subcommand = String(decoding: word.prefix(32), as: UTF8.self).lowercased()
        return subcommands[command]?.contains(subcommand) == true ? "\(command)|\(subcommand)" : nil
    }

    /// The subcommands of redis-server 7.0, of the commands that there are here.
    private static let subcommands: [String: Set<String>] = [
        "client": [
            "caching", "getname", "getredir", "help", "id", "info", "kill", "list", "no-evict", "pause", "reply",
            "setname", "tracking", "trackinginfo", "unblock", "unpause",
        ],
        "command": ["count", "docs", "getkeys", "getkeysandflags", "help", "info", "list"],
        "config": ["get", "help", "resetstat", "rewrite", "set"],
        "object": ["encoding", "freq", "help", "idletime", "refcount"],
        "pubsub": ["channels", "help", "numpat", "numsub", "shardchannels", "shardnumsub"],
        "script": ["debug", "exists", "flush", "help", "kill", "load"],
        "xgroup": ["create", "createconsumer", "delconsumer", "destroy", "help", "setid"],
        "xinfo": ["consumers", "groups", "help", "stream"],
    ]
}
