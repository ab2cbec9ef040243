extension ScriptTest {
    /// A smaller test that still fails, by leaving steps out and making numbers, texts and pauses shorter.
    ///
    /// - Parameters:
    ///   - mostRuns: How often `fails` is asked at most.
    ///   - fails: Whether a test fails.
    /// - Returns: A test that fails, of which no single step can be left out; the test itself when nothing smaller was
    ///   found.
    func shrunk(
        mostRuns: Int = 400, whileItFails fails: (ScriptTest) async throws -> Bool
    ) async rethrows -> ScriptTest {
        var smallest = self
        var runs = 0
        var foundOne = true
        while foundOne, runs < mostRuns {
            foundOne = false
            for candidate in smallest.smaller where runs < mostRuns {
                runs += 1
                if try await fails(candidate) {
                    smallest = candidate
                    foundOne = true
                    break
                }
            }
        }
        return smallest
    }

    /// Tests that are one change smaller, the largest changes first.
    private var smaller: [ScriptTest] {
        var tests: [ScriptTest] = []
        if steps.count > 2 {
            tests.append(with(Array(steps.prefix(steps.count / 2))))
            tests.append(with(Array(steps.suffix(steps.count - steps.count / 2))))
        }
        if steps.count > 1 {
            for index in steps.indices {
                var fewer = steps
                fewer.remove(at: index)
                tests.append(with(fewer))
            }
        }
        for index in steps.indices {
            if case .after(let pause) = steps[index].time, pause > 0 {
                for shorter in [0, pause / 1_000_000 * 1_000_000, pause / 1_000 * 1_000, pause / 2]
                where shorter < pause {
                    tests.append(with(index) { $0.time = .after(shorter) })
                }
            }
            guard case .call(let keys, let arguments) = steps[index].action else { continue }
            for (place, argument) in arguments.enumerated() {
                for smaller in Self.smaller(argument) {
                    var changed = arguments
                    changed[place] = smaller
                    tests.append(with(index) { $0.action = .call(keys: keys, arguments: changed) })
                }
            }
        }
        return tests
    }

    private func with(_ steps: [Step]) -> ScriptTest {
        var test = self
        test.steps = steps
        return test
    }

    private func with(_ index: Int, _ change: (inout Step) -> Void) -> ScriptTest {
        var test = self
        change(&test.steps[index])
        return test
    }

    private static func smaller(_ argument: [UInt8]) -> [[UInt8]] {
        let text = String(decoding: argument, as: UTF8.self)
        if let number = Int64(text) {
            return [0, 1, number / 1_000, number / 2, number - number.signum()]
                .filter { $0.magnitude < number.magnitude }.map { Array(String($0).utf8) }
        }
        guard argument.count > 1 else { return [] }
        return [Array(argument.prefix(argument.count / 2)), Array(argument.dropLast())]
    }
}
