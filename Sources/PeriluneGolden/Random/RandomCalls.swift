import PeriluneCore
public import PeriluneLua

/// Calls of a script with random arguments, as its annotations allow them, and now and then as they do not.
///
/// A sequence is a ``ScriptTest`` without expectations: it fails when the script runs into an error of Lua's or of a
/// command, when it exceeds its budget, or when engines disagree.
public struct RandomCalls: Sendable {
    public let header: ScriptHeader

    /// - Returns: `nil` for a script that has neither keys nor arguments: all its calls are the same.
    public init?(header: ScriptHeader) {
        let hasKeys = !header.keys.isEmpty || header.variadicKey != nil
        guard hasKeys || !header.arguments.isEmpty || header.argumentGroup != nil else { return nil }
        self.header = header
    }

    /// The longest sequence.
    private static let mostSteps = 12
    /// The most groups of arguments, and of keys, that repeat.
    private static let mostRepeats = 4

    /// The sequence of a seed: always the same one.
    public func test(seed: UInt64) -> ScriptTest {
        var numbers = SeededGenerator(seed: seed)
        // Mostly the same arguments from call to call: a script's cases lie in what it finds from the call before.
        var arguments = self.arguments(using: &numbers)
        var steps: [ScriptTest.Step] = []
        for _ in 0..<Int.random(in: 1...Self.mostSteps, using: &numbers) {
            switch Int.random(in: 0..<8, using: &numbers) {
            case 0: arguments = self.arguments(using: &numbers)
            case 1..<4: change(&arguments, using: &numbers)
            default: break
            }
            steps.append(
                ScriptTest.Step(
                    time: .after(pause(using: &numbers)),
                    action: .call(keys: keys(using: &numbers), arguments: arguments)))
        }
        return ScriptTest(name: "seed \(seed)", steps: steps)
    }

    /// Microseconds until the next call.
    private func pause(using numbers: inout SeededGenerator) -> Int64 {
        switch Int.random(in: 0..<6, using: &numbers) {
        case 0, 1: 0
        case 2: Int64.random(in: 0...999, using: &numbers)
        case 3: Int64.random(in: 0...10, using: &numbers) * 1_000
        case 4: Int64.random(in: 0...2_000_000, using: &numbers)
        default: Int64.random(in: 0...100_000, using: &numbers) * 1_000_000
        }
    }

    /// Whether arguments are as many and as large as the annotations say.
    func allows(_ arguments: [[UInt8]]) -> Bool {
        let columns = header.argumentGroup?.columns ?? []
        let repeated = arguments.count - header.arguments.count
        guard repeated >= 0, repeated == 0 || !columns.isEmpty && repeated % columns.count == 0 else { return false }
        return arguments.indices.allSatisfy { index in
            declared(at: index).map { Self.allows(arguments[index], as: $0) } ?? false
        }
    }

    private static func allows(_ value: [UInt8], as argument: ScriptHeader.Argument) -> Bool {
        let size: Int64
        if argument.type.isNumeric {
            guard let number = Int64(String(decoding: value, as: UTF8.self)) else { return false }
            size = number
        } else {
            size = Int64(value.count)
        }
        return size >= argument.minimum ?? .min && size <= argument.maximum ?? .max
    }

    /// The annotation of an argument, by its place in ARGV from 0.
    private func declared(at index: Int) -> ScriptHeader.Argument? {
        if index < header.arguments.count { return header.arguments[index] }
        guard let columns = header.argumentGroup?.columns, !columns.isEmpty else { return nil }
        return columns[(index - header.arguments.count) % columns.count]
    }

    // MARK: Keys

    /// KEYS: names in one hash slot, the same from call to call.
    private func keys(using numbers: inout SeededGenerator) -> [String] {
        var keys = header.keys.map { "p:{r}:\($0.name)" }
        if let variadic = header.variadicKey {
            for number in 0..<Int.random(in: 0...Self.mostRepeats, using: &numbers) {
                keys.append("p:{r}:\(variadic.name):\(number)")
            }
        }
        return keys
    }

    // MARK: Arguments

    private func arguments(using numbers: inout SeededGenerator) -> [[UInt8]] {
        var values = header.arguments.map { value(of: $0, using: &numbers) }
        if let group = header.argumentGroup {
            for _ in 0..<Int.random(in: 0...Self.mostRepeats, using: &numbers) {
                values += group.columns.map { value(of: $0, using: &numbers) }
            }
        }
        return values
    }

    /// Gives one argument another value.
    private func change(_ arguments: inout [[UInt8]], using numbers: inout SeededGenerator) {
        guard let index = arguments.indices.randomElement(using: &numbers) else { return }
        if let declared = self.declared(at: index) { arguments[index] = value(of: declared, using: &numbers) }
    }

    private func value(of argument: ScriptHeader.Argument, using numbers: inout SeededGenerator) -> [UInt8] {
        argument.type.isNumeric
            ? Array(number(of: argument, using: &numbers).utf8) : bytes(of: argument, using: &numbers)
    }

    /// A number that is mostly within the bounds and mostly small, and now and then at an edge.
    private func number(of argument: ScriptHeader.Argument, using numbers: inout SeededGenerator) -> String {
        let widest: Int64 = 1 << 53
        let least = argument.minimum ?? min(-widest, argument.maximum ?? -widest)
        let most = max(argument.maximum ?? widest, least)
        let near = argument.minimum ?? min(max(0, least), most)
        func small(_ span: Int64) -> String {
            let (end, overflow) = near.addingReportingOverflow(span)
            return String(Int64.random(in: near...max(near, min(overflow ? most : end, most)), using: &numbers))
        }
        switch Int.random(in: 0..<24, using: &numbers) {
        case 0: return String(least)
        case 1: return String(most)
        case 2: return String(least &- 1)
        case 3: return String(most &+ 1)
        case 4:
            return ["0", "-1", "1.5", "1e15", "4503599627370495", "9007199254740993"].randomElement(using: &numbers)
                ?? "0"
        case 5: return String(Int64.random(in: least...most, using: &numbers))
        case 6..<9: return small(5_000_000)
        case 9..<12: return small(5_000)
        default: return small(20)
        }
    }

    /// Text or bytes as long as the bounds allow, mostly short.
    private func bytes(of argument: ScriptHeader.Argument, using numbers: inout SeededGenerator) -> [UInt8] {
        // No test is made of many megabytes, whatever a bound says.
        let longest = 1 << 16
        let least = min(Int(clamping: max(argument.minimum ?? 0, 0)), longest)
        let most = min(max(least, Int(clamping: argument.maximum ?? 64)), longest)
        let wanted = min(most, least + Int.random(in: 0...12, using: &numbers))
        let count = Int.random(in: 0..<16, using: &numbers) == 0 ? min(most, least + 4_096) : wanted
        let isText = argument.type == .string
        return (0..<count).map { _ in
            isText
                ? UInt8.random(in: UInt8(ascii: "a")...UInt8(ascii: "e"), using: &numbers)
                : UInt8.random(in: 0...255, using: &numbers)
        }
    }
}
