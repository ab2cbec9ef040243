import PeriluneCore
import PeriluneEmbedded
import PeriluneFuzzing
import PeriluneTestSupport
import Testing

@testable import Perilune

/// Every script of `lua/state` on a real server and on the embedded engine, call by call at the same times: the replies,
/// what is stored and its expiries are the same to the byte.
@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct StateScriptTests {
    let pair: EnginePair
    let document: RedisKey = "p:{d}:st:x"
    let messages: RedisKey = "p:{d}:ms:x"

    init() throws {
        pair = try EnginePair()
    }

    private func update(_ arguments: [RedisArgument]) async throws -> RedisReply {
        try await pair.call(Scripts.State.Update.script, keys: [document, messages], arguments: arguments)
    }

    private func append(_ arguments: [RedisArgument]) async throws -> RedisReply {
        try await pair.call(Scripts.State.Append.script, keys: [messages, document], arguments: arguments)
    }

    private func read(_ arguments: [RedisArgument]) async throws -> RedisReply {
        try await pair.call(Scripts.State.Messages.script, keys: [messages, document], arguments: arguments)
    }

    /// What is stored, which the engines agree on.
    private func contents() async throws -> [RedisReply] {
        [
            try await pair.send(RedisCommand("HGETALL", [document.argument]), order: .anyOfPairs),
            try await pair.send(RedisCommand("LRANGE", [messages.argument, 0, -1])),
            try await pair.send(RedisCommand("PEXPIRETIME", [document.argument])),
            try await pair.send(RedisCommand("PEXPIRETIME", [messages.argument])),
        ]
    }

    // MARK: Random calls

    private struct Calls {
        static let names: [RedisArgument] = [
            "a", "b", "c", "", "é", "{", "\0s", .bytes([0xFF, 0xFE]), .string(String(repeating: "n", count: 100)),
        ]
        static let values: [RedisArgument] = [
            "0", "1", "-7", "9007199254740991", "-9007199254740991", "9007199254740992", "1.5", "null", "\"text\"",
            "[ ]", .bytes([0, 1, 2]), .string("\"" + String(repeating: "v", count: 90) + "\""),
        ]
        static let amounts: [RedisArgument] = [
            1, -1, 41, 0, "-0", "007", 9_007_199_254_740_991, -9_007_199_254_740_991,
        ]

        var generator: SeededGenerator

        mutating func one<Element>(of elements: [Element], or other: Element) -> Element {
            elements.randomElement(using: &generator) ?? other
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

        /// The arguments of `state.update`, once in a while such as are refused.
        mutating func update(_ version: Int) -> [RedisArgument] {
            let conditions: [RedisArgument] = [
                "", "", "", "XX", "NX", .integer(version), .integer(version + 1), "0", "?",
            ]
            let operations: [RedisArgument] = ["merge", "merge", "merge", "replace"]
            let condition = one(of: conditions, or: "")
            let operation = one(of: operations, or: "merge")
            var arguments: [RedisArgument] = [
                operation, condition, .integer(number(0...60_000)), .integer(number(1...9)), .integer(number(1...500)),
            ]
            for _ in 0..<number(0...5) {
                let kind = number(0...19)
                switch kind {
                case 0: arguments += ["expect", one(of: Self.names, or: ""), one(of: Self.values + [""], or: "")]
                case 1..<4: arguments += ["delete", one(of: Self.names, or: ""), ""]
                case 4..<10: arguments += ["increment", one(of: Self.names, or: ""), one(of: Self.amounts, or: 1)]
                case 10: arguments += ["set", "\0", "1"]
                default: arguments += ["set", one(of: Self.names, or: ""), one(of: Self.values, or: "")]
                }
            }
            return arguments
        }

        mutating func append() -> [RedisArgument] {
            var arguments: [RedisArgument] = [
                .integer(number(0...60_000)), .integer(number(1...12)), .integer(number(20...200)),
            ]
            for _ in 0..<number(0...6) { arguments.append(one(of: Self.values, or: "1")) }
            return arguments
        }
    }

    @Test func repliesDataAndExpiriesAreTheSame() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var calls = Calls(generator: SeededGenerator(seed: seed))
        var version = 0
        for round in 0..<1_500 {
            do {
                switch calls.number(0...19) {
                case 0: pair.advance(Int64(calls.number(0...30_000_000)))
                case 1..<4: pair.advance(Int64(calls.number(0...3_000)))
                case 4:
                    _ = try await pair.send(
                        RedisCommand("DEL", [calls.one(of: [document, messages], or: document).argument]))
                case 5..<10: _ = try await append(calls.append())
                case 10..<13:
                    _ = try await read([.integer(calls.number(-2...40)), .integer(calls.number(0...20))])
                default:
                    let reply = try await update(calls.update(version))
                    if let found = reply.array?.first?.integer { version = abs(found) }
                }
                let contents = try await contents()
                for expiry in contents.suffix(2) { #expect(expiry != .integer(-1), "seed \(seed), round \(round)") }
            } catch {
                Issue.record("seed \(seed), round \(round): \(error)")
                return
            }
        }
    }

    /// As many changes and messages as one call takes: replies and lists of that length are the same as well.
    @Test func theLargestCallsAreTheSame() async throws {
        func all(_ kind: RedisArgument, _ value: RedisArgument) -> [RedisArgument] {
            (0..<2_048).flatMap { [kind, .string("m\($0)"), value] }
        }
        func update(_ head: [RedisArgument], _ changes: [RedisArgument]) async throws -> RedisReply {
            try await self.update(head + changes)
        }
        #expect(try await update(["replace", "", 60_000, 2_048, 1_000_000], all("set", 7)).array?.count == 1)
        _ = try await contents()
        #expect(try await update(["merge", "XX", 60_000, 2_048, 1_000_000], all("increment", 1)).array?.count == 2_049)
        _ = try await update(["merge", "XX", 60_000, 1, 1], all("delete", ""))
        #expect(try await pair.send(RedisCommand("HLEN", [document.argument])) == .integer(1))
        for thousand in 1...11 {
            let many = (0..<1_000).map { RedisArgument.integer(thousand * 1_000 + $0) }
            let limits: [RedisArgument] = [60_000, 10_000, 1_000_000]
            #expect(try await append(limits + many) == .integer(thousand * 1_000))
        }
        #expect(try await read([-1, 10_000]).array?.last?.array?.count == 10_000)
        #expect(try await append([60_000, 10_000, 8, "12345678"]) == .integer(11_001))
        _ = try await contents()
        let longest: RedisArgument = 9_007_199_254_740_991
        #expect(try await append([longest, 1, longest, "1"]) == .integer(11_002))
        #expect(try await update(["merge", "XX", longest, longest, longest], ["set", "a", "1"]).array?.count == 1)
        let expiry = try await pair.send(RedisCommand("PEXPIRETIME", [document.argument]))
        #expect(expiry == .integer(9_007_199_254_740_991 + Int(pair.microseconds / 1_000)))
        _ = try await contents()
    }

    // MARK: Refusals

    @Test func wrongArgumentsAreRefusedAlikeAndWriteNothing() async throws {
        let good: [RedisArgument] = ["merge", "", 1_000, 5, 100]
        func with(_ index: Int, _ value: RedisArgument) -> [RedisArgument] {
            var arguments = good
            arguments[index] = value
            return arguments
        }
        var wrong: [[RedisArgument]] = [[], ["merge"], Array(good.dropLast()), with(0, "set"), with(0, "")]
        for index in 2...4 {
            for value in ["0", "-1", "1.5", "x", "", "nan", "inf", "9007199254740993"] as [RedisArgument] {
                wrong.append(with(index, value))
            }
        }
        for value in ["x", "-1", "1.5", "xx", " 1", "1 ", "0x1"] as [RedisArgument] { wrong.append(with(1, value)) }
        for change: [RedisArgument] in [
            ["set"], ["set", "a"], ["set", "a", ""], ["SET", "a", "1"], ["", "a", "1"], ["set", "\0", "1"],
            ["delete", "\0m", ""], ["increment", "\0", "1"], ["expect", "\0m", ""], ["increment", "a", "1.5"],
            ["increment", "a", ""], ["increment", "a", "x"], ["increment", "a", "9007199254740992"],
            ["increment", "a", "-9007199254740992"], ["increment", "a", "1e3"], ["increment", "a", "0x10"],
            ["increment", "a", "+1"], ["increment", "a", .string(String(repeating: "9", count: 400))],
        ] {
            // Behind a change that is right: none of them is made.
            wrong.append(good + ["set", "b", "1"] + change)
        }
        wrong.append(good + (0..<2_049).flatMap { ["set", .string("m\($0)"), "1"] as [RedisArgument] })
        for arguments in wrong { try await expectRefusal("ERR", try await update(arguments), arguments) }

        for change: [RedisArgument] in [
            ["set", "a", "1.5", "increment", "a", 1], ["set", "a", "9007199254740991", "increment", "a", 1],
            ["set", "a", "null", "increment", "a", 0],
            ["set", "a", .string(String(repeating: "9", count: 40)), "increment", "a", 1],
        ] {
            try await expectRefusal("NOTINT", try await update(good + change), change)
        }
        let six = (0..<6).flatMap { ["set", .string("m\($0)"), "1"] as [RedisArgument] }
        try await expectRefusal("FULL", try await update(good + six), six)
        let long: [RedisArgument] = ["set", "a", .string(String(repeating: "1", count: 100))]
        try await expectRefusal("FULL", try await update(good + long), long)

        for arguments: [RedisArgument] in [
            [], [1_000, 5, 100], [0, 5, 100, "1"], [1_000, 0, 100, "1"], [1_000, 10_001, 100, "1"], [1_000, 5, 0, "1"],
            ["x", 5, 100, "1"], [1_000, "1.5", 100, "1"], [1_000, 5, "inf", "1"], [1_000, 5, 100, "1", ""],
            [1_000, 5, 2, "1", "123"], [1_000, 5, 100] + Array(repeating: 1, count: 1_001),
        ] {
            try await expectRefusal("ERR", try await append(arguments), arguments)
        }
        for arguments: [RedisArgument] in [
            [], [0], [-2, 5], [0, 0], [0, 10_001], ["0.5", 5], [0, "1.5"], ["x", 5], [0, "nan"], ["inf", 5],
        ] {
            try await expectRefusal("ERR", try await read(arguments), arguments)
        }
    }

    private func expectRefusal(_ code: Substring, _ reply: RedisReply, _ arguments: [RedisArgument]) async throws {
        guard case .error(let error) = reply, error.code == code else {
            Issue.record("\(arguments) gave \(reply)")
            return
        }
        #expect(try await pair.send("DBSIZE") == .integer(0))
    }

    /// What others have put there is refused or used alike, and stays when it is refused.
    @Test func keysOfAnotherKindAreTreatedAlike() async throws {
        let set: [RedisArgument] = ["merge", "", 1_000, 5, 100, "set", "a", "1"]
        for words in [
            ["SET", document.name, "text"], ["RPUSH", document.name, "x"], ["HSET", document.name, "\0", "x"],
            ["HSET", document.name, "\0", ""], ["HSET", document.name, "\0", "1 2"],
            ["HSET", document.name, "\0", "1 2 3 4"], ["HSET", document.name, "\0", "-1 2 3"],
        ] {
            _ = try await pair.send("FLUSHALL")
            _ = try await pair.send(RedisCommand(words[0], words.dropFirst().map { .string($0) }))
            let before = try await pair.send(RedisCommand("TYPE", [document.argument]))
            let reply = try await update(set)
            guard case .error = reply else {
                Issue.record("\(words) gave \(reply)")
                continue
            }
            _ = try await append([1_000, 5, 100, "1"])
            _ = try await read([-1, 5])
            #expect(try await pair.send(RedisCommand("TYPE", [document.argument])) == before)
            #expect(try await pair.send(RedisCommand("TTL", [document.argument])).integer ?? 0 < 2)
        }
        for words in [
            ["SET", messages.name, "text"], ["HSET", document.name, "\0m", "x"], ["HSET", document.name, "\0m", "1"],
            ["HSET", document.name, "\0m", "9007199254740991 5"],
        ] {
            _ = try await pair.send("FLUSHALL")
            _ = try await pair.send(RedisCommand(words[0], words.dropFirst().map { .string($0) }))
            let reply = try await append([1_000, 5, 100, "1"])
            guard case .error = reply else {
                Issue.record("\(words) gave \(reply)")
                continue
            }
            _ = try await read([-1, 5])
            #expect(try await pair.send(RedisCommand("LLEN", ["none"])) == .integer(0))
            #expect(try await pair.send("DBSIZE") == .integer(1))
        }
        // A list that somebody else has made longer or shorter.
        _ = try await pair.send("FLUSHALL")
        _ = try await append([1_000, 5, 100, "1", "2", "3"])
        _ = try await pair.send(
            RedisCommand("LPUSH", [messages.argument, .string(String(repeating: "x", count: 300))]))
        for _ in 0..<9 {
            _ = try await append([1_000, 2, 10, "1"])
            _ = try await contents()
        }
        _ = try await pair.send(RedisCommand("LTRIM", [messages.argument, -1, -1]))
        #expect(try await append([1_000, 2, 10, "7"]) == .integer(13))
        _ = try await read([0, 5])
        _ = try await contents()
    }

    // MARK: Stores

    @Test func writersOnAServerLoseNothing() async throws {
        let agents = try AgentStateStore(engine: pair.redis)
        let talk = try ConversationID(agent: "a", conversation: "c")
        try await withThrowingTaskGroup { group in
            for writer in 0..<64 {
                group.addTask {
                    for round in 1...10 {
                        try await agents.update(talk) { changes in
                            changes.set("writer \(writer)", to: round)
                            changes.increment("all")
                        }
                        try await agents.append([writer], to: talk)
                    }
                }
            }
            try await group.waitForAll()
        }
        var expected = Dictionary((0..<64).map { ("writer \($0)", 10) }) { $1 }
        expected["all"] = 640
        #expect(try await agents.state([String: Int].self, of: talk)?.value == expected)
        let messages = try await agents.messages(Int.self, of: talk, last: 1_000)
        #expect(messages.map(\.sequence) == Array(1...640))
    }

    @Test func storesDoTheSameOnBoth() async throws {
        struct Turn: Codable, Hashable {
            var role: String
            var text: String
        }
        let engine = ComparingEngine(pair: pair, order: .anyOfPairs)
        let agents = try AgentStateStore(engine: engine, messageLimits: MessageLimits(count: 3))
        let talk = try ConversationID(agent: "{a}", conversation: "c\0é")
        let turns = (1...5).map { Turn(role: "user", text: "turn \($0)") }
        let version = try await agents.store(["topic": "cholera"], for: talk)
        try await agents.merge(["facts": ["x", "y"]], into: talk, if: .version(version))
        #expect(try await agents.increment("turns", by: 5, of: talk) == 5)
        #expect(try await agents.append(turns, to: talk) == 5)
        #expect(try await agents.messages(Turn.self, of: talk).map(\.content) == Array(turns.suffix(3)))
        pair.advance(3_599_000_000)
        #expect(try await agents.touch(talk))
        pair.advance(3_599_000_000)
        struct Memory: Codable, Hashable {
            var topic: String
            var facts: [String]
            var turns: Int
        }
        let changed = try await agents.modify(Memory.self, of: talk) { $0.facts.append("z") }
        #expect(changed.value == Memory(topic: "cholera", facts: ["x", "y", "z"], turns: 5))
        #expect(try await agents.delete(talk))
        #expect(try await pair.send("DBSIZE") == .integer(0))

        let workflows = try WorkflowStore(engine: engine)
        try await workflows.store(["region": "north"], for: "w}", at: "collect")
        await #expect(throws: StateError.stepConflict(found: "collect")) {
            try await workflows.advance("w}", from: "analyse", to: "report")
        }
        try await workflows.advance("w}", from: "collect", to: "analyse") { $0.increment("samples", by: 12) }
        let stored = try await workflows.workflow([String: JSONValue].self, for: "w}")
        #expect(stored?.data == ["region": .text("north"), "samples": .number(12)])
        #expect(stored?.step == "analyse")
        pair.advance(1_801_000_000)
        #expect(try await workflows.workflow([String: JSONValue].self, for: "w}") == nil)
    }

    private enum JSONValue: Decodable, Hashable {
        case text(String)
        case number(Int)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }
}
