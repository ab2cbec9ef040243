import PeriluneCore
import PeriluneEmbedded
import PeriluneFuzzing
import PeriluneRedis
import PeriluneTestSupport

/// A real server and the embedded engine, whose clocks stand at the same time.
///
/// Every call is made on both; replies that differ in a byte are an error.
struct EnginePair {
    let redis: RedisEngine
    let embedded: EmbeddedEngine

    private let server: RedisServer
    private let redisClock: SteeredClock
    private let embeddedClock: ManualClock

    /// Starts a server of its own, with an empty dataset.
    ///
    /// - Parameter options: More of the server's.
    init(microseconds: Int64 = 1_700_000_000_123_456, options: [String] = []) throws {
        redisClock = try SteeredClock(microseconds: microseconds)
        embeddedClock = ManualClock(microseconds: microseconds)
        server = try RedisServer.start(arguments: options, environment: redisClock.environment)
        var configuration = try RedisConfiguration(url: "unix://" + server.unixSocket)
        // The machine may be busy with other tests; nothing here is about time that passes.
        configuration.connectTimeout = .seconds(60)
        configuration.commandTimeout = .seconds(60)
        redis = RedisEngine(configuration)
        embedded = EmbeddedEngine(clock: embeddedClock)
    }

    /// Starts a pair whose clock may be set back.
    ///
    /// A key that has expired is there again when the clock is set back, unless it was removed before. So neither engine
    /// removes any that nobody looks for: when a server does that depends on how busy the machine is.
    static func withClockThatMayBeSetBack() async throws -> EnginePair {
        let pair = try EnginePair(options: ["--enable-debug-command", "local"])
        pair.embedded.enableDebugCommand()
        _ = try await pair.send("DEBUG SET-ACTIVE-EXPIRE 0")
        return pair
    }

    /// The clock of both, in microseconds since 1970.
    var microseconds: Int64 {
        get { embeddedClock.microseconds }
        nonmutating set {
            redisClock.set(microseconds: newValue)
            embeddedClock.set(microseconds: newValue)
        }
    }

    func advance(_ microseconds: Int64) {
        self.microseconds += microseconds
    }

    /// Calls a script on both.
    func call(_ script: LuaScript, keys: [RedisKey] = [], arguments: [RedisArgument] = []) async throws -> RedisReply {
        try await both("\(script.name) \(keys) \(arguments)") { engine throws(EngineError) in
            try await engine.call(script, keys: keys, arguments: arguments)
        }
    }

    /// Sends a command to both.
    ///
    /// - Parameter order: How far the order of an array may differ.
    func send(_ command: RedisCommand, order: ReplyOrder = .same) async throws -> RedisReply {
        try await both("\(command.name) \(command.arguments)", order: order) { engine throws(EngineError) in
            do throws(EngineError) {
                return try await engine.send(command)
            } catch {
                // One that may wait has a way of its own on a server.
                guard error.code == .notAllowed else { throw error }
                return try await engine.sendBlocking(command)
            }
        }
    }

    /// Sends a command written as words to both.
    func send(_ line: String) async throws -> RedisReply {
        let words = line.split(separator: " ").map(String.init)
        return try await send(RedisCommand(words[0], words.dropFirst().map { .string($0) }))
    }

    /// Sends commands to both as a pipeline.
    func pipeline(_ commands: [RedisCommand]) async throws -> [RedisReply] {
        let reply = try await both("pipeline of \(commands)") { engine throws(EngineError) in
            .array(try await engine.pipeline(commands))
        }
        return try Self.elements(reply)
    }

    /// Sends commands to both as a transaction.
    func transaction(_ commands: [RedisCommand]) async throws -> [RedisReply] {
        let reply = try await both("transaction of \(commands)") { engine throws(EngineError) in
            .array(try await engine.transaction(commands))
        }
        return try Self.elements(reply)
    }

    private static func elements(_ reply: RedisReply) throws -> [RedisReply] {
        switch reply {
        case .array(let elements): return elements
        case .error(let error): throw EngineError(error, mayHaveRun: false)
        default: return []
        }
    }

    private func both(
        _ description: String, order: ReplyOrder = .same,
        _ run: (any MessageEngine) async throws(EngineError) -> RedisReply
    ) async throws -> RedisReply {
        let expected = try await reply(from: redis, run)
        let answered = try await reply(from: embedded, run)
        guard order.applied(to: answered) == order.applied(to: expected) else {
            let (server, engine) = Self.firstDifference(expected, answered)
            throw Difference(
                description: "\(description) at \(microseconds): redis-server \(server), embedded \(engine)")
        }
        return answered
    }

    /// Of two arrays that are as long, the first elements that differ, however deep.
    private static func firstDifference(_ a: RedisReply, _ b: RedisReply) -> (RedisReply, RedisReply) {
        guard case .array(let left) = a, case .array(let right) = b, left.count == right.count,
            let (first, second) = zip(left, right).first(where: { $0 != $1 })
        else { return (a, b) }
        return firstDifference(first, second)
    }

    /// The reply, be it an error reply.
    private func reply(
        from engine: any MessageEngine, _ run: (any MessageEngine) async throws(EngineError) -> RedisReply
    ) async throws -> RedisReply {
        do throws(EngineError) {
            return try await run(engine)
        } catch {
            guard let serverError = error.serverError else { throw error }
            return .error(serverError)
        }
    }
}

/// The engines disagree.
struct Difference: Error, CustomStringConvertible {
    let description: String
}

/// Why these suites may not run.
enum Requirements {
    static var areMet: Bool { RedisServer.isInstalled && SteeredClock.isAvailable }
    static let comment = "needs redis-server, and on Linux a C compiler for the clock preloaded into it"
}
