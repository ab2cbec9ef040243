/// How a test went.
public struct ScriptTestResult: Sendable, Hashable {
    /// Something that is not as the test says.
    public struct Failure: Sendable, Hashable {
        public enum Kind: Sendable, Hashable {
            /// A reply, a key or a number of writes is another than expected.
            case expectation
            /// A call has taken more than the script's `@budget` allows.
            case budget
            /// The engines differ.
            case disagreement
        }

        public let kind: Kind
        /// The line of the step in the file; 0 when it stands in none.
        public let line: Int
        /// The step, from 1.
        public let step: Int
        public let message: String

        public init(kind: Kind, line: Int, step: Int, message: String) {
            self.kind = kind
            self.line = line
            self.step = step
            self.message = message
        }
    }

    /// The test's name.
    public let name: String
    public let failures: [Failure]
    /// How many steps it has.
    public let steps: Int
    /// How many of them ran on a second engine, too.
    public let comparedSteps: Int
    /// How often each line of the script was come to, the first line first.
    public let lines: [Int]

    public init(name: String, failures: [Failure], steps: Int, comparedSteps: Int = 0, lines: [Int] = []) {
        self.name = name
        self.failures = failures
        self.steps = steps
        self.comparedSteps = comparedSteps
        self.lines = lines
    }

    public var hasPassed: Bool { failures.isEmpty }
}
