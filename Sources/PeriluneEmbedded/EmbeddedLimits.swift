/// What scripts may use up before they are stopped, and the data before it may grow no more.
///
/// A script stopped by a limit fails with an error; as after any error in a script, what it has written stays.
public struct EmbeddedLimits: Sendable, Hashable {
    /// Bytes that the interpreter may hold: all scripts' code and the running script's values.
    ///
    /// When scripts' code fills half of it, those whose last run is longest ago are forgotten, as after
    /// `SCRIPT FLUSH`: `EVALSHA` answers `NOSCRIPT`, and a ``/PeriluneCore/LuaScript`` is compiled again.
    public var scriptMemory: Int
    /// Bytes that a script's source text may have.
    public var scriptLength: Int
    /// Loop rounds and function calls that one run of a script may take. Long work of the library, such as matching a
    /// pattern, counts as the steps that would take as long.
    public var scriptSteps: Int
    /// Time of the CPU that one run of a script may take. Looked at every few thousand steps, so that a run can exceed
    /// it by the longest call of a library function.
    public var scriptTime: Duration
    /// Bytes of memory from which on the data may grow no more, as `maxmemory` of a server; nothing is evicted.
    ///
    /// When keys and values take more, a command that may add to them fails with the server's error `OOM command not
    /// allowed when used memory > 'maxmemory'.`, in scripts as elsewhere, and so does a script whose shebang line lacks
    /// the flag `allow-oom`. What only reads or removes goes on. A script that has written may write on, so that
    /// nothing is half done: the data can become larger than this by what one script or command adds.
    ///
    /// What the data takes is kept count of with every write, and estimated to within some percent.
    public var dataMemory: Int

    /// Creates limits.
    ///
    /// - Parameters:
    ///   - scriptMemory: In bytes; at least 1 MiB.
    ///   - scriptLength: In bytes.
    ///   - scriptSteps: Loop rounds and function calls.
    ///   - scriptTime: Time of the CPU.
    ///   - dataMemory: In bytes; by default there is no limit.
    public init(
        scriptMemory: Int = 64 << 20, scriptLength: Int = 256 << 10, scriptSteps: Int = 10_000_000,
        scriptTime: Duration = .seconds(5), dataMemory: Int = .max
    ) {
        self.scriptMemory = max(scriptMemory, 1 << 20)
        self.scriptLength = max(scriptLength, 0)
        self.scriptSteps = max(scriptSteps, 0)
        self.scriptTime = max(scriptTime, .zero)
        self.dataMemory = max(dataMemory, 0)
    }

    /// 64 MiB of memory, 256 KiB of source, 10 million steps, 5 seconds.
    public static let standard = EmbeddedLimits()

    /// Those of a server: a script may take as many steps and as long as it wants. For an engine behind a port, whose
    /// clients can end a script with `SCRIPT KILL`.
    public static let server = EmbeddedLimits(scriptSteps: .max, scriptTime: .seconds(Int64.max))
}
