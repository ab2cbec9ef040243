import PeriluneCore

/// Which nodes of a cluster a call goes to.
///
/// A call goes to the node of its keys' slot, and all its keys must be in one: a cluster refuses anything else. A call
/// without keys goes to any one node that serves slots, but for the few commands that are about all data or all
/// scripts: they go to every such node, and their replies are put together. `SCAN` goes through the nodes one by one, and
/// `RANDOMKEY`, to which one node has no answer, is refused.
enum ClusterRoute: Hashable {
    case slot(Int)
    case anyPrimary
    case everyPrimary(ReplyMerge)
    /// The node that the cursor names.
    case scan

    /// The route of a request.
    ///
    /// - Throws: ``EngineError/Code/crossSlot``.
    init(of request: Request) throws(EngineError) {
        switch request.body {
        case .script(_, let keys, _): try self.init(of: keys)
        case .command(let command): try self.init(of: command)
        case .several(let commands): try self.init(of: commands)
        }
    }

    /// The route of a plain command.
    ///
    /// - Throws: ``EngineError/Code/crossSlot``.
    /// - Complexity: O(arguments), O(1) for most commands.
    init(of command: RedisCommand) throws(EngineError) {
        let places = KeyPlaces(of: command)
        switch places {
        case .first:
            self = command.arguments.first.map { .slot($0.slot) } ?? .anyPrimary
        case .none:
            try self.init(keyless: command)
        default:
            let keys = places.positions(in: command.arguments).lazy.map { command.arguments[$0].slot }
            self = try Self.commonSlot(of: keys).map { .slot($0) } ?? .anyPrimary
        }
    }

    /// The route of a script call.
    ///
    /// - Throws: ``EngineError/Code/crossSlot``.
    /// - Complexity: O(bytes of the keys).
    init(of keys: [RedisKey]) throws(EngineError) {
        self = try Self.commonSlot(of: keys.lazy.map(\.slot)).map { .slot($0) } ?? .anyPrimary
    }

    /// The route of several commands that one node is to run next to each other.
    ///
    /// - Throws: ``EngineError/Code/crossSlot``, also for a command that goes to every node.
    init(of commands: [RedisCommand]) throws(EngineError) {
        var common: Int?
        for command in commands {
            guard let slot = try Self.slot(ofPart: command) else { continue }
            if let common, common != slot { throw .crossSlot(common, slot) }
            common = slot
        }
        self = common.map { .slot($0) } ?? .anyPrimary
    }

    /// The slot of a command that stands among others; `nil` when any node can run it.
    ///
    /// - Throws: ``EngineError/Code/crossSlot``, also for a command that goes to every node.
    static func slot(ofPart command: RedisCommand) throws(EngineError) -> Int? {
        switch try ClusterRoute(of: command) {
        case .anyPrimary: return nil
        case .slot(let slot): return slot
        case .everyPrimary, .scan:
            throw EngineError(.crossSlot, "\(command.name) is about all nodes and cannot stand among other commands")
        }
    }

    private static func commonSlot(of slots: some Sequence<Int>) throws(EngineError) -> Int? {
        var common: Int?
        for slot in slots {
            if let common, common != slot { throw .crossSlot(common, slot) }
            common = slot
        }
        return common
    }

    private init(keyless command: RedisCommand) throws(EngineError) {
        func isSubcommand(_ names: String...) -> Bool {
            guard let first = command.arguments.first else { return false }
            return names.contains(String(decoding: first.bytes, as: UTF8.self).uppercased())
        }
        switch command.name.uppercased() {
        case "DBSIZE": self = .everyPrimary(.sum)
        case "KEYS": self = .everyPrimary(.concatenation)
        case "FLUSHALL", "FLUSHDB": self = .everyPrimary(.first)
        case "SCRIPT" where isSubcommand("EXISTS"): self = .everyPrimary(.minimum)
        case "SCRIPT" where isSubcommand("LOAD", "FLUSH"): self = .everyPrimary(.first)
        case "FUNCTION" where isSubcommand("LOAD", "DELETE", "FLUSH", "RESTORE"): self = .everyPrimary(.first)
        case "SCAN": self = .scan
        case "RANDOMKEY":
            throw EngineError(.crossSlot, "\(command.name) is about the keys of one node, and there are several")
        default: self = .anyPrimary
        }
    }
}

extension EngineError {
    /// The error of a call whose keys are not in one slot.
    static func crossSlot(_ one: Int, _ another: Int) -> EngineError {
        EngineError(
            .crossSlot,
            "the keys of one call must be in one hash slot, and these are in the slots \(one) and \(another)")
    }
}
