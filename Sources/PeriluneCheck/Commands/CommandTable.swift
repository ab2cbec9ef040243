import PeriluneLua

/// The commands of a release of Redis.
struct CommandTable: Sendable {
    let version: RedisVersion

    init(version: RedisVersion) { self.version = version }

    /// What is known of a name.
    enum Lookup: Sendable, Hashable {
        case known(KnownCommand)
        /// A later release has it. The name is in upper case, with that of the subcommand if that is what is missing.
        case later(String, since: ScriptHeader.Version)
        /// An earlier release had it.
        case removed(String, in: ScriptHeader.Version)
        /// It has a dot in its name: some module may have it.
        case module
        /// There is a command with subcommands, but none of this name.
        case unknownSubcommand
        case unknown
    }

    /// Every line of the table, by name.
    static let rows: [String: CommandRow] = Dictionary(
        lines.compactMap { line in CommandRow(line).map { ($0.name, $0) } }, uniquingKeysWith: { first, _ in first })

    /// The text of the table.
    static let lines: [Substring] = [
        keyRows, stringRows, hashRows, listRows, setRows, sortedSetRows, streamRows, vectorSetRows, serverRows,
        clusterRows, connectionRows, scriptRows, messageRows, moduleRows,
    ].flatMap { $0.split(separator: "\n") }

    /// The names of subcommands by their command's, of all releases.
    private static let subcommandNames: [String: [String]] = Dictionary(
        grouping: rows.keys.filter { $0.contains("|") }, by: { String($0.prefix { $0 != "|" }) }
    ).mapValues { $0.map { String($0.drop { $0 != "|" }.dropFirst()) }.sorted() }

    /// The names of commands without subcommands' own, of all releases.
    private static let commandNames: [String] = rows.keys.filter { !$0.contains("|") }.sorted()

    /// Looks a command up.
    ///
    /// - Parameters:
    ///   - name: In letters of either case.
    ///   - subcommand: The word after the name where it is known; it matters for commands with subcommands alone.
    /// - Complexity: O(1).
    func lookup(_ name: String, subcommand: String? = nil) -> Lookup {
        let name = name.asciiUppercased
        // The bar is the table's own.
        guard !name.contains("|"), let row = Self.rows[name] else { return name.contains(".") ? .module : .unknown }
        let isContainer = Self.subcommandNames[name] != nil
        let found = lookup(row, hasSubcommands: isContainer)
        guard case .known = found, isContainer, let subcommand else { return found }
        guard !subcommand.contains("|"), let row = Self.rows[name + "|" + subcommand.asciiUppercased] else {
            return .unknownSubcommand
        }
        return lookup(row, hasSubcommands: false)
    }

    private func lookup(_ row: CommandRow, hasSubcommands: Bool) -> Lookup {
        if let removed = row.removed, version.hasReached(removed) { return .removed(row.fullName, in: removed) }
        if let since = row.since, !version.hasReached(since) { return .later(row.fullName, since: since) }
        return .known(row.command(in: version, hasSubcommands: hasSubcommands))
    }

    /// All commands of the release, subcommands with their own names, in alphabetical order.
    var commands: [KnownCommand] {
        Self.rows.values.sorted { $0.name < $1.name }.compactMap { row in
            guard case .known(let command) = lookup(row, hasSubcommands: Self.subcommandNames[row.name] != nil) else {
                return nil
            }
            return command
        }
    }

    // MARK: Names that are nearly right

    /// The command of the release whose name is nearest to an unknown one, if any is near enough.
    ///
    /// - Complexity: O(commands × name²) for names no longer than the longest command, else O(1).
    func suggestion(for name: String) -> String? {
        nearest(to: name.asciiUppercased, among: Self.commandNames, prefix: "")
    }

    /// The same for the subcommands of a command.
    func suggestion(for subcommand: String, of command: String) -> String? {
        let command = command.asciiUppercased
        return nearest(
            to: subcommand.asciiUppercased, among: Self.subcommandNames[command] ?? [], prefix: command + "|")
    }

    private func nearest(to name: String, among candidates: [String], prefix: String) -> String? {
        let isHere = { (candidate: String) in
            guard let row = Self.rows[prefix + candidate], case .known = lookup(row, hasSubcommands: false) else {
                return false
            }
            return true
        }
        return NameDistance.nearest(to: name, among: candidates, where: isHere)
    }
}
