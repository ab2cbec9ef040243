import PeriluneCheck
import PeriluneLua

/// Makes scripts that nobody would write of scripts that people did.
package struct ScriptFuzz: Sendable {
    /// A script that others are made of.
    struct Seed: Sendable {
        let bytes: [UInt8]
        let tokens: [Range<Int>]
        /// At any depth; empty when it is not Lua 5.1.
        let statements: [Range<Int>]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            tokens = LuaLexer.tokenize(bytes).tokens.filter { $0.kind != .endOfFile }.map { $0.start..<$0.end }
            statements = (try? LuaParser.parse(bytes)).map { Self.statements(of: $0.block) } ?? []
        }

        private static func statements(of block: LuaBlock) -> [Range<Int>] {
            var found: [Range<Int>] = []
            var open = [block]
            while let block = open.popLast() {
                for statement in block.statements {
                    found.append(statement.range.start.offset..<statement.range.end.offset)
                    open += statement.blocks
                }
            }
            return found
        }

        var randomStatementSource: [Range<Int>] { statements.isEmpty ? tokens : statements }
    }

    /// The most that a script grows to, in bytes.
    package static let largest = 64 << 10

    private let seeds: [Seed]

    /// - Parameter scripts: What it begins with; those that are too large are left out.
    package init(scripts: [[UInt8]]) {
        let small = scripts.filter { !$0.isEmpty && $0.count <= Self.largest }.map(Seed.init)
        seeds = small.isEmpty ? [Seed(Array("return 1".utf8))] : small
    }

    /// The examples of all rules, and a few more.
    package static let examples: [[UInt8]] =
        RuleCatalog.rules.flatMap { [Array($0.badExample.utf8), Array($0.goodExample.utf8)] }

    /// Makes a project: one script, or some that include each other.
    ///
    /// - Parameter number: The same number makes the same project of the same scripts.
    package func project(_ number: UInt64) -> FuzzedProject {
        var random = SeededGenerator(seed: number)
        let isSingle = Int.random(in: 0..<4, using: &random) > 0
        let paths = ["main.lua", "a.lua", "lib/b.lua", "lib/c.lua"].prefix(
            isSingle ? 1 : Int.random(in: 2...4, using: &random))
        let sources = paths.map { path in
            var bytes = script(using: &random)
            if !isSingle { include(paths: Array(paths), in: &bytes, using: &random) }
            return ScriptSource(path: path, bytes: bytes)
        }
        return FuzzedProject(
            number: number, sources: sources, redis: RedisVersion.allCases.randomElement(using: &random) ?? .standard,
            areAllRulesOn: Bool.random(using: &random))
    }

    private func script(using random: inout SeededGenerator) -> [UInt8] {
        var bytes = seed(using: &random).bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            mutate(&bytes, using: &random)
            if bytes.count > Self.largest { bytes.removeSubrange(Self.largest...) }
        }
        return bytes
    }

    func seed(using random: inout SeededGenerator) -> Seed {
        seeds[Int.random(in: 0..<seeds.count, using: &random)]
    }

    private func include(paths: [String], in bytes: inout [UInt8], using random: inout SeededGenerator) {
        let names = paths + ["a", "b", "c", "lib/b", "../a", "../main", "none", "/", ""]
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let name = names.randomElement(using: &random) ?? ""
            let starts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
            let place = starts.randomElement(using: &random) ?? 0
            bytes.insert(contentsOf: "--- @include \"\(name)\"\n".utf8, at: place)
        }
    }
}

/// Random numbers that are the same for the same seed: SplitMix64 (Steele, Lea, Flood, 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
