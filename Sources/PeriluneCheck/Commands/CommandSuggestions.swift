/// The commands that may be meant by names that are none, as far as it is worth looking for them.
struct CommandSuggestions {
    let table: CommandTable
    private var known: [String: String?] = [:]
    /// Nobody reads more of them, and each takes all names there are.
    private static let limit = 100

    init(_ table: CommandTable) { self.table = table }

    /// - Parameter command: The command of which it is a subcommand; `nil` for a command.
    mutating func name(like name: String, of command: String? = nil) -> String? {
        let key = (command.map { $0 + " " } ?? "") + name
        if let suggestion = known[key] { return suggestion }
        guard known.count < Self.limit else { return nil }
        let suggestion =
            if let command { table.suggestion(for: name, of: command) } else { table.suggestion(for: name) }
        known[key] = .some(suggestion)
        return suggestion
    }
}
