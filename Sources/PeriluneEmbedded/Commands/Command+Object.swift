extension Command {
    /// What `OBJECT` tells of a key.
    static let objectCommands: [Subcommand] = [
        Subcommand("encoding", 3) { keyspace, arguments in
            keyspace.entry(for: arguments[2]).map { .bulk(Array("\($0.header.value.encodingName)".utf8)) } ?? .null
        },
        Subcommand("freq", 3) { keyspace, arguments in
            guard keyspace.entry(for: arguments[2]) != nil else { return .null }
            throw CommandError(
                "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when "
                    + "switching between policies at runtime LRU and LFU data will take some time to adjust.")
        },
        .help([
            "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
            "ENCODING <key>",
            "    Return the kind of internal representation used in order to store the value",
            "    associated with a <key>.",
            "FREQ <key>",
            "    Return the access frequency index of the <key>. The returned integer is",
            "    proportional to the logarithm of the recent access frequency of the key.",
            "IDLETIME <key>",
            "    Return the idle time of the <key>, that is the approximated number of",
            "    seconds elapsed since the last access to the key.",
            "REFCOUNT <key>",
            "    Return the number of references of the value associated with the specified",
            "    <key>.",
            "HELP",
            "    Prints this help.",
        ]),
        Subcommand("idletime", 3) { keyspace, arguments in
            // The engine does not note who reads what.
            keyspace.entry(for: arguments[2]).map { _ in .integer(0) } ?? .null
        },
        Subcommand("refcount", 3) { keyspace, arguments in
            keyspace.entry(for: arguments[2]).map { .integer($0.header.value.referenceCount) } ?? .null
        },
    ]
}

extension StoredValue {
    /// How often a server would say that the value is in use: it shares small integers, without counting.
    fileprivate var referenceCount: Int {
        if case .string(.integer(0..<10_000)) = self { Int(Int32.max) } else { 1 }
    }
}
