public import PeriluneCore

/// A test of a script: data, a time, and steps with what is expected after each.
public struct ScriptTest: Sendable, Hashable {
    public let name: String
    /// The line of the file where it begins; 0 for one that stands in no file.
    public let line: Int
    /// The time at its beginning, in microseconds since 1970.
    public let start: Int64
    /// The keys that there are at its beginning.
    public let given: [GivenKey]
    public internal(set) var steps: [Step]
    /// Why it runs on the embedded engine alone; `nil` when it runs on any.
    public let onlyEmbedded: String?
    /// The version of the server that the script sees; `nil` for that of the engine.
    public let version: Version?
    /// Answers to commands in place of the engine's.
    public let stubs: [Stub]

    public init(
        name: String, line: Int = 0, start: Int64 = Self.standardStart, given: [GivenKey] = [], steps: [Step],
        onlyEmbedded: String? = nil, version: Version? = nil, stubs: [Stub] = []
    ) {
        self.name = name
        self.line = line
        self.start = start
        self.given = given
        self.steps = steps
        self.onlyEmbedded = onlyEmbedded
        self.version = version
        self.stubs = stubs
    }

    /// A version older than that of the embedded engine.
    public enum Version: String, Sendable, Hashable, CaseIterable {
        /// Scripts do not see which version it is, and some commands are still to come.
        case redis62 = "6.2"
    }

    /// What a command of a script answers without reaching the engine: one of a module, for example.
    public struct Stub: Sendable, Hashable {
        /// The words of the command, all of them, the name first.
        public let command: [[UInt8]]
        /// An error is raised, or with `redis.pcall` returned. Several stubs of a command answer in turn in each call of
        /// the script, and then the last for ever.
        public let reply: RedisReply

        public init(command: [[UInt8]], reply: RedisReply) {
            self.command = command
            self.reply = reply
        }
    }

    /// The time at which a test begins that says nothing else: 2023-11-14 22:13:20 UTC.
    public static let standardStart: Int64 = 1_700_000_000_000_000

    /// A key that there is at the beginning.
    public struct GivenKey: Sendable, Hashable {
        public let name: String
        public let content: KeyContent
        /// Milliseconds until it expires; `nil` for never.
        public let timeToLive: Int?

        public init(name: String, content: KeyContent, timeToLive: Int? = nil) {
            self.name = name
            self.content = content
            self.timeToLive = timeToLive
        }
    }

    /// A call of the script, or of a command between calls.
    public struct Step: Sendable, Hashable {
        public enum Action: Sendable, Hashable {
            case call(keys: [String], arguments: [[UInt8]])
            /// A plain command, its name first.
            case command([[UInt8]])
        }

        /// When it happens.
        public enum Time: Sendable, Hashable {
            /// So many microseconds after the step before it.
            case after(Int64)
            /// In microseconds since 1970.
            case at(Int64)
        }

        /// The line of the file; 0 for one that stands in no file.
        public let line: Int
        public internal(set) var time: Time
        public internal(set) var action: Action
        /// `nil` when any reply but an error will do.
        public let reply: ReplyExpectation?
        public let keys: [KeyExpectation]
        /// How many commands that may write the script runs without an error; `nil` when that does not matter.
        public let writes: Int?

        public init(
            line: Int = 0, time: Time = .after(0), action: Action, reply: ReplyExpectation? = nil,
            keys: [KeyExpectation] = [], writes: Int? = nil
        ) {
            self.line = line
            self.time = time
            self.action = action
            self.reply = reply
            self.keys = keys
            self.writes = writes
        }
    }
}

extension ScriptTest {
    /// The latest time of a step, in microseconds since 1970: 64 bits hold some more.
    private static let latest: Int64 = 9_000_000_000_000_000_000

    /// The times of the steps, in microseconds since 1970.
    var times: [Int64] {
        var now = start
        return steps.map { step in
            switch step.time {
            case .at(let time): now = min(time, Self.latest)
            case .after(let microseconds):
                let (sum, overflow) = now.addingReportingOverflow(microseconds)
                now = overflow ? Self.latest : min(sum, Self.latest)
            }
            return now
        }
    }
}
