extension Command {
    /// `OBJECT ENCODING|FREQ|IDLETIME|REFCOUNT key`, `OBJECT HELP`
    static func describe(_ keyspace: inout Keyspace, _ arguments: Arguments) throws(CommandError) -> CommandReply {
        let subcommand = arguments[1]
        let isHelp = subcommand.isWord("help")
        guard
            isHelp || subcommand.isWord("encoding") || subcommand.isWord("freq") || subcommand.isWord("idletime")
                || subcommand.isWord("refcount")
        else { throw CommandError("ERR unknown subcommand '\(subcommand.text.prefix(128))'. Try OBJECT HELP.") }
        guard arguments.count == (isHelp ? 2 : 3) else {
            throw .argumentCount(of: "object|\(subcommand.text.lowercased())")
        }
        if isHelp { return .array(help.map { .status($0) }) }
        guard let entry = keyspace.entry(for: arguments[2]) else { return .null }
        if subcommand.isWord("encoding") { return .bulk(Array("\(entry.encodingName)".utf8)) }
        if subcommand.isWord("refcount") { return .integer(entry.header.value.referenceCount) }
        if subcommand.isWord("idletime") { return .integer(0) }  // the engine does not note who reads what
        throw CommandError(
            "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when "
                + "switching between policies at runtime LRU and LFU data will take some time to adjust.")
    }

    private static let help: [StaticString] = [
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
    ]
}

extension StoredValue {
    /// How often a server would say that the value is in use: it shares small integers, without counting.
    fileprivate var referenceCount: Int {
        if case .string(.integer(0..<10_000)) = self { Int(Int32.max) } else { 1 }
    }
}
