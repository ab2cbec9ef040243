import PeriluneCore
import PeriluneTestSupport
import Testing

/// Runs a property on random sequences of steps and shrinks the sequence that breaks it.
struct Property<Step: Sendable> {
    /// How many sequences, and how long each is.
    var runs = 60
    var length = 120
    /// Makes a step.
    let generate: (inout SeededGenerator) -> Step
    /// Runs steps from a fresh start: what is wrong, or `nil`.
    let check: ([Step]) async throws -> String?

    /// Checks the property; the report names the seed and the shortest failing sequence found.
    func verify(seed: UInt64 = UInt64.random(in: 0...UInt64.max), sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        for run in 0..<runs {
            var generator = SeededGenerator(seed: seed &+ UInt64(run))
            let steps = (0..<length).map { _ in generate(&generator) }
            guard try await check(steps) != nil else { continue }
            let shortest = try await shrink(steps)
            let message = try await check(shortest) ?? "not reproduced"
            Issue.record(
                "seed \(seed &+ UInt64(run)): \(message)\n\(shortest.map { "  \($0)" }.joined(separator: "\n"))",
                sourceLocation: sourceLocation)
            return
        }
    }

    /// Leaves out what is not needed to fail: halves first, then smaller and smaller pieces.
    private func shrink(_ steps: [Step]) async throws -> [Step] {
        var steps = steps
        var size = max(steps.count / 2, 1)
        while true {
            var removed = false
            var start = 0
            while start < steps.count {
                let end = min(start + size, steps.count)
                let candidate = Array(steps[..<start] + steps[end...])
                if !candidate.isEmpty, try await check(candidate) != nil {
                    steps = candidate
                    removed = true
                } else {
                    start = end
                }
            }
            if size == 1 && !removed { return steps }
            if !removed { size = max(size / 2, 1) }
        }
    }
}
