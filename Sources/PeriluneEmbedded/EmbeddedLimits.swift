/// What a script may use up before it is stopped.
public struct EmbeddedLimits: Sendable, Hashable {
    /// Bytes that the interpreter may hold: all scripts' code and the running script's values. The data has no limit.
    public var scriptMemory: Int
    /// Loop rounds and function calls that one run of a script may take.
    ///
    /// A script stopped by this limit fails with an error; as after any error in a script, what it has written stays.
    public var scriptSteps: Int

    /// Creates limits.
    ///
    /// - Parameters:
    ///   - scriptMemory: In bytes; at least 1 MiB.
    ///   - scriptSteps: Loop rounds and function calls.
    public init(scriptMemory: Int = 64 << 20, scriptSteps: Int = 10_000_000) {
        self.scriptMemory = max(scriptMemory, 1 << 20)
        self.scriptSteps = max(scriptSteps, 0)
    }

    /// 64 MiB and 10 million steps.
    public static let standard = EmbeddedLimits()
}
