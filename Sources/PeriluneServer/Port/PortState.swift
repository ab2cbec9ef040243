import Logging
import PeriluneCore
import PeriluneEmbedded
import PeriluneIO

/// What the connections of a port share. Used by the loop's thread alone, hence `@unchecked Sendable`.
final class PortState: @unchecked Sendable {
    let engine: EmbeddedEngine
    let configuration: RedisPort.Configuration
    let logger: Logger
    let start = ContinuousClock.now
    let loop: EventLoop
    /// Whether the port is about to be closed: no script may keep it from that. Set by any thread.
    let isStopping = Locked(false)
    /// What clients see and set with `CONFIG`.
    var settings: PortSettings
    /// The script that has been running for so long that others are told; see PortState+Scripts.swift.
    var runningScript: RunningScript?
    private(set) var isClosed = false
    /// Decoders and buffers that no connection needs at the moment: one that waits holds none.
    private var idleDecoders: [RESPRequestDecoder] = []
    private var idleBuffers: [ByteBuffer] = []
    private var connections: [ObjectIdentifier: PortConnection] = [:]
    private var closers: [() -> Void] = []
    private(set) var connectionsMade = 0
    /// What is counted of the commands that the port answers itself.
    let statistics = CallStatistics()

    init(engine: EmbeddedEngine, configuration: RedisPort.Configuration, logger: Logger, loop: EventLoop) {
        self.engine = engine
        self.configuration = configuration
        self.loop = loop
        settings = PortSettings(configuration)
        engine.collectStatistics()
        self.logger = logger
    }

    /// Has the engine to itself. While a script has it, what that allows: all but to run commands.
    func withEngine(_ body: (ExclusiveEngine) -> Void) {
        if let runningScript { body(runningScript.engine) } else { engine.exclusively(observer: self, body) }
    }

    /// The connections in the order in which they came.
    var connectionsInOrder: [PortConnection] { connections.values.sorted { $0.id < $1.id } }

    var connectionCount: Int { connections.count }

    /// Whether one more connection may be had.
    var hasRoom: Bool { !isClosed && connections.count < configuration.maximumConnections }

    /// Takes a connection up and gives it a number.
    func add(_ connection: PortConnection) -> Int {
        connections[ObjectIdentifier(connection)] = connection
        connectionsMade += 1
        return connectionsMade
    }

    func remove(_ connection: PortConnection) {
        connections[ObjectIdentifier(connection)] = nil
    }

    /// Does something when the port is closed.
    func onClose(_ body: @escaping () -> Void) {
        closers.append(body)
    }

    func close() {
        isClosed = true
        for closer in closers { closer() }
        closers = []
        for connection in Array(connections.values) { connection.close() }
        engine.exclusively { _ in }  // the engine no longer holds on to this as its observer
    }

    // MARK: Memory

    func takeDecoder() -> RESPRequestDecoder {
        idleDecoders.popLast() ?? RESPRequestDecoder()
    }

    func giveBack(_ decoder: RESPRequestDecoder) {
        if idleDecoders.count < 8 { idleDecoders.append(decoder) }
    }

    func takeBuffer() -> ByteBuffer {
        idleBuffers.popLast() ?? ByteBuffer()
    }

    func giveBack(_ buffer: ByteBuffer) {
        if idleBuffers.count < 8 { idleBuffers.append(buffer) }
    }
}
