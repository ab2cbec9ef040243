import PeriluneCore
import PeriluneLua
import PeriluneRedis
import PeriluneTestSupport
import Testing

@testable import PeriluneCheck

/// What the table says, and what redis-server says.
@Suite(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct CommandServerTests {
    /// The release of a server, if there is a table of it.
    private func version(of engine: RedisEngine) async throws -> RedisVersion? {
        let information = try await engine.send(RedisCommand("INFO", ["server"])).string ?? ""
        let line = information.split(whereSeparator: \.isNewline).first { $0.hasPrefix("redis_version:") }
        let numbers = line?.dropFirst("redis_version:".count).split(separator: ".").prefix(2) ?? []
        return RedisVersion(rawValue: numbers.joined(separator: "."))
    }

    @Test("The table has the commands of the server, with their arity, flags and places of keys")
    func commands() async throws {
        try await withServer { engine in
            guard let version = try await version(of: engine) else { return }
            let reply = try await engine.send(RedisCommand("COMMAND")).array ?? []
            var own: [String: KnownCommand] = [:]
            for command in CommandTable(version: version).commands where !command.name.contains(".") {
                own[command.name] = command
            }
            #expect(reply.count > 200)
            for command in reply { compare(command, with: &own, version) }
            #expect(own.isEmpty, "the server has no \(own.keys.sorted())")
        }
    }

    /// Compares a command with what the table says, takes it out there, and goes on with its subcommands.
    private func compare(_ reply: RedisReply, with own: inout [String: KnownCommand], _ version: RedisVersion) {
        guard let fields = reply.array, fields.count >= 6, let name = fields[0].string?.uppercased() else {
            Issue.record("\(reply)")
            return
        }
        let flags = Set((fields[2].array ?? []).compactMap(\.string))
        // What modules say of their commands is less than what is known of them.
        guard !flags.contains("module") else {
            own[name] = nil
            return
        }
        guard let command = own.removeValue(forKey: name.replacing("|", with: " ")) else {
            Issue.record("the table has no \(name)")
            return
        }
        #expect(command.arity == fields[1].integer, "\(name)")
        #expect(command.flags.contains(.write) == flags.contains("write"), "\(name)")
        #expect(command.flags.contains(.readOnly) == flags.contains("readonly"), "\(name)")
        #expect(command.flags.contains(.mayGrow) == flags.contains("denyoom"), "\(name)")
        #expect(command.flags.contains(.noScript) == flags.contains("noscript"), "\(name)")
        // Redis 7.2 does not say it of these.
        if !["WAIT", "WAITAOF"].contains(name) {
            #expect(command.flags.contains(.blocking) == flags.contains("blocking"), "\(name)")
        }
        comparePlaces(of: command, first: fields[3].integer, last: fields[4].integer, step: fields[5].integer)
        guard fields.count > 9, let subcommands = fields[9].array else { return }
        #expect(command.hasSubcommands == !subcommands.isEmpty, "\(name)")
        for subcommand in subcommands { compare(subcommand, with: &own, version) }
    }

    /// The server says where the first keys are that it finds without looking at words.
    private func comparePlaces(of command: KnownCommand, first: Int?, last: Int?, step: Int?) {
        // Channels of shards have slots, but are no keys.
        guard let first, let last, let step, first > 0,
            !["SPUBLISH", "SSUBSCRIBE", "SUNSUBSCRIBE"].contains(command.name)
        else { return }
        let count = 9
        let expected = Array(stride(from: first, through: last < 0 ? count + last : last, by: max(1, step)))
        var positions: [Int] = []
        for place in command.keys {
            guard case .range = place else { continue }
            positions += place.positions(count: count) { _ in nil } ?? []
        }
        #expect(positions.sorted().starts(with: expected), "\(command.name): \(positions), not \(expected)")
    }

    @Test("The server finds the same keys in calls")
    func keys() async throws {
        try await withServer { engine in
            guard try await version(of: engine) == .v70 else { return }
            for (text, positions) in CommandKeyTests.samples {
                let words = text.split(separator: " ").map(String.init)
                let keys = try await engine.send(RedisCommand("COMMAND", ["GETKEYS"] + words.map { .string($0) }))
                #expect(keys.array?.compactMap(\.string) == positions.map { words[$0] }, "\(text)")
            }
        }
    }

    @Test("The server refuses to scripts that only read what counts as a write here")
    func writes() async throws {
        try await withServer { engine in
            guard let version = try await version(of: engine), version >= .v70 else { return }
            for command in CommandTable(version: version).commands {
                guard command.isWrite, !command.flags.contains(.noScript), !command.name.contains(".") else { continue }
                // As many words as it takes, so that nothing is wrong but that it writes.
                let words = command.name.split(separator: " ").map { "'\($0)'" }
                let count = max(0, Int(command.arity.magnitude) - words.count)
                let call = (words + Array(repeating: "'1'", count: count)).joined(separator: ", ")
                let error = await #expect(throws: EngineError.self, "\(command.name)") {
                    try await engine.send(RedisCommand("EVAL_RO", [.string("return redis.call(\(call))"), "0"]))
                }
                #expect(error?.message.contains("Write commands are not allowed") == true, "\(command.name)")
            }
        }
    }

    @Test("The libraries hold what the server's do")
    func libraries() async throws {
        try await withServer { engine in
            guard try await version(of: engine) == .v70 else { return }
            for library in LuaGlobals.libraries where library != "_G" {
                let script = """
                    local names = {}
                    for name in pairs(\(library)) do names[#names + 1] = name end
                    return names
                    """
                let reply = try await engine.send(RedisCommand("EVAL", [.string(script), "0"]))
                let names = Set((reply.array ?? []).compactMap(\.string))
                #expect(names == LuaGlobals.members(of: library, in: .v70), "\(library)")
            }
        }
    }
}
