import PeriluneLua

/// The types of keys that commands are for.
enum KeyTypes {
    /// The types that a command works on or makes; `nil` when that is any, or a type that headers do not know.
    ///
    /// - Parameters:
    ///   - command: In upper case, with a blank before the name of a subcommand if that is known.
    ///   - position: The position of the key among the words; the name is word 0.
    static func of(_ command: String, keyAt position: Int) -> Set<ScriptHeader.KeyType>? {
        guard let type = types[String(command.prefix { $0 != " " })] else { return nil }
        switch command {
        // They take sets for sorted sets whose scores are all 1; only where they store is a sorted set.
        case "ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE": return position == 1 ? [.zset] : [.zset, .set]
        case "ZUNION", "ZINTER", "ZDIFF", "ZINTERCARD": return [.zset, .set]
        default: return [type]
        }
    }

    /// By the groups of the table of commands.
    private static let types: [String: ScriptHeader.KeyType] = {
        let groups: [(ScriptHeader.KeyType, String)] = [
            (.string, CommandTable.stringRows), (.hash, CommandTable.hashRows), (.list, CommandTable.listRows),
            (.set, CommandTable.setRows), (.zset, CommandTable.sortedSetRows), (.stream, CommandTable.streamRows),
        ]
        var types: [String: ScriptHeader.KeyType] = [:]
        for (type, rows) in groups {
            for row in rows.split(separator: "\n") {
                types[String(row.prefix { $0 != " " && $0 != "|" })] = type
            }
        }
        return types
    }()
}
