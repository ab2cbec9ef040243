import PeriluneLua

/// A line of the table of commands.
///
///     BLPOP  2.0  -3 wb  1:-2  <7.2=wsb
///
/// Name (`XGROUP|CREATE` for a subcommand), first release, arity, flags, keys, then what was different before a release
/// (`<7.2=wsb` flags, `<7.0=3` arity), and `!7.0` for a command that this release took away. The release `*` is that of
/// a module, which any server may load. See ``KeyPlace`` for how keys are written.
struct CommandRow: Sendable, Hashable {
    /// Something that was different before a release.
    private struct Change: Sendable, Hashable {
        enum Value: Sendable, Hashable {
            case arity(Int)
            case flags(KnownCommand.Flags)
        }

        let release: ScriptHeader.Version
        let value: Value

        /// Reads `<7.2=wsb` or `<7.0=3`; `nil` for anything else.
        init?(_ text: Substring) {
            let parts = text.dropFirst().split(separator: "=", maxSplits: 1)
            guard text.first == "<", parts.count == 2, let release = ScriptHeader.Version(release: parts[0]) else {
                return nil
            }
            self.release = release
            if let arity = Int(parts[1]) {
                value = .arity(arity)
            } else if let flags = KnownCommand.Flags(letters: parts[1]) {
                value = .flags(flags)
            } else {
                return nil
            }
        }
    }

    /// In upper case, `XGROUP|CREATE` for a subcommand.
    let name: String
    /// The first release that has it; `nil` for a module's.
    let since: ScriptHeader.Version?
    /// The first release that no longer has it.
    let removed: ScriptHeader.Version?
    private let arity: Int
    private let flags: KnownCommand.Flags
    private let keys: [KeyPlace]
    /// The latest first.
    private let changes: [Change]

    /// Reads a line; `nil` when it is not one.
    init?(_ line: Substring) {
        let columns = line.split(separator: " ")
        guard columns.count >= 5, let arity = Int(columns[2]), let flags = KnownCommand.Flags(letters: columns[3])
        else {
            return nil
        }
        var keys: [KeyPlace] = []
        for text in columns[4].split(separator: ",") where text != "-" {
            guard let place = KeyPlace(text) else { return nil }
            keys.append(place)
        }
        var changes: [Change] = []
        var removed: ScriptHeader.Version?
        for column in columns[5...] {
            if column.first == "!", let release = ScriptHeader.Version(release: column.dropFirst()) {
                removed = release
            } else if let change = Change(column) {
                changes.append(change)
            } else {
                return nil
            }
        }
        if columns[1] == "*" {
            since = nil
        } else if let version = ScriptHeader.Version(release: columns[1]) {
            since = version
        } else {
            return nil
        }
        name = String(columns[0])
        self.removed = removed
        self.arity = arity
        self.flags = flags
        self.keys = keys
        self.changes = changes.sorted { $0.release > $1.release }
    }

    /// What a release says of the command, given that it has it.
    func command(in redis: RedisVersion, hasSubcommands: Bool) -> KnownCommand {
        var arity = arity
        var flags = flags
        for change in changes where !redis.hasReached(change.release) {
            switch change.value {
            case .arity(let earlier): arity = earlier
            case .flags(let earlier): flags = earlier
            }
        }
        let deprecation = Deprecation.all[name].flatMap { redis.hasReached($0.since) ? $0 : nil }
        return KnownCommand(
            name: fullName, arity: arity, flags: flags, keys: keys, hasSubcommands: hasSubcommands,
            deprecation: deprecation)
    }

    /// As people write it: `XGROUP CREATE`.
    var fullName: String { String(name.map { $0 == "|" ? " " : $0 }) }
}

extension ScriptHeader.Version {
    /// Reads `7.0` or `2.6.12`.
    init?(release text: Substring) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard (2...3).contains(parts.count), let major = parts[0], let minor = parts[1] else { return nil }
        guard let patch = parts.count == 3 ? parts[2] : 0 else { return nil }
        self.init(major: major, minor: minor, patch: patch)
    }

    /// As a release is called: `7.0`, but `2.6.12`.
    var release: String { patch == 0 ? "\(major).\(minor)" : description }
}

extension RedisVersion {
    /// Whether what came with a release is there. Of a series its newest release counts.
    func hasReached(_ version: ScriptHeader.Version) -> Bool {
        guard let own = ScriptHeader.Version(release: rawValue[...]) else { return false }
        return (own.major, own.minor) >= (version.major, version.minor)
    }
}
